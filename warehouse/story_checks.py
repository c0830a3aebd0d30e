"""What must hold of stories, their links and signatures before a commit."""

STORY_PROMISES: dict[str, str] = {
    "a story's link to no article": """
        SELECT s.article_id FROM story_articles s ANTI JOIN articles a USING (article_id)""",
    "a story that resolves to none that stands": """
        SELECT s.story_id FROM stories s LEFT JOIN stories t
            ON t.story_id = s.merged_into AND t.merged_into IS NULL
        WHERE s.merged_into IS NOT NULL AND t.story_id IS NULL""",
    "a story that miscounts its articles": """
        SELECT s.story_id FROM stories s LEFT JOIN (
            SELECT story_id, count(*) AS n FROM story_articles GROUP BY story_id) m USING (story_id)
        WHERE s.batch_id = $batch AND s.article_count <> coalesce(m.n, 0)""",
    "a story without just one earliest known article, in it": """
        SELECT s.story_id FROM stories s LEFT JOIN (
            SELECT story_id, count(*) AS n, any_value(article_id) AS first FROM story_articles
            WHERE relation = 'earliest_known' GROUP BY story_id) m USING (story_id)
        WHERE s.batch_id = $batch AND (coalesce(m.n, 0) <> (s.article_count > 0)::INT
            OR s.earliest_article_id IS DISTINCT FROM m.first)""",
    "a story that stands without an article": """
        SELECT story_id FROM stories WHERE merged_into IS NULL AND article_count = 0""",
    "an article matched to none": """
        SELECT s.article_id FROM story_articles s
        LEFT JOIN articles a ON a.article_id = s.matched_to
        WHERE s.matched_to IS NOT NULL AND (a.article_id IS NULL OR s.matched_to = s.article_id)""",
    "a look-alike that is no article, or the article itself": """
        SELECT article_id FROM article_series WHERE article_id = like_article_id
        OR article_id NOT IN (SELECT article_id FROM articles)
        OR like_article_id NOT IN (SELECT article_id FROM articles)""",
    "a signature of no article": """
        SELECT s.article_id FROM signatures s ANTI JOIN articles a USING (article_id)""",
    "a pair of alike articles twice, or the wrong way round": """
        SELECT article_id, other_id FROM article_matches
        WHERE article_id IN (SELECT article_id FROM article_matches WHERE batch_id = $batch)
        GROUP BY ALL HAVING count(*) > 1 OR article_id >= other_id""",
    "a pair of alike articles without one of them": """
        SELECT article_id FROM (SELECT article_id FROM article_matches
            UNION ALL SELECT other_id FROM article_matches) ANTI JOIN articles USING (article_id)
        """,
}
"""What would be left, and the query of the rows that break the promise, for checks to run."""
