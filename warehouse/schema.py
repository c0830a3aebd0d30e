"""The warehouse's tables: the data dictionary, each table and column with its comment.

No foreign keys and no unique indexes: DuckDB's ART indexes slow checkpoints and forbid updates of
referenced rows. Uniqueness comes from how `load` writes, and `checks.py` proves it before commit.
"""

from typing import Any

from duckdb_sqlalchemy import datatypes as _types  # noqa: F401  (registers the dialect's types)
from sqlalchemy import (
    ARRAY,
    JSON,
    TIMESTAMP,
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)
from sqlalchemy.types import TypeEngine

metadata = MetaData()
SCHEMA_VERSION = 18
"""Number of the newest migration."""

Text = String
Instant = TIMESTAMP(timezone=True)
Strings = ARRAY(String)


def _table(name: str, comment: str, *columns: "Column[Any]") -> Table:
    return Table(name, metadata, *columns, comment=comment)


def _must(
    name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], comment: str, *, packed: str = ""
) -> "Column[Any]":
    return Column(name, kind, nullable=False, comment=comment, info=_stored(packed))


def _may(
    name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], comment: str, *, packed: str = ""
) -> "Column[Any]":
    return Column(name, kind, nullable=True, comment=comment, info=_stored(packed))


def _stored(packed: str) -> dict[str, str]:
    return {"compression": packed} if packed else {}


sources = _table(
    "sources",
    "Outlets, as their source file said when a batch last used it. One row a source.",
    _must("source_id", Text, "Stem of the source file; `web:<domain>` for hosts without one"),
    _must("name", Text, "Name for people"),
    _must("home", Text, "Address of the home page"),
    _must("languages", Strings, "ISO 639-1 codes that the outlet is expected to write in"),
    _must("regions", Strings, "Regions that the outlet covers, as its source file names them"),
    _may("timezone", Text, "IANA name of the outlet's clock; NULL where unknown"),
    _must("is_verified", Boolean, "Whether a live check has confirmed its entrances"),
    _must("is_implicit", Boolean, "Whether it came with an import and has no source file"),
    _must("definition", JSON, "The whole source file, as JSON"),
    _must("batch_id", Text, "Batch that wrote this row last"),
)

articles = _table(
    "articles",
    "One row an article: the newest capture of it. Never fewer rows than before: copies are linked "
    "in story_articles, removed articles carry gone_at.",
    _must("article_id", BigInteger, "Permanent id, 63 bits; old ids resolve in article_merges"),
    _must("source_id", Text, "Outlet; set once"),
    _must("url", Text, "Address, the canonical one where it is believed"),
    _may("title", Text, "Headline without the site's name; NULL where the page gave none"),
    _may("title_from", Text, "Where it came from: json-ld, meta, microdata, feed, url, text, html"),
    _may("body", Text, "Paragraphs, one a line, in the author's letters; NULL if listed only",
         packed="zstd"),
    _must("body_from", Text, "page; json-ld = its articleBody; feed = no page or a walled one; "
          "listed = title only"),
    _must("authors", Strings,
         "People, pen names and news agencies, as printed; never the outlet or a desk"),
    _may("authors_from", Text, "Where the authors came from; NULL where there are none"),
    _may("byline", Text, "The author line as printed, if it names a desk or an agency; else NULL"),
    _may(
        "credited_source",
        Text,
        "Agency, outlet, press office or institution that the article goes by (according to …), "
        "never the outlet itself nor who merely said something; NULL where it names none, or was "
        "extracted before schema 9",
    ),
    _may("credited_from", Text, "dateline, byline, credit_line or text: where it says so"),
    _may("credited_words", Text, "The words that say so, as printed"),
    _may("section", Text, "The outlet's own section; NULL where not given"),
    _may("section_from", Text, "Where the section came from"),
    _must("tags", Strings, "The outlet's own tags; empty where it gave none"),
    _may("tags_from", Text, "Where the tags came from; NULL where there are none"),
    _may("image_url", Text, "Address of the leading image; not archived"),
    _may("image_from", Text, "Where the image's address came from; NULL where there is none"),
    _may("site_name", Text, "What the page calls its site"),
    _may("site_name_from", Text, "Where the site's name came from; NULL where there is none"),
    _may("language", Text, "ISO 639-1, detected from the text; NULL where too short to say"),
    _may("other_language", Text, "Second language of a mixed text; NULL where it is in one"),
    _may("published_at", Instant, "Publication instant as the page said it, UTC: it may lie after "
         "first_seen_at and fetched_at where the outlet is wrong (dated_from of article_intervals "
         "is NULL then); NULL unless a zone is known"),
    _may("published_on", Date, "Publication day on the outlet's own calendar (UTC if zone "
         "unknown); NULL if undated"),
    _may("published_precision", Text, "second, minute or day; NULL if undated"),
    _may("published_from", Text, "Where the date came from; NULL if undated"),
    _may("modified_at", Instant, "Last change as the page says, UTC; NULL if it does not"),
    _may("modified_on", Date, "Day of it on the outlet's own calendar (UTC if zone unknown)"),
    _may("modified_precision", Text, "second, minute or day"),
    _may("modified_from", Text, "Where it came from"),
    _must("dated_at", Instant, "Best date for sorting, UTC, never NULL: see date_basis; a day "
          "without an instant counts from its start on the outlet's own clock (UTC if unknown). "
          "As the page said it: it may lie after fetched_at"),
    _must("dated_on", Date, "The same as a day on the outlet's own calendar (UTC if zone unknown)"),
    _must("date_basis", Text, "What dated_at rests on: published, modified or first_seen"),
    _must("first_seen_at", Instant, "First capture, UTC; for undated imports: the import's start"),
    _may("fetched_at", Instant, "Newest capture, UTC; NULL where a foreign archive does not say"),
    _must("word_count", Integer, "Words of the body; 0 without one"),
    _must("is_paywalled", Boolean, "The page said, or showed, that it is behind a paywall"),
    _must("is_truncated", Boolean, "The body seems shorter than the article"),
    _may("story_id", BigInteger, "Story (one text and its copies) that it belongs to"),
    _must("version_count", Integer, "How many versions were served, this one included; at least 1"),
    _must("seen_from", Instant, "First capture of this very version, UTC"),
    _must("seen_to", Instant, "Last capture of this very version, UTC"),
    _must("content_hash", BigInteger, "63-bit hash of headline and normalised text"),
    _must("text_hash", BigInteger, "63-bit hash of the normalised text: equal = exact copy"),
    _must("extractor_version", Text, "Code, trafilatura and hints that made this row"),
    _may("archive_record_id", Text, "Its raw bytes: archive_records; NULL if no page was had"),
    _may("page_sha256", Text, "Hex SHA-256 of the page's decompressed bytes"),
    _must("found_by", Text, "How it was first found: live, backfill or import"),
    _may("gone_at", Instant, "When the outlet was seen, twice, to have removed it; NULL if not"),
    _must("batch_id", Text, "Batch that wrote this row last"),
)  # fmt: skip

search_texts = _table(
    "search_texts",
    "What search() looks through: headlines and texts in one spelling, as a load folded them. One "
    "row an article. For matching, not for reading.",
    _must("article_id", BigInteger, "The article"),
    _must("dated_on", Date, "Its day, as in articles"),
    _must("content_hash", BigInteger, "Headline and text that the words are of, as in articles"),
    _must("is_whole", Boolean, "Whether all of the body is in it; else its first 40 words"),
    _may("quick_words", Text, "Words of the headline, a line end, words of a whole body: each "
         "between two spaces, in one spelling, as letters_packed() writes it; a beginning of them, "
         "of less than 4,096 bytes, kept so that it is read fast. NULL unless is_whole",
         packed="fsst"),
    _may("words", Text, "Of a whole body what is not in quick_words, NULL where nothing is left; "
         "of others the same of headline and lead", packed="zstd"),
)  # fmt: skip

article_versions = _table(
    "article_versions",
    "Superseded versions of articles: a version is a run of consecutive captures with equal "
    "headline and text. The current version is in articles.",
    _must("article_id", BigInteger, "The article"),
    _must("version_number", Integer, "1 is the oldest"),
    _must("seen_from", Instant, "First capture of this version, UTC"),
    _must("seen_to", Instant, "Last capture of this version, UTC"),
    _may("title", Text, "Headline then"),
    _may("body", Text, "Text then", packed="zstd"),
    _must("authors", Strings, "Authors then"),
    _may(
        "published_at",
        Instant,
        "Publication instant as that version said it, UTC; it may lie after seen_from",
    ),
    _may("modified_at", Instant, "Change instant as that version said it, UTC"),
    _must("word_count", Integer, "Words of the body"),
    _must("content_hash", BigInteger, "63-bit hash of headline and normalised text"),
    _must("extractor_version", Text, "Code, trafilatura and hints that made this row"),
    _must("archive_record_id", Text, "The raw bytes of its first capture"),
    _must("page_sha256", Text, "Hex SHA-256 of those bytes, decompressed"),
    _must("batch_id", Text, "Batch that wrote this row"),
)

article_urls = _table(
    "article_urls",
    "Every address ever seen for an article. One row a url_key.",
    _must("url_key", Text, "Normal form of the address"),
    _must("article_id", BigInteger, "The article"),
    _must("source_id", Text, "Outlet"),
    _must(
        "how",
        Text,
        "How it was learnt: asked, redirect, final, canonical, amp, shortlink, og, rule (of twins)",
    ),
    _must("first_seen_at", Instant, "When it was learnt, UTC"),
    _must("batch_id", Text, "Batch that learnt it"),
)

article_merges = _table(
    "article_merges",
    "Ids that proved to be another article's; they still resolve. One row an old id.",
    _must("old_article_id", BigInteger, "The younger id, no longer in articles"),
    _must("article_id", BigInteger, "The older id, which won"),
    _must("url_key", Text, "The address that proved it"),
    _must("batch_id", Text, "Batch that merged them"),
)

article_doubts = _table(
    "article_doubts",
    "Canonical links that were not believed, and why.",
    _must("article_id", BigInteger, "The article whose page made the claim"),
    _must("canonical_url", Text, "What the page called its address"),
    _must("reason", Text, "home_page, other_host, or dissimilar_text"),
    _must("batch_id", Text, "Batch that doubted it"),
)

stories = _table(
    "stories",
    "A story is one text and its copies, not an event: two outlets' own reports of one raid are "
    "two stories. Each article belongs to exactly one.",
    _must("story_id", BigInteger, "Permanent id; that of the article it began with, mostly"),
    _may("merged_into", BigInteger, "The older story it proved to be part of; NULL if it stands"),
    _must("first_seen_at", Instant, "First capture of any article in it, UTC"),
    _may("earliest_article_id", BigInteger, "Earliest known article; claims no direction"),
    _may(
        "earliest_from",
        Instant,
        "Start of the interval in which the earliest known article was published, UTC; NULL where "
        "nothing bounds it",
    ),
    _may(
        "earliest_to",
        Instant,
        "End of that interval, UTC, itself outside: a day alone is the outlet's whole local day, "
        "50 hours where its zone is unknown; NULL once merged",
    ),
    _must("article_count", Integer, "Articles in it; 0 once merged"),
    _must("source_count", Integer, "Outlets in it; 0 once merged"),
    _must("languages", Strings, "Languages in it"),
    _must("batch_id", Text, "Batch that wrote this row last"),
)

story_articles = _table(
    "story_articles",
    "Which article belongs to which story, and why. One row an article. An article joins the story "
    "of the text that it is most like of those first seen before it, if it also shares a third (of "
    "the shorter of both) with the story's first text: of A, B, C, D, each half alike to the one "
    "before, A and B (and C, if it shares a third with A) are one story, and D is not in it. A "
    "digest joins one of its reports' stories and leads no other report there. An article that "
    "gets another text leaves its story; one that is found later takes its place by when it was "
    "first seen, as if it had been known by then.",
    _must("article_id", BigInteger, "The article"),
    _must("story_id", BigInteger, "The story"),
    _must("relation", Text, "earliest_known; else matched_as, where whole is copy. Claims no "
          "direction: who copied whom, the texts do not say"),
    _may("similarity", Double, "Estimated Jaccard of word 3-shingles with matched_to, 0-1"),
    _may("containment", Double, "Share of the shorter text's shingles in the longer, 0-1"),
    _may("matched_to", BigInteger, "What it is most like of the articles there that are known to "
         "have been out before it, or else of all; NULL for the earliest known"),
    _may("matched_as", Text, "What it is to matched_to: copy (alike as a whole), excerpt (a part), "
         "whole (has all of it, and as much again or more) or update (other numbers, 72 hours, "
         "the names still there; a corrected figure, too); NULL for the earliest known"),
    _must("is_part", Boolean, "Whether of it and the text it joined by one has the other whole, "
          "and much more: a further such text must share a tenth with one of the first five"),
    _must("method", Text, "How it is matched to that: exact (one text_hash) or minhash; first for "
          "the earliest known"),
    _must("algorithm_version", Text, "Version of the matching that decided"),
    _must("batch_id", Text, "Batch that decided"),
)  # fmt: skip

article_matches = _table(
    "article_matches",
    "Pairs of articles whose texts were compared and found alike, in one story or not. Each pair "
    "once, the smaller id first. Of an exact text, each article is paired with the 20 oldest that "
    "hold it (equal articles.text_hash tells of the others), and only one of a batch with other "
    "texts. A text is compared with at most 50 of the warehouse and 50 of its batch known before "
    "it: those with which it seems to share most.",
    _must("article_id", BigInteger, "One article"),
    _must("other_id", BigInteger, "The other"),
    _must("similarity", Double, "Estimated Jaccard similarity of word 3-shingles, 0-1"),
    _must("containment", Double, "Share of the shorter text's shingles in the longer, 0-1"),
    _must(
        "is_form",
        Boolean,
        "Whether they are one form filled in twice (daily rates, weather): "
        "so many of their numbers differ",
    ),
    _must(
        "is_written_on",
        Boolean,
        "Whether one tells on of the other's event: other numbers, the "
        "names still there. An update if they are dated within 72 hours; else is_form decides",
    ),
    _must("batch_id", Text, "Batch that compared them"),
)

article_series = _table(
    "article_series",
    "Look-alike reports that differ in their numbers (daily rates, weather): linked, not copies. "
    "Each with the one that it is most like of those first seen before it, in another story.",
    _must("article_id", BigInteger, "The article"),
    _must("like_article_id", BigInteger, "The look-alike it was matched to"),
    _must("similarity", Double, "Estimated Jaccard similarity of word 3-shingles, 0-1"),
    _must("batch_id", Text, "Batch that linked them"),
)

signatures = _table(
    "signatures",
    "MinHash signature of each article's text, for matching copies.",
    _must("article_id", BigInteger, "The article"),
    _must("algorithm", Text, "Name of algorithm and parameters"),
    _must("algorithm_version", Text, "Its version; only equal versions are compared"),
    _must("seed", BigInteger, "Seed of the hash functions"),
    _must("shingle_count", Integer, "Distinct word 3-shingles of the text"),
    _must("minhash", LargeBinary, "192 bytes: of the smallest value of each hash function, 8 bits"),
)

batches = _table(
    "batches",
    "One row a loaded batch: one pass of the pipeline.",
    _must("batch_id", Text, "`<UTC timestamp>-<dag>-<hash of the run id>`"),
    _must("load_number", BigInteger, "1, 2, 3 … in the order of loading"),
    _must("dag", Text, "What started it: ingest, run, import ..."),
    _must("run_id", Text, "Airflow's run id, or the command's"),
    _must("found_by", Text, "live, backfill, import or reprocess (extracted again)"),
    _must("started_at", Instant, "When it was planned, UTC"),
    _must("loaded_at", Instant, "When it was loaded, UTC"),
    _must("input_digest", Text, "Hex SHA-256 of its input files; the same again is a no-op"),
    _must("code_version", Text, "Version of Khabar that planned it"),
    _must("report", JSON, "The load's report, returned again when the batch is loaded again"),
)  # fmt: skip

batch_sources = _table(
    "batch_sources",
    "What each source gave in each batch; the ledger's sums.",
    _must("batch_id", Text, "The batch"),
    _must("source_id", Text, "The source"),
    _must(
        "status",
        Text,
        "loaded, held (kept out until released) or failed (nothing came, or its crawl died)",
    ),
    _may("reason", Text, "Why it was held or failed; NULL when loaded"),
    _may("accepted_why", Text, "Why an operator released it from being held; else NULL"),
    _must("listed", Integer, "Distinct articles listed, counted by the spider"),
    _must("known_not_due", Integer, "Of these, known and not due to be asked again"),
    _must("fetched", Integer, "Ledger lines fetched"),
    _must("new", Integer, "Outcome new: articles first seen"),
    _must("updated", Integer, "Outcome updated: articles with a new version"),
    _must("unchanged", Integer, "Outcome unchanged"),
    _must("rejected", Integer, "Outcome rejected: pages that are no articles"),
    _must("failed", Integer, "Outcome failed: could not be had"),
    _must("skipped", Integer, "Outcome skipped: not asked, see reason in fetches"),
    _must("kept_from_feed", Integer, "Articles kept as the feed told them, page not had"),
    _must("archived", Integer, "WARC records written"),
    _must("input_digest", Text, "Hex SHA-256 over its input files"),
    _may(
        "accepted_state",
        Integer,
        "State number of the warehouse that its acceptance led to; else NULL",
    ),
)

fetches = _table(
    "fetches",
    "The ledger: what became of each URL in each batch. Exactly one row a batch, source, url_key.",
    _must("batch_id", Text, "The batch"),
    _must("source_id", Text, "The source"),
    _must("url_key", Text, "Normal form of the address"),
    _must("url", Text, "Address as listed", packed="zstd"),
    _may("entrance", Text, "Entrance that listed it first; NULL for revisits and imports"),
    _must("is_listed", Boolean, "Whether an entrance listed it in this batch"),
    _must("outcome", Text, "new, updated (a new version, or the first page of an article that "
          "only a feed had told of), unchanged, rejected, failed or skipped"),
    _may("reason", Text, "Why it was rejected, failed or skipped; NULL otherwise"),
    _may("detail", Text, "One line for people"),
    _may("status", Integer, "Last HTTP status"),
    _may("final_url", Text, "Address after redirects; of a twin, the url_key it stands for; "
         "NULL where no answer came, or at url itself"),
    _may("fetched_at", Instant, "When it was asked, UTC; NULL where it was not"),
    _may("page_sha256", Text, "Hex SHA-256 of the decompressed body"),
    _may("body_bytes", BigInteger, "Bytes of the decompressed body"),
    _may("etag", Text, "Validator, for the next look"),
    _may("last_modified", Text, "Validator, for the next look"),
    _may("archive_record_id", Text, "The raw bytes; NULL where none came"),
    _may("article_id", BigInteger, "The article it led to, or that has its address; else NULL"),
    _must("is_kept_from_feed", Boolean, "The page could not be had; the feed's word was kept"),
    _may("item", JSON, "What the entrance said of it; NULL where it said nothing", packed="zstd"),
)  # fmt: skip

polls = _table(
    "polls",
    "Each look at an entrance: how an analyst knows that a silence was real.",
    _must("batch_id", Text, "The batch"),
    _must("source_id", Text, "The source"),
    _must("entrance", Text, "Address of the entrance"),
    _must("kind", Text, "feed, sitemap or listing"),
    _must("polled_at", Instant, "When it was asked, UTC"),
    _may("status", Integer, "HTTP status; NULL where no answer came"),
    _may("reason", Text, "Why it failed; NULL when it did not"),
    _may("detail", Text, "One line for people"),
    _must("items", Integer, "Items listed"),
    _must("matched", Integer, "Distinct articles among them"),
    _may("newest_at", Instant,
         "Newest item's date, UTC; a day without a time counts as its end; NULL where undated"),
    _may("oldest_at", Instant, "Oldest item's date, UTC; NULL where undated"),
    _may("overlapped", Boolean, "Whether it listed an item of the look before; NULL for the first"),
    _may("new_items", Integer, "Of these, unknown until this look; NULL before schema 4"),
    _may("is_stale", Boolean,
         "Whether it answered, but its newest item is older than the source promises"),
    _may("part_of", Text, "Sitemap index that named it; NULL for those of the source file"),
    _may("stands_in_for", Text,
         "Entrance that failed or went stale, in whose place it was asked; NULL otherwise"),
    _may("next_interval_minutes", Double,
         "For how long to let it be, as decided by this look; NULL where it decided nothing"),
    _may("is_cut_short", Boolean,
         "Whether it answered, but a part or a page of it, or its end, did not come"),
)  # fmt: skip

entrances = _table(
    "entrances",
    "State of each entrance after its last look. One row a source and entrance.",
    _must("source_id", Text, "The source"),
    _must("entrance", Text, "Address of the entrance"),
    _must("kind", Text, "feed, sitemap or listing"),
    _must("polled_at", Instant, "Last look, UTC"),
    _may("answered_at", Instant, "Last look that worked, UTC; NULL where none did"),
    _may("newest_at", Instant,
         "Newest item's date ever seen, UTC; a day without a time counts as its end"),
    _may("etag", Text, "Validator of the last answer"),
    _may("last_modified", Text, "Validator of the last answer"),
    _must("failure_weight", Double, "Sum of failures since the last answer; 0 when well"),
    _must("item_hashes", ARRAY(BigInteger), "63-bit hashes of the url_keys it listed last"),
    _must("batch_id", Text, "Batch of the last look"),
    _may("interval_minutes", Double,
         "For how long to let it be; NULL for a part that is asked with its index"),
    _may("next_at", Instant, "When it is due again, UTC; NULL where its index decides"),
    _may("is_stale", Boolean,
         "Whether its newest item was older at the last look than the source promises"),
    _may("part_of", Text, "Sitemap index that named it; NULL for those of the source file"),
    _may("is_cut_short", Boolean,
         "Whether the last answer was cut short: the next look reads on where it can"),
)  # fmt: skip

rejections = _table(
    "rejections",
    "Pages that are no articles, with the reason. One row a batch, source, url_key.",
    _must("batch_id", Text, "The batch"),
    _must("source_id", Text, "The source"),
    _must("url_key", Text, "Normal form of the address"),
    _must("url", Text, "Address as asked"),
    _may("final_url", Text, "Address after redirects; NULL where that is url"),
    _must("reason", Text, "empty, not_html, challenge, consent, soft_404, listing ..."),
    _must("detail", Text, "What gave it away"),
    _may("title", Text, "What it called itself"),
    _may("fetched_at", Instant, "When it was fetched, UTC; NULL where unknown"),
    _must("page_sha256", Text, "Hex SHA-256 of its decompressed bytes"),
    _must("archive_record_id", Text, "The raw bytes"),
    _must("extractor_version", Text, "Code, trafilatura and hints that judged it"),
)

archive_records = _table(
    "archive_records",
    "Each capture: from a row of articles to the raw bytes that it was read from.",
    _must("archive_record_id", Text, "WARC-Record-ID"),
    _must("source_id", Text, "The source"),
    _must("batch_id", Text, "Batch that captured it"),
    _must("url_key", Text, "Normal form of the address asked"),
    _must("url", Text, "Address asked", packed="zstd"),
    _may("final_url", Text, "Address after redirects; NULL where that is url"),
    _may("fetched_at", Instant, "When it was captured, UTC; NULL where unknown"),
    _may("status", Integer, "HTTP status"),
    _must("kind", Text, "response; revisit = bytes as before; resource = a saved page"),
    _must("page_sha256", Text, "Hex SHA-256 of the decompressed body"),
    _must("file", Text, "WARC file, relative to the archive folder", packed="zstd"),
    _must("offset_bytes", BigInteger, "Where the record's gzip member begins"),
    _must("length_bytes", BigInteger, "Length of that member"),
    _may("article_id", BigInteger, "The article read from it; NULL where it was rejected"),
    _may("content_hash", BigInteger, "Hash of what was read from it; NULL where rejected"),
    _may("extractor_version", Text, "Code, trafilatura and hints that read it"),
    _may(
        "version_number",
        Integer,
        "Version of the article that it shows, or for a twin that was shown then",
    ),
    _may(
        "is_twin",
        Boolean,
        "Whether the page names another address as its own (AMP, print); NULL where rejected",
    ),
)

site_lines = _table(
    "site_lines",
    "Lines that an outlet prints on page after page, and that are no part of any article: they are "
    "taken out of its bodies. One row a source, line and place.",
    _must("source_id", Text, "Outlet"),
    _must("line", Text, "The line, as it stood in the bodies"),
    _must("place", Text, "Where it is taken out: top | end | anywhere"),
    _must("pages", Integer, "Pages of different text that carried it when it was learnt"),
    _must("learnt_at", Instant, "When it was learnt last, UTC: its batch's start"),
    _must("batch_id", Text, "Batch that learnt it last"),
)

incidents = _table(
    "incidents",
    "What was wrong, with an outlet or the pipeline, from when to when, and who knew: copied from "
    "the incidents' own files at each publish. One row an incident.",
    _must("incident_id", Text, "`<UTC second of its opening>-<kind>-<random>`"),
    _may("source_id", Text, "Outlet; NULL where it is the pipeline itself"),
    _must(
        "kind",
        Text,
        "silent, stale_feed, blocked, rejections, fields, volume, held, failing, extractor_changed "
        "or source_file; of the pipeline not_published, disk_low, broken_promise, unreadable or "
        "source_file (of a file whose name can be no source_id)",
    ),
    _must("opened_at", Instant, "When it was noticed, UTC"),
    _may("closed_at", Instant, "When it was seen to be over, UTC; NULL while it is open"),
    _must("note", Text, "What was seen last, with numbers, and what to do"),
    _may("acknowledged_by", Text, "Who said first to know of it; NULL if nobody"),
    _may("acknowledged_at", Instant, "When they said so, UTC; NULL if nobody did"),
    _may("muted_until", Instant, "Until when it raises no alert, UTC; NULL if never muted"),
    _may("muted_by", Text, "Who muted it; NULL if nobody"),
)

state = _table(
    "state",
    "One row: how often the warehouse was changed. Decisions are committed only on the state they "
    "were made on.",
    _must("state_number", BigInteger, "Grows by one with each change"),
    _must("changed_at", Instant, "When it last changed, UTC"),
)
