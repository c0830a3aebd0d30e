"""What must hold of stories, their links and signatures; written as in promises.py."""
# ruff: noqa: S608 (only numbers written in the code go into its statements)

from transforms.fingerprint import ALGORITHM_VERSION, PERMUTATIONS

STORY_PROMISES: dict[str, str] = {
    "an article that is in no story": """
        SELECT a.article_id FROM {articles} a
        LEFT JOIN {story_articles} s USING (article_id) LEFT JOIN {stories} t
            ON t.story_id = s.story_id AND t.merged_into IS NULL
        WHERE t.story_id IS NULL OR a.story_id IS DISTINCT FROM s.story_id""",
    "a story's link to no article": """
        SELECT s.article_id FROM {story_articles} s ANTI JOIN {articles} a USING (article_id)""",
    "a story that resolves to none that stands": """
        SELECT s.story_id FROM {stories} s ANTI JOIN (
            SELECT story_id FROM stories WHERE merged_into IS NULL
            AND story_id IN (SELECT merged_into FROM {stories})) t ON t.story_id = s.merged_into
        WHERE s.merged_into IS NOT NULL""",
    "a story that miscounts its articles, or without just one earliest known, in it": """
        SELECT s.story_id FROM {stories} s LEFT JOIN (
            SELECT story_id, count(*) AS n, count_if(relation = 'earliest_known') AS firsts,
                   max(CASE WHEN relation = 'earliest_known' THEN article_id END) AS first
            FROM {story_articles} GROUP BY story_id) m USING (story_id)
        WHERE s.article_count <> coalesce(m.n, 0) OR m.firsts <> 1
            OR s.earliest_article_id IS DISTINCT FROM m.first""",
    "a story that stands without an article": """
        SELECT story_id FROM {stories} WHERE merged_into IS NULL AND article_count = 0""",
    "a story whose outlets, languages or first sight are not those of its articles": """
        SELECT s.story_id FROM {stories} s LEFT JOIN (
            SELECT story_id, count(DISTINCT source_id) AS sources, min(first_seen_at) AS first,
                   list_sort(list_distinct(list(language))) AS languages
            FROM {articles} GROUP BY story_id) m USING (story_id)
        WHERE s.source_count <> coalesce(m.sources, 0)
            OR s.languages <> coalesce(m.languages, []) OR s.first_seen_at <> m.first""",
    "a story dated unlike its earliest known article": """
        SELECT s.story_id FROM {stories} s
        LEFT JOIN article_intervals i ON i.article_id = s.earliest_article_id
        WHERE (s.earliest_from, s.earliest_to) IS DISTINCT FROM (i.dated_from, i.dated_to)""",
    "an article whose relation belies what it was matched as, or how": """
        SELECT article_id FROM {story_articles} WHERE NOT coalesce(CASE relation
            WHEN 'earliest_known' THEN matched_as IS NULL AND method = 'first'
            WHEN 'copy' THEN matched_as IN ('copy', 'whole') AND method IN ('exact', 'minhash')
            WHEN 'excerpt' THEN matched_as = 'excerpt' AND method = 'minhash'
            WHEN 'update' THEN matched_as = 'update' AND method = 'minhash' END, false)""",
    "an article matched to none of its story": """
        SELECT s.article_id FROM {story_articles} s LEFT JOIN {story_articles} t
            ON t.article_id = s.matched_to AND t.story_id = s.story_id
        WHERE (s.matched_to IS NULL) <> (s.relation = 'earliest_known')
           OR s.matched_to IS NOT NULL AND (t.article_id IS NULL OR s.matched_to = s.article_id)""",
    "a likeness that is no share": """
        SELECT article_id FROM (
            SELECT article_id, similarity, containment FROM {story_articles}
            WHERE matched_to IS NOT NULL
            UNION ALL SELECT article_id, similarity, containment FROM {article_matches}
            UNION ALL SELECT article_id, similarity, similarity FROM {article_series})
        WHERE NOT coalesce(similarity BETWEEN 0 AND 1 AND containment BETWEEN 0 AND 1, false)""",
    "a look-alike that is no article, or of the same story": """
        WITH placed AS (SELECT article_id, story_id FROM story_articles WHERE article_id IN (
            SELECT article_id FROM {article_series}
            UNION SELECT like_article_id FROM {article_series}))
        SELECT s.article_id FROM {article_series} s
        LEFT JOIN placed a ON a.article_id = s.article_id
        LEFT JOIN placed b ON b.article_id = s.like_article_id
        WHERE coalesce(a.story_id = b.story_id, true)""",
    "an article linked with two look-alikes": """
        SELECT article_id FROM {article_series} GROUP BY article_id HAVING count(*) > 1""",
    "a signature of no article": """
        SELECT s.article_id FROM {signatures} s ANTI JOIN {articles} a USING (article_id)""",
    f"a signature of another length than {PERMUTATIONS} bytes": f"""
        SELECT article_id FROM {{signatures}}
        WHERE algorithm_version = '{ALGORITHM_VERSION}'
          AND octet_length(minhash) <> {PERMUTATIONS}""",
    "a pair of alike articles twice, or the wrong way round": """
        SELECT article_id, other_id FROM {article_matches}
        GROUP BY ALL HAVING count(*) > 1 OR article_id >= other_id""",
    "a pair of alike articles without the signature of one of them": """
        WITH ends AS (SELECT article_id FROM {article_matches}
                      UNION SELECT other_id FROM {article_matches})
        SELECT article_id FROM ends ANTI JOIN (
            SELECT article_id FROM signatures WHERE article_id IN (FROM ends)) s
            USING (article_id)""",
}  # fmt: skip
"""What would be left, and the query of the rows that break the promise."""
