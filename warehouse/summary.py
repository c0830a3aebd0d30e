"""What a batch brought, source by source, and whether it is red: read from its status files."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from textwrap import shorten

from pydantic import TypeAdapter

from crawlers.batch import Batch, Found, write_json
from crawlers.counted import counted
from crawlers.ledger import read_manifest
from transforms.extractor_trial import BECAUSE
from warehouse.connection import WarehouseError, open_snapshot
from warehouse.load_report import REPORT_JSON as LOAD_JSON
from warehouse.load_report import LoadReport
from warehouse.plan import REPORT_JSON as PLAN_JSON
from warehouse.plan import PlanReport
from warehouse.publish import PublishReport
from warehouse.source_summary import (
    CRAWL_JSON,
    CrawlStatus,
    SourceSummary,
    read_status,
    summarise_source,
)

MAX_FAILED_SHARE = 0.2
STAGES = ("dedup", "load", "publish")
UNREACHED = frozenset({"dns", "refused", "timeout", "reset", "tls"})
"""Failures in which no outlet said a word: several at once are our own network's."""
OUTLETS_OWN = "are no articles"
"""The one reason to hold a source that is the outlet's doing; any other is a promise we broke."""
ON_TRIAL = f"held: {BECAUSE}"
"""The state of what waits for somebody's word on its extractor: an incident, and no failure."""
NO_USE = "source file cannot be used"
NAMED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSummary:
    """What a batch brought, and whether an operator has to act."""

    line: str
    is_red: bool
    why: str | None
    """What broke and what to do; None where it is not red."""
    sources: tuple[SourceSummary, ...]
    published: bool


_PUBLISH: TypeAdapter[PublishReport] = TypeAdapter(PublishReport)


def summarise_batch(batch: Batch) -> BatchSummary:
    """Say what a batch brought; it speaks even where a stage broke and left no status."""
    planned = read_manifest(batch).sources
    load = read_status(LOAD_JSON, batch.status("load"))
    publish = read_status(_PUBLISH, batch.status("publish"))
    crawls = {one: read_status(CRAWL_JSON, batch.status("crawl", one)) for one in planned}
    stories = _count_stories(batch) if publish else {}
    loaded = {one.source_id: one for one in load.sources} if load else {}
    sources = tuple(
        summarise_source(batch, one, crawls[one], loaded.get(one), stories.get(one, 0))
        for one in planned
    )
    plan = read_status(PLAN_JSON, batch.status("plan"))
    sources += _spoilt(plan) if planned else ()
    why = _why_red(batch, sources) if planned else None
    line = _line(sources, tuple(crawls.values()), load, publish)
    summary = BatchSummary(
        line=f"{line}; {plan.renewed}" if plan and plan.renewed else line,
        is_red=why is not None,
        why=why,
        sources=sources,
        published=publish is not None,
    )
    write_json(batch.status("summary"), asdict(summary))
    return summary


def describe_publish(batch: Batch) -> dict[str, str | int | None]:
    """Say in counts what a publish brought, for those who wait for a new snapshot."""
    load = read_status(LOAD_JSON, batch.status("load"))
    publish = read_status(_PUBLISH, batch.status("publish"))
    return {
        "batch": batch.id,
        "snapshot": publish.snapshot_id if publish else None,
        "articles_new": sum(one.new for one in load.sources) if load else None,
        "articles_updated": sum(one.updated for one in load.sources) if load else None,
    }


def describe_acceptance(
    batch: Batch, source_id: str, let_in: Iterable[str]
) -> dict[str, str | int | None]:
    """Say the same of an acceptance: what one source brought, of each batch that let it in."""
    loads = [
        read_status(LOAD_JSON, Batch(id=one, home=batch.home).status("load")) for one in let_in
    ]
    brought = [one for load in loads if load for one in load.sources if one.source_id == source_id]
    return describe_publish(batch) | {
        "articles_new": sum(one.new for one in brought),
        "articles_updated": sum(one.updated for one in brought),
    }


def describe_reprocess(batch: Batch) -> dict[str, str | int | None]:
    """Say the same of a reprocess: articles came of rejected pages, others were read again."""
    load = read_status(LOAD_JSON, batch.status("load"))
    again = load.again if load else None
    return describe_publish(batch) | {
        "articles_new": again.became if again else None,
        "articles_updated": again.articles - max(again.became, 0) if again else None,
    }


def describe_loads(
    home: Path, found_by: Found, since: datetime, source_id: str | None = None
) -> dict[str, str | int | None]:
    """Say the same of all batches of a kind that were loaded since, of all sources or of one."""
    with open_snapshot(home) as con:
        asked = [found_by, since, source_id]
        [counted] = con.execute(_LOADS, asked).fetchall()
    names = ("batch", "snapshot", "batches", "articles_new", "articles_updated")
    return dict(zip(names, counted, strict=True))


_LOADS = """
SELECT max(b.batch_id), (SELECT snapshot_id FROM snapshot), count(DISTINCT b.batch_id),
       coalesce(sum(s.new), 0)::INT, coalesce(sum(s.updated), 0)::INT
FROM batches b JOIN batch_sources s USING (batch_id)
WHERE b.found_by = $1 AND b.loaded_at >= $2 AND s.source_id = coalesce($3, s.source_id)
"""


def _spoilt(plan: PlanReport | None) -> tuple[SourceSummary, ...]:
    """Count each source file that cannot be used as a source that failed."""
    errors = plan.errors if plan else ()
    return tuple(
        SourceSummary(
            source_id=stem, name=stem, articles=0, stories=0, rejections=0, failures=0,
            state=f"failed: {NO_USE}: {error}", failure=f"{NO_USE}: {error}",
        )
        for error in errors
        for stem in [error.partition(".yml")[0]]
    )  # fmt: skip


def _count_stories(batch: Batch) -> dict[str, int]:
    try:
        with open_snapshot(batch.home) as con:
            return dict(
                con.execute(
                    "select f.source_id, count(distinct a.story_id) from fetches f "
                    "join articles a using (article_id) where f.batch_id = ? "
                    "and f.outcome in ('new', 'updated') group by f.source_id",
                    [batch.id],
                ).fetchall()
            )
    except WarehouseError:
        return {}


def _why_red(batch: Batch, sources: tuple[SourceSummary, ...]) -> str | None:
    """Name the promise that was broken; None where the run may be green."""
    for stage in STAGES:
        if not batch.status(stage).is_file():
            return f"{stage} did not end; see its log, then run `khabar {stage} {batch.id}`"
    for source in sources:
        if source.state.startswith("held: ") and not _waits(source.state):
            return f"a promise was broken: {source.source_id} is {source.state}"
    counted = [source for source in sources if source.is_verified] or sources
    bad = [one for one in counted if one.failure or not (one.is_fine or _is_on_trial(one))]
    if len(bad) > MAX_FAILED_SHARE * len(counted):
        return (
            f"{len(bad)} of {len(counted)} due sources failed, more than "
            f"{MAX_FAILED_SHARE:.0%}: {_named(bad)}"
        )
    return None


def _waits(state: str) -> bool:
    """Tell whether a held source waits for somebody's word, and we broke no promise."""
    return OUTLETS_OWN in state or state.startswith(ON_TRIAL)


def _is_on_trial(source: SourceSummary) -> bool:
    return source.state.startswith(ON_TRIAL)


def _line(
    sources: tuple[SourceSummary, ...],
    crawls: tuple[CrawlStatus | None, ...],
    load: LoadReport | None,
    publish: PublishReport | None,
) -> str:
    if not sources:
        return "nothing due"
    crawled = sources[: len(crawls)]
    if all(crawl and crawl.failed and _is_unreached(crawl.reason) for crawl in crawls):
        return (
            f"none of the {len(crawled)} due sources could be reached "
            f"({_commonest(crawled)}): is this machine on the internet? `make demo` needs none; "
            "nothing is lost, the next run asks again"
        )
    bad = [source for source in sources if not source.is_fine]
    ailing = [source for source in sources if source.is_fine and source.state != "fine"]
    parts = [f"{len(sources) - len(bad)} of {len(sources)} sources fine"]
    parts += [f"not: {_named(bad)}"] if bad else []
    parts += [f"with an entrance to mend: {_named(ailing)}"] if ailing else []
    parts += _stopped(crawls)
    parts.append(_counts(sources, load))
    parts.append(
        f"published {datetime.fromisoformat(publish.published_at):%H:%M} UTC"
        if publish
        else "not published, analysts still see the snapshot before"
    )
    return "; ".join(parts)


def _stopped(crawls: tuple[CrawlStatus | None, ...]) -> list[str]:
    """Say once what ended crawls before their time, as the disk does that they share."""
    whys = [crawl.stopped for crawl in crawls if crawl and crawl.stopped]
    if not whys:
        return []
    ended = counted(len(whys), "crawl")
    return [f"{ended} ended early ({whys[0]}): the next run asks for what was left"]


def _counts(sources: tuple[SourceSummary, ...], load: LoadReport | None) -> str:
    if load is None:
        found = sum(source.articles for source in sources)
        return f"{counted(found, 'article')} extracted, none loaded"
    new = sum(one.new for one in load.sources)
    updated = sum(one.updated for one in load.sources)
    rejected = sum(one.rejected for one in load.sources)
    gone = sum(one.gone for one in load.sources)
    failed = sum(one.failed for one in load.sources) - gone
    return (
        f"{new:,} new and {counted(updated, 'updated article')}, "
        f"{counted(rejected, 'page')} rejected, {failed:,} failed"
    ) + (f", {gone:,} answered gone" if gone else "")


def _named(bad: list[SourceSummary]) -> str:
    said = ((one.source_id, shorten(_said(one), 160, placeholder=" …")) for one in bad[:NAMED])
    named = [f"{source_id} ({state})" for source_id, state in said]
    return ", ".join(named) + (f" and {len(bad) - NAMED} more" if len(bad) > NAMED else "")


def _said(source: SourceSummary) -> str:
    state = source.state
    return state.removeprefix("fine (").removesuffix(")") if source.is_fine else state


def _is_unreached(reason: str | None) -> bool:
    return (reason or "").partition(":")[0] in UNREACHED


def _commonest(sources: tuple[SourceSummary, ...]) -> str:
    reasons = Counter((one.failure or "").partition(":")[0] for one in sources)
    return reasons.most_common(1)[0][0]
