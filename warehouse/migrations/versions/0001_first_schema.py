# ruff: noqa: E501
"""Lay out the first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archive_records",
        sa.Column("archive_record_id", sa.String(), nullable=False, comment="WARC-Record-ID"),
        sa.Column("source_id", sa.String(), nullable=False, comment="The source"),
        sa.Column("batch_id", sa.String(), nullable=False, comment="Batch that captured it"),
        sa.Column(
            "url_key", sa.String(), nullable=False, comment="Normal form of the address asked"
        ),
        sa.Column("url", sa.String(), nullable=False, comment="Address asked"),
        sa.Column("final_url", sa.String(), nullable=False, comment="Address after redirects"),
        sa.Column(
            "fetched_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="When it was captured, UTC; NULL where unknown",
        ),
        sa.Column("status", sa.Integer(), nullable=True, comment="HTTP status"),
        sa.Column(
            "kind",
            sa.String(),
            nullable=False,
            comment="response; revisit = bytes as before; resource = a saved page",
        ),
        sa.Column(
            "page_sha256",
            sa.String(),
            nullable=False,
            comment="Hex SHA-256 of the decompressed body",
        ),
        sa.Column(
            "file", sa.String(), nullable=False, comment="WARC file, relative to the archive folder"
        ),
        sa.Column(
            "offset_bytes",
            sa.BigInteger(),
            nullable=False,
            comment="Where the record's gzip member begins",
        ),
        sa.Column("length_bytes", sa.BigInteger(), nullable=False, comment="Length of that member"),
        sa.Column(
            "article_id",
            sa.BigInteger(),
            nullable=True,
            comment="The article read from it; NULL where it was rejected",
        ),
        sa.Column(
            "content_hash",
            sa.BigInteger(),
            nullable=True,
            comment="Hash of what was read from it; NULL where rejected",
        ),
        sa.Column(
            "extractor_version",
            sa.String(),
            nullable=True,
            comment="Code, trafilatura and hints that read it",
        ),
        sa.Column(
            "version_number",
            sa.Integer(),
            nullable=True,
            comment="Version of the article that it shows; NULL where rejected",
        ),
        comment="Each capture: from a row of articles to the raw bytes that it was read from.",
    )
    op.create_table(
        "article_doubts",
        sa.Column(
            "article_id",
            sa.BigInteger(),
            nullable=False,
            comment="The article whose page made the claim",
        ),
        sa.Column(
            "canonical_url", sa.String(), nullable=False, comment="What the page called its address"
        ),
        sa.Column(
            "reason",
            sa.String(),
            nullable=False,
            comment="home_page, other_host, or dissimilar_text",
        ),
        sa.Column("batch_id", sa.String(), nullable=False, comment="Batch that doubted it"),
        comment="Canonical links that were not believed, and why.",
    )
    op.create_table(
        "article_merges",
        sa.Column(
            "old_article_id",
            sa.BigInteger(),
            nullable=False,
            comment="The younger id, no longer in articles",
        ),
        sa.Column("article_id", sa.BigInteger(), nullable=False, comment="The older id, which won"),
        sa.Column("url_key", sa.String(), nullable=False, comment="The address that proved it"),
        sa.Column("batch_id", sa.String(), nullable=False, comment="Batch that merged them"),
        comment="Ids that proved to be another article's; they still resolve. One row an old id.",
    )
    op.create_table(
        "article_series",
        sa.Column("article_id", sa.BigInteger(), nullable=False, comment="The article"),
        sa.Column(
            "like_article_id",
            sa.BigInteger(),
            nullable=False,
            comment="The look-alike it was matched to",
        ),
        sa.Column(
            "similarity",
            sa.Double(),
            nullable=False,
            comment="Estimated Jaccard similarity of word 3-shingles, 0-1",
        ),
        sa.Column("batch_id", sa.String(), nullable=False, comment="Batch that linked them"),
        comment="Look-alike reports that differ in their numbers (daily rates, weather): linked, not copies.",
    )
    op.create_table(
        "article_urls",
        sa.Column("url_key", sa.String(), nullable=False, comment="Normal form of the address"),
        sa.Column("article_id", sa.BigInteger(), nullable=False, comment="The article"),
        sa.Column("source_id", sa.String(), nullable=False, comment="Outlet"),
        sa.Column(
            "how",
            sa.String(),
            nullable=False,
            comment="How it was learnt: asked, redirect, final, canonical, amp, shortlink, og",
        ),
        sa.Column(
            "first_seen_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When it was learnt, UTC",
        ),
        sa.Column("batch_id", sa.String(), nullable=False, comment="Batch that learnt it"),
        comment="Every address ever seen for an article. One row a url_key.",
    )
    op.create_table(
        "article_versions",
        sa.Column("article_id", sa.BigInteger(), nullable=False, comment="The article"),
        sa.Column("version_number", sa.Integer(), nullable=False, comment="1 is the oldest"),
        sa.Column(
            "seen_from",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="First capture of this version, UTC",
        ),
        sa.Column(
            "seen_to",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="Last capture of this version, UTC",
        ),
        sa.Column("title", sa.String(), nullable=True, comment="Headline then"),
        sa.Column(
            "body", sa.String(), nullable=True, comment="Text then", info={"compression": "zstd"}
        ),
        sa.Column("authors", sa.ARRAY(sa.String()), nullable=False, comment="Authors then"),
        sa.Column(
            "published_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Publication instant as that version said it, UTC",
        ),
        sa.Column(
            "modified_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Change instant as that version said it, UTC",
        ),
        sa.Column("word_count", sa.Integer(), nullable=False, comment="Words of the body"),
        sa.Column(
            "content_hash",
            sa.BigInteger(),
            nullable=False,
            comment="63-bit hash of headline and normalised text",
        ),
        sa.Column(
            "extractor_version",
            sa.String(),
            nullable=False,
            comment="Code, trafilatura and hints that made this row",
        ),
        sa.Column(
            "archive_record_id",
            sa.String(),
            nullable=False,
            comment="The raw bytes of its first capture",
        ),
        sa.Column(
            "page_sha256",
            sa.String(),
            nullable=False,
            comment="Hex SHA-256 of those bytes, decompressed",
        ),
        sa.Column("batch_id", sa.String(), nullable=False, comment="Batch that wrote this row"),
        comment="Superseded versions of articles: a version is a run of consecutive captures with equal headline and text. The current version is in articles.",
    )
    op.create_table(
        "articles",
        sa.Column(
            "article_id",
            sa.BigInteger(),
            nullable=False,
            comment="Permanent id, 63 bits; old ids resolve in article_merges",
        ),
        sa.Column("source_id", sa.String(), nullable=False, comment="Outlet; set once"),
        sa.Column(
            "url",
            sa.String(),
            nullable=False,
            comment="Address, the canonical one where it is believed",
        ),
        sa.Column(
            "title",
            sa.String(),
            nullable=True,
            comment="Headline without the site's name; NULL where the page gave none",
        ),
        sa.Column(
            "title_from",
            sa.String(),
            nullable=True,
            comment="Where it came from: json-ld, meta, microdata, feed, url, text, html",
        ),
        sa.Column(
            "body",
            sa.String(),
            nullable=True,
            comment="Paragraphs, one a line, in the author's letters; NULL if listed only",
            info={"compression": "zstd"},
        ),
        sa.Column(
            "body_from",
            sa.String(),
            nullable=False,
            comment="page; feed = the page could not be had; listed = title only",
        ),
        sa.Column(
            "authors",
            sa.ARRAY(sa.String()),
            nullable=False,
            comment="Authors as people, as printed; empty where none is named",
        ),
        sa.Column(
            "authors_from",
            sa.String(),
            nullable=True,
            comment="Where the authors came from; NULL where there are none",
        ),
        sa.Column(
            "byline",
            sa.String(),
            nullable=True,
            comment="Author line that names no person, such as a desk; else NULL",
        ),
        sa.Column(
            "section",
            sa.String(),
            nullable=True,
            comment="The outlet's own section; NULL where not given",
        ),
        sa.Column(
            "section_from", sa.String(), nullable=True, comment="Where the section came from"
        ),
        sa.Column(
            "tags",
            sa.ARRAY(sa.String()),
            nullable=False,
            comment="The outlet's own tags; empty where it gave none",
        ),
        sa.Column(
            "tags_from",
            sa.String(),
            nullable=True,
            comment="Where the tags came from; NULL where there are none",
        ),
        sa.Column(
            "image_url",
            sa.String(),
            nullable=True,
            comment="Address of the leading image; not archived",
        ),
        sa.Column("site_name", sa.String(), nullable=True, comment="What the page calls its site"),
        sa.Column(
            "language",
            sa.String(),
            nullable=True,
            comment="ISO 639-1, detected from the text; NULL where too short to say",
        ),
        sa.Column(
            "published_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Publication instant, UTC; NULL unless a zone is known",
        ),
        sa.Column(
            "published_on",
            sa.Date(),
            nullable=True,
            comment="Publication day on the outlet's own calendar; NULL if undated",
        ),
        sa.Column(
            "published_precision",
            sa.String(),
            nullable=True,
            comment="second, minute or day; NULL if undated",
        ),
        sa.Column(
            "published_from",
            sa.String(),
            nullable=True,
            comment="Where the date came from; NULL if undated",
        ),
        sa.Column(
            "modified_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Last change as the page says, UTC; NULL if it does not",
        ),
        sa.Column(
            "modified_on",
            sa.Date(),
            nullable=True,
            comment="Day of it on the outlet's own calendar",
        ),
        sa.Column(
            "modified_precision", sa.String(), nullable=True, comment="second, minute or day"
        ),
        sa.Column("modified_from", sa.String(), nullable=True, comment="Where it came from"),
        sa.Column(
            "dated_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="Best date for sorting, UTC, never NULL: see date_basis; a day without an instant counts from its start on the outlet's own clock (UTC if unknown)",
        ),
        sa.Column(
            "dated_on",
            sa.Date(),
            nullable=False,
            comment="The same as a day on the outlet's own calendar (UTC if zone unknown)",
        ),
        sa.Column(
            "date_basis",
            sa.String(),
            nullable=False,
            comment="What dated_at rests on: published, modified or first_seen",
        ),
        sa.Column(
            "first_seen_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="First capture, UTC; for undated imports: the import's start",
        ),
        sa.Column(
            "fetched_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Newest capture, UTC; NULL where a foreign archive does not say",
        ),
        sa.Column(
            "word_count", sa.Integer(), nullable=False, comment="Words of the body; 0 without one"
        ),
        sa.Column(
            "is_paywalled",
            sa.Boolean(),
            nullable=False,
            comment="The page said, or showed, that it is behind a paywall",
        ),
        sa.Column(
            "is_truncated",
            sa.Boolean(),
            nullable=False,
            comment="The body seems shorter than the article",
        ),
        sa.Column(
            "story_id",
            sa.BigInteger(),
            nullable=True,
            comment="Story (one text and its copies) that it belongs to",
        ),
        sa.Column(
            "version_count",
            sa.Integer(),
            nullable=False,
            comment="How many versions were served, this one included; at least 1",
        ),
        sa.Column(
            "seen_from",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="First capture of this very version, UTC",
        ),
        sa.Column(
            "seen_to",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="Last capture of this very version, UTC",
        ),
        sa.Column(
            "content_hash",
            sa.BigInteger(),
            nullable=False,
            comment="63-bit hash of headline and normalised text",
        ),
        sa.Column(
            "text_hash",
            sa.BigInteger(),
            nullable=False,
            comment="63-bit hash of the normalised text: equal = exact copy",
        ),
        sa.Column(
            "extractor_version",
            sa.String(),
            nullable=False,
            comment="Code, trafilatura and hints that made this row",
        ),
        sa.Column(
            "archive_record_id",
            sa.String(),
            nullable=True,
            comment="Its raw bytes: archive_records; NULL if body_from <> page",
        ),
        sa.Column(
            "page_sha256",
            sa.String(),
            nullable=True,
            comment="Hex SHA-256 of the page's decompressed bytes",
        ),
        sa.Column(
            "found_by",
            sa.String(),
            nullable=False,
            comment="How it was first found: live, backfill or import",
        ),
        sa.Column(
            "gone_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="When the outlet was seen, twice, to have removed it; NULL if not",
        ),
        sa.Column(
            "batch_id", sa.String(), nullable=False, comment="Batch that wrote this row last"
        ),
        comment="One row an article: the newest capture of it. Never fewer rows than before: copies are linked in story_articles, removed articles carry gone_at.",
    )
    op.create_table(
        "bands",
        sa.Column(
            "band_hash",
            sa.BigInteger(),
            nullable=False,
            comment="63-bit hash of the band's rows and number",
        ),
        sa.Column("article_id", sa.BigInteger(), nullable=False, comment="The article"),
        comment="LSH bands of the signatures: articles that share one are candidates for being copies.",
    )
    op.create_table(
        "batch_sources",
        sa.Column("batch_id", sa.String(), nullable=False, comment="The batch"),
        sa.Column("source_id", sa.String(), nullable=False, comment="The source"),
        sa.Column(
            "status",
            sa.String(),
            nullable=False,
            comment="loaded, held (kept out until released, see reason) or failed (nothing came)",
        ),
        sa.Column(
            "reason",
            sa.String(),
            nullable=True,
            comment="Why it was held or failed; NULL when loaded",
        ),
        sa.Column(
            "accepted_why",
            sa.String(),
            nullable=True,
            comment="Why an operator released it from being held; else NULL",
        ),
        sa.Column(
            "listed",
            sa.Integer(),
            nullable=False,
            comment="Distinct articles listed, counted by the spider",
        ),
        sa.Column(
            "known_not_due",
            sa.Integer(),
            nullable=False,
            comment="Of these, known and not due to be asked again",
        ),
        sa.Column("fetched", sa.Integer(), nullable=False, comment="Ledger lines fetched"),
        sa.Column("new", sa.Integer(), nullable=False, comment="Outcome new: articles first seen"),
        sa.Column(
            "updated",
            sa.Integer(),
            nullable=False,
            comment="Outcome updated: articles with a new version",
        ),
        sa.Column("unchanged", sa.Integer(), nullable=False, comment="Outcome unchanged"),
        sa.Column(
            "rejected",
            sa.Integer(),
            nullable=False,
            comment="Outcome rejected: pages that are no articles",
        ),
        sa.Column(
            "failed", sa.Integer(), nullable=False, comment="Outcome failed: could not be had"
        ),
        sa.Column(
            "skipped",
            sa.Integer(),
            nullable=False,
            comment="Outcome skipped: not asked, see reason in fetches",
        ),
        sa.Column(
            "kept_from_feed",
            sa.Integer(),
            nullable=False,
            comment="Articles kept as the feed told them, page not had",
        ),
        sa.Column("archived", sa.Integer(), nullable=False, comment="WARC records written"),
        sa.Column(
            "input_digest", sa.String(), nullable=False, comment="Hex SHA-256 over its input files"
        ),
        comment="What each source gave in each batch; the ledger's sums.",
    )
    op.create_table(
        "batches",
        sa.Column(
            "batch_id",
            sa.String(),
            nullable=False,
            comment="`<UTC timestamp>-<dag>-<hash of the run id>`",
        ),
        sa.Column(
            "load_number",
            sa.BigInteger(),
            nullable=False,
            comment="1, 2, 3 … in the order of loading",
        ),
        sa.Column(
            "dag", sa.String(), nullable=False, comment="What started it: ingest, run, import ..."
        ),
        sa.Column(
            "run_id", sa.String(), nullable=False, comment="Airflow's run id, or the command's"
        ),
        sa.Column("found_by", sa.String(), nullable=False, comment="live, backfill or import"),
        sa.Column(
            "started_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When it was planned, UTC",
        ),
        sa.Column(
            "loaded_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When it was loaded, UTC",
        ),
        sa.Column(
            "input_digest",
            sa.String(),
            nullable=False,
            comment="Hex SHA-256 of its input files; the same again is a no-op",
        ),
        sa.Column(
            "code_version", sa.String(), nullable=False, comment="Version of Khabar that planned it"
        ),
        sa.Column(
            "report",
            sa.JSON(),
            nullable=False,
            comment="The load's report, returned again when the batch is loaded again",
        ),
        comment="One row a loaded batch: one pass of the pipeline.",
    )
    op.create_table(
        "entrances",
        sa.Column("source_id", sa.String(), nullable=False, comment="The source"),
        sa.Column("entrance", sa.String(), nullable=False, comment="Address of the entrance"),
        sa.Column("kind", sa.String(), nullable=False, comment="feed, sitemap or listing"),
        sa.Column(
            "polled_at", sa.TIMESTAMP(timezone=True), nullable=False, comment="Last look, UTC"
        ),
        sa.Column(
            "answered_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Last look that worked, UTC; NULL where none did",
        ),
        sa.Column(
            "newest_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Newest item's date ever seen, UTC",
        ),
        sa.Column("etag", sa.String(), nullable=True, comment="Validator of the last answer"),
        sa.Column(
            "last_modified", sa.String(), nullable=True, comment="Validator of the last answer"
        ),
        sa.Column(
            "failure_weight",
            sa.Double(),
            nullable=False,
            comment="Sum of failures since the last answer; 0 when well",
        ),
        sa.Column(
            "item_hashes",
            sa.ARRAY(sa.BigInteger()),
            nullable=False,
            comment="63-bit hashes of the url_keys it listed last",
        ),
        sa.Column("batch_id", sa.String(), nullable=False, comment="Batch of the last look"),
        comment="State of each entrance after its last look. One row a source and entrance.",
    )
    op.create_table(
        "fetches",
        sa.Column("batch_id", sa.String(), nullable=False, comment="The batch"),
        sa.Column("source_id", sa.String(), nullable=False, comment="The source"),
        sa.Column("url_key", sa.String(), nullable=False, comment="Normal form of the address"),
        sa.Column("url", sa.String(), nullable=False, comment="Address as listed"),
        sa.Column(
            "entrance",
            sa.String(),
            nullable=True,
            comment="Entrance that listed it first; NULL for revisits and imports",
        ),
        sa.Column(
            "is_listed",
            sa.Boolean(),
            nullable=False,
            comment="Whether an entrance listed it in this batch",
        ),
        sa.Column(
            "outcome",
            sa.String(),
            nullable=False,
            comment="new, updated (a new version, or the first page of an article that only a feed had told of), unchanged, rejected, failed or skipped",
        ),
        sa.Column(
            "reason",
            sa.String(),
            nullable=True,
            comment="Why it was rejected, failed or skipped; NULL otherwise",
        ),
        sa.Column("detail", sa.String(), nullable=True, comment="One line for people"),
        sa.Column("status", sa.Integer(), nullable=True, comment="Last HTTP status"),
        sa.Column("final_url", sa.String(), nullable=True, comment="Address after redirects"),
        sa.Column(
            "fetched_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="When it was asked, UTC; NULL where it was not",
        ),
        sa.Column(
            "page_sha256",
            sa.String(),
            nullable=True,
            comment="Hex SHA-256 of the decompressed body",
        ),
        sa.Column(
            "body_bytes", sa.BigInteger(), nullable=True, comment="Bytes of the decompressed body"
        ),
        sa.Column("etag", sa.String(), nullable=True, comment="Validator, for the next look"),
        sa.Column(
            "last_modified", sa.String(), nullable=True, comment="Validator, for the next look"
        ),
        sa.Column(
            "archive_record_id",
            sa.String(),
            nullable=True,
            comment="The raw bytes; NULL where none came",
        ),
        sa.Column(
            "article_id",
            sa.BigInteger(),
            nullable=True,
            comment="The article it led to, or that has its address; else NULL",
        ),
        sa.Column(
            "is_kept_from_feed",
            sa.Boolean(),
            nullable=False,
            comment="The page could not be had; the feed's word was kept",
        ),
        sa.Column(
            "item",
            sa.JSON(),
            nullable=True,
            comment="What the entrance said of it; NULL where it said nothing",
        ),
        comment="The ledger: what became of each URL in each batch. Exactly one row a batch, source, url_key.",
    )
    op.create_table(
        "polls",
        sa.Column("batch_id", sa.String(), nullable=False, comment="The batch"),
        sa.Column("source_id", sa.String(), nullable=False, comment="The source"),
        sa.Column("entrance", sa.String(), nullable=False, comment="Address of the entrance"),
        sa.Column("kind", sa.String(), nullable=False, comment="feed, sitemap or listing"),
        sa.Column(
            "polled_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When it was asked, UTC",
        ),
        sa.Column(
            "status", sa.Integer(), nullable=True, comment="HTTP status; NULL where no answer came"
        ),
        sa.Column(
            "reason", sa.String(), nullable=True, comment="Why it failed; NULL when it did not"
        ),
        sa.Column("detail", sa.String(), nullable=True, comment="One line for people"),
        sa.Column("items", sa.Integer(), nullable=False, comment="Items listed"),
        sa.Column("matched", sa.Integer(), nullable=False, comment="Distinct articles among them"),
        sa.Column(
            "newest_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Newest item's date, UTC; NULL where undated",
        ),
        sa.Column(
            "oldest_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Oldest item's date, UTC; NULL where undated",
        ),
        sa.Column(
            "overlapped",
            sa.Boolean(),
            nullable=True,
            comment="Whether it listed an item of the look before; NULL for the first",
        ),
        comment="Each look at an entrance: how an analyst knows that a silence was real.",
    )
    op.create_table(
        "rejections",
        sa.Column("batch_id", sa.String(), nullable=False, comment="The batch"),
        sa.Column("source_id", sa.String(), nullable=False, comment="The source"),
        sa.Column("url_key", sa.String(), nullable=False, comment="Normal form of the address"),
        sa.Column("url", sa.String(), nullable=False, comment="Address as asked"),
        sa.Column("final_url", sa.String(), nullable=False, comment="Address after redirects"),
        sa.Column(
            "reason",
            sa.String(),
            nullable=False,
            comment="empty, not_html, challenge, consent, soft_404, listing ...",
        ),
        sa.Column("detail", sa.String(), nullable=False, comment="What gave it away"),
        sa.Column("title", sa.String(), nullable=True, comment="What it called itself"),
        sa.Column(
            "fetched_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="When it was fetched, UTC; NULL where unknown",
        ),
        sa.Column(
            "page_sha256",
            sa.String(),
            nullable=False,
            comment="Hex SHA-256 of its decompressed bytes",
        ),
        sa.Column("archive_record_id", sa.String(), nullable=False, comment="The raw bytes"),
        sa.Column(
            "extractor_version",
            sa.String(),
            nullable=False,
            comment="Code, trafilatura and hints that judged it",
        ),
        comment="Pages that are no articles, with the reason. One row a batch, source, url_key.",
    )
    op.create_table(
        "signatures",
        sa.Column("article_id", sa.BigInteger(), nullable=False, comment="The article"),
        sa.Column(
            "algorithm", sa.String(), nullable=False, comment="Name of algorithm and parameters"
        ),
        sa.Column(
            "algorithm_version",
            sa.String(),
            nullable=False,
            comment="Its version; only equal versions are compared",
        ),
        sa.Column("seed", sa.BigInteger(), nullable=False, comment="Seed of the hash functions"),
        sa.Column(
            "shingle_count",
            sa.Integer(),
            nullable=False,
            comment="Distinct word 3-shingles of the text",
        ),
        sa.Column("minhash", sa.LargeBinary(), nullable=False, comment="128 little-endian uint32"),
        comment="MinHash signature of each article's text, for matching copies.",
    )
    op.create_table(
        "sources",
        sa.Column(
            "source_id",
            sa.String(),
            nullable=False,
            comment="Stem of the source file; `web:<domain>` for hosts without one",
        ),
        sa.Column("name", sa.String(), nullable=False, comment="Name for people"),
        sa.Column("home", sa.String(), nullable=False, comment="Address of the home page"),
        sa.Column(
            "languages",
            sa.ARRAY(sa.String()),
            nullable=False,
            comment="ISO 639-1 codes that the outlet is expected to write in",
        ),
        sa.Column(
            "regions",
            sa.ARRAY(sa.String()),
            nullable=False,
            comment="Regions that the outlet covers, as its source file names them",
        ),
        sa.Column(
            "timezone",
            sa.String(),
            nullable=True,
            comment="IANA name of the outlet's clock; NULL where unknown",
        ),
        sa.Column(
            "is_verified",
            sa.Boolean(),
            nullable=False,
            comment="Whether a live check has confirmed its entrances",
        ),
        sa.Column(
            "is_implicit",
            sa.Boolean(),
            nullable=False,
            comment="Whether it came with an import and has no source file",
        ),
        sa.Column(
            "definition", sa.JSON(), nullable=False, comment="The whole source file, as JSON"
        ),
        sa.Column(
            "batch_id", sa.String(), nullable=False, comment="Batch that wrote this row last"
        ),
        comment="Outlets, as their source file said when a batch last used it. One row a source.",
    )
    op.create_table(
        "state",
        sa.Column(
            "state_number", sa.BigInteger(), nullable=False, comment="Grows by one with each change"
        ),
        sa.Column(
            "changed_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="When it last changed, UTC",
        ),
        comment="One row: how often the warehouse was changed. Decisions are committed only on the state they were made on.",
    )
    op.create_table(
        "stories",
        sa.Column(
            "story_id",
            sa.BigInteger(),
            nullable=False,
            comment="Permanent id; equals its first article's id",
        ),
        sa.Column(
            "merged_into",
            sa.BigInteger(),
            nullable=True,
            comment="The older story it proved to be part of; NULL if it stands",
        ),
        sa.Column(
            "first_seen_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="First capture of any article in it, UTC",
        ),
        sa.Column(
            "earliest_article_id",
            sa.BigInteger(),
            nullable=True,
            comment="Earliest known article; claims no direction",
        ),
        sa.Column(
            "article_count", sa.Integer(), nullable=False, comment="Articles in it; 0 once merged"
        ),
        sa.Column(
            "source_count", sa.Integer(), nullable=False, comment="Outlets in it; 0 once merged"
        ),
        sa.Column("languages", sa.ARRAY(sa.String()), nullable=False, comment="Languages in it"),
        sa.Column(
            "batch_id", sa.String(), nullable=False, comment="Batch that wrote this row last"
        ),
        comment="A story is one text and its copies, not an event: two outlets' own reports of one raid are two stories. Each article belongs to exactly one.",
    )
    op.create_table(
        "story_articles",
        sa.Column("article_id", sa.BigInteger(), nullable=False, comment="The article"),
        sa.Column("story_id", sa.BigInteger(), nullable=False, comment="The story"),
        sa.Column(
            "relation",
            sa.String(),
            nullable=False,
            comment="earliest_known, copy, excerpt or update; claims no direction",
        ),
        sa.Column(
            "similarity",
            sa.Double(),
            nullable=True,
            comment="Estimated Jaccard of word 3-shingles with matched_to, 0-1",
        ),
        sa.Column(
            "containment",
            sa.Double(),
            nullable=True,
            comment="Share of the shorter text's shingles in the longer, 0-1",
        ),
        sa.Column(
            "matched_to",
            sa.BigInteger(),
            nullable=True,
            comment="Article it was matched to; NULL for a story's first",
        ),
        sa.Column("method", sa.String(), nullable=False, comment="first, exact or minhash"),
        sa.Column(
            "algorithm_version",
            sa.String(),
            nullable=False,
            comment="Version of the matching that decided",
        ),
        sa.Column("batch_id", sa.String(), nullable=False, comment="Batch that decided"),
        comment="Which article belongs to which story, and why. One row an article.",
    )


def downgrade() -> None:
    op.drop_table("story_articles")
    op.drop_table("stories")
    op.drop_table("state")
    op.drop_table("sources")
    op.drop_table("signatures")
    op.drop_table("rejections")
    op.drop_table("polls")
    op.drop_table("fetches")
    op.drop_table("entrances")
    op.drop_table("batches")
    op.drop_table("batch_sources")
    op.drop_table("bands")
    op.drop_table("articles")
    op.drop_table("article_versions")
    op.drop_table("article_urls")
    op.drop_table("article_series")
    op.drop_table("article_merges")
    op.drop_table("article_doubts")
    op.drop_table("archive_records")
