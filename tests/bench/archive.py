"""Warehouses stocked with three years of reports: every table, each row as a load writes it."""

import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.wire import OUTLETS, SHARD
from tests.warehouse.batches import lay_warehouse
from transforms.fingerprint import ALGORITHM, ALGORITHM_VERSION, SEED
from warehouse.commit import run_each
from warehouse.connection import open_writer, warehouse_file
from warehouse.search_texts import index_texts
from warehouse.views import lend_macros

# One in twenty was changed three hours later, one in five looked at again without a change. Copies
# come within days: of what arrivals are made of, four in five are of the last eleven days.
_ROWS = """
create temp table rows as
with dated as (
    select * exclude (body, minhash, shingles), 'outlet' || outlet as source_id,
           timestamptz '2026-07-31 00:00:00+00' - to_seconds(hash(article_id) %
               case when number < 10000 and number % 5 <> 0 then 950400 else 94608000 end)
               as published_at,
           hash(article_id, 1) % 20 = 0 as is_changed, hash(article_id, 2) % 5 = 0 as is_unchanged,
           left(body, 180) as summary
    from stored
)
select *, published_at + to_seconds(300 + hash(article_id, 3) % 5000) as seen_at,
       date_trunc('hour', seen_at) as started_at,
       sha256(url || 'x') as first_sha256, sha256(url) as page_sha256
from dated order by started_at, article_id
"""
# A look is one capture of one article; number 1 is the first, the last one shows what it is now.
_LOOKS = """
create temp table looks as
select article_id, source_id, url, number, content_hash, look, is_changed, published_at,
       case look when 1 then 'new' when 2 then 'updated' else 'unchanged' end as outcome,
       seen_at + to_hours(3 * (look - 1)) as seen_at,
       case when look = 1 and is_changed then first_sha256 else page_sha256 end as page_sha256,
       case when look = 1 and is_changed then content_hash >> 1 else content_hash end as shown_hash,
       'urn:uuid:' || md5(url || look)::uuid as archive_record_id,
       strftime(date_trunc('hour', seen_at + to_hours(3 * (look - 1))), '%Y%m%dT%H0000Z-ingest-')
           || left(md5(date_trunc('hour', seen_at + to_hours(3 * (look - 1)))::varchar), 8)
           as batch_id,
       title, summary
from (select *, unnest(list_filter([1, 2, 3], lambda one:
                 one = 1 or one = 2 and is_changed or one = 3 and is_unchanged)) as look from rows)
order by batch_id, source_id, url;
create temp table newest as
select article_id, max(seen_at) as seen_to, min(seen_at) as seen_from,
       arg_max(archive_record_id, look) filter (look < 3) as record_id,
       arg_max(batch_id, look) as batch_id, min(batch_id) as first_batch
from looks group by all
"""
_SOURCES = """
insert into sources by name
select 'outlet' || n as source_id, source_id as name, 'https://' || source_id || '.test/' as home,
       [['en', 'ur', 'ps'][1 + n % 3]] as languages, [] as regions, 'Asia/Karachi' as timezone,
       true as is_verified, false as is_implicit, '{}' as definition,
       (select max(batch_id) from looks) as batch_id
from range($outlets) t(n);
insert into batches by name
select batch_id, row_number() over (order by batch_id) as load_number, 'ingest' as dag,
       'scheduled__' || batch_id as run_id, 'live' as found_by,
       date_trunc('hour', min(seen_at)) as started_at, max(seen_at) as loaded_at,
       sha256(batch_id) as input_digest, '0.1.0' as code_version,
       '{"batch_id": "' || batch_id || '", "new": ' || count(*) || '}' as report
from looks group by batch_id order by batch_id;
insert into batch_sources by name
select batch_id, source_id, 'loaded' as status, coalesce(n, 0) as listed, 20 as known_not_due,
       coalesce(n, 0) as fetched, coalesce(fresh, 0) as new, coalesce(changed, 0) as updated,
       coalesce(n, 0) - new - updated as unchanged, 0 as rejected, 0 as failed, 0 as skipped,
       0 as kept_from_feed, coalesce(n, 0) as archived, sha256(batch_id || source_id)
           as input_digest
from batches cross join (select source_id from sources)
left join (select batch_id, source_id, count(*) as n, count_if(look = 1) as fresh,
                  count_if(look = 2) as changed from looks group by all) l
    using (batch_id, source_id)
where l.n is not null or hash(batch_id, source_id) % 3 = 0
order by batch_id, source_id;
insert into polls by name
select batch_id, source_id, 'https://' || source_id || '.test/feed' as entrance, 'feed' as kind,
       started_at + to_seconds(hash(source_id) % 300) as polled_at, 200 as status, 20 as items,
       20 as matched, polled_at - interval 20 minutes as newest_at,
       polled_at - interval 20 hours as oldest_at, true as overlapped, new as new_items,
       false as is_stale, 60.0 as next_interval_minutes, false as is_cut_short
from batch_sources join batches using (batch_id) order by batch_id, source_id;
insert into entrances by name
select source_id, entrance, 'feed' as kind, max(polled_at) as polled_at, max(polled_at)
           as answered_at, max(newest_at) as newest_at, 0 as failure_weight,
       list_transform(range(20), lambda n: (hash(source_id, n) >> 1)::bigint) as item_hashes,
       max(batch_id) as batch_id, 60.0 as interval_minutes, max(polled_at) + interval 1 hour
           as next_at, false as is_stale, false as is_cut_short
from polls group by source_id, entrance order by source_id
"""
_ARTICLES = """
insert into articles by name
select r.article_id, r.source_id, url, title, 'meta' as title_from, b.body, 'page' as body_from,
       ['Reporter ' || source_id || hash(article_id, 4) % 30] as authors, 'meta' as authors_from,
       case when hash(article_id, 5) % 3 = 0 then 'Agency ' || hash(article_id, 6) % 9 end
           as credited_source,
       case when credited_source is not null then 'dateline' end as credited_from,
       credited_source as credited_words, 'section' || hash(article_id, 7) % 9 as section,
       'meta' as section_from,
       ['tag' || hash(article_id, 8) % 3000, 'tag' || hash(article_id, 9) % 100] as tags,
       'meta' as tags_from, replace(url, '/news/', strftime(published_at, '/uploads/%Y/%m/'))
           || '.jpg' as image_url,
       'meta' as image_from, source_id as site_name, 'meta' as site_name_from, language,
       published_at, local_day(published_at, zone := 'Asia/Karachi') as published_on,
       'second' as published_precision, 'meta' as published_from, published_at as dated_at,
       published_on as dated_on, 'published' as date_basis, seen_from as first_seen_at,
       seen_to as fetched_at, word_count, false as is_paywalled, false as is_truncated, story_id,
       1 + is_changed::int as version_count,
       case when is_changed then seen_at + to_hours(3) else seen_at end as seen_from, seen_to,
       content_hash, text_hash, 'khabar6+trafilatura2.3.1+' || left(md5(source_id), 8)
           as extractor_version,
       record_id as archive_record_id, page_sha256, 'live' as found_by, n.batch_id
from rows r join newest n using (article_id)
join (select article_id, body from stored) b using (article_id)
order by dated_at, article_id;
insert into article_versions by name
select a.article_id, 1 as version_number, first_seen_at as seen_from, a.seen_from as seen_to,
       a.title, left(a.body, length(a.body) - 40) as body, authors, a.published_at, a.word_count,
       r.content_hash >> 1 as content_hash, extractor_version,
       'urn:uuid:' || md5(r.url || 1)::uuid as archive_record_id, first_sha256 as page_sha256,
       a.batch_id
from rows r join articles a using (article_id) where is_changed order by a.batch_id, article_id;
insert into article_urls by name
select url as url_key, article_id, source_id, 'asked' as how, seen_at as first_seen_at, batch_id
from looks where look = 1 order by batch_id, url;
insert into archive_records by name
select archive_record_id, source_id, batch_id, url as url_key, url, seen_at as fetched_at,
       case look when 3 then 304 else 200 end as status,
       case look when 3 then 'revisit' else 'response' end as kind, page_sha256,
       source_id || strftime(seen_at, '/%Y/%m/') || batch_id || '-1.warc.gz' as file,
       row_number() over (partition by batch_id, source_id order by url) * 15000 as offset_bytes,
       10000 + hash(url) % 9999 as length_bytes, article_id, shown_hash as content_hash,
       'khabar6+trafilatura2.3.1+' || left(md5(source_id), 8) as extractor_version,
       1 + (is_changed and look > 1)::int as version_number, false as is_twin
from looks order by batch_id, source_id, url;
insert into fetches by name
select batch_id, source_id, url as url_key, url,
       case when look < 3 then 'https://' || source_id || '.test/feed' end as entrance,
       look < 3 as is_listed, outcome, case look when 3 then 304 else 200 end as status,
       seen_at as fetched_at, page_sha256, 40000 + hash(url) % 49999 as body_bytes,
       case when hash(source_id) % 2 = 0 then '"' || left(page_sha256, 12) || '"' end as etag,
       case when hash(source_id) % 3 = 0 then strftime(published_at, '%a, %d %b %Y %X GMT') end
           as last_modified,
       archive_record_id, article_id, false as is_kept_from_feed,
       case when look < 3 then json_object('title', title, 'published_at', published_at,
            'summary', summary, 'told_by', 'feed') end as item
from looks order by batch_id, source_id, url
"""
_SIGNATURES = """
insert into signatures by name
select article_id, $algorithm as algorithm, $version as algorithm_version, $seed as seed,
       shingle_count, minhash
from stored join (select article_id, first_batch from newest) using (article_id)
order by first_batch, article_id
"""
_STORIES = """
insert into stories by name
select story_id, min(first_seen_at) as first_seen_at,
       arg_min(article_id, (published_at, first_seen_at, article_id)) as earliest_article_id,
       min(published_at) as earliest_from, min(published_at) + interval 1 second as earliest_to,
       count(*) as article_count, count(distinct source_id) as source_count,
       list_sort(list_distinct(list(language))) as languages, max(batch_id) as batch_id
from articles group by story_id order by batch_id, story_id;
insert into story_articles by name
select article_id, a.story_id,
       case when article_id = s.earliest_article_id then 'earliest_known' else 'copy' end
           as relation,
       case when relation = 'copy' then round(0.5 + hash(article_id) % 90 / 192, 16) end
           as similarity,
       case when relation = 'copy' then 0.9 end as containment,
       case when relation = 'copy' then s.earliest_article_id end as matched_to,
       case when relation = 'copy' then 'copy' end as matched_as,
       case when relation = 'copy' then 'minhash' else 'first' end as method,
       $version as algorithm_version, false as is_part, a.batch_id
from articles a join stories s using (story_id) order by a.batch_id, article_id;
insert into article_matches by name
select least(article_id, matched_to) as article_id, greatest(article_id, matched_to) as other_id,
       similarity, containment, false as is_form, false as is_written_on, batch_id
from story_articles where matched_to is not null order by all
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What signatures took: to write them, and on disk."""

    seconds: float
    index_bytes: int


def stock_warehouse(home: Path, folder: Path, count: int) -> Stock:
    """Fill a warehouse with the first reports, its signatures last of all."""
    lay_warehouse(home)
    files = [str(folder / f"{shard:03}.parquet") for shard in range(-(-count // SHARD))]
    values: dict[str, object] = {
        "algorithm": ALGORITHM,
        "version": str(ALGORITHM_VERSION),
        "seed": SEED,
        "outlets": OUTLETS,
    }
    with open_writer(home) as con:
        con.execute("set enable_progress_bar = false")
        con.read_parquet(files).create_view("stored")
        lend_macros(con, ("local_day",))
        for script in (_ROWS, _LOOKS, _SOURCES, _ARTICLES, _STORIES):
            run_each(con, script, values)
        index_texts(con)
        con.execute("insert into state values (1, timestamptz '2026-07-31 00:00:00+00')")
        con.execute("checkpoint")
        before, began = warehouse_file(home).stat().st_size, time.perf_counter()
        run_each(con, _SIGNATURES, values)
        con.execute("checkpoint")
        seconds = time.perf_counter() - began
        con.execute("drop view stored")
    return Stock(seconds=seconds, index_bytes=warehouse_file(home).stat().st_size - before)
