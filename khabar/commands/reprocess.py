"""`khabar reprocess`: archived pages extracted again, compared, and loaded in place."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawlers.batch import Batch, Reprocess
    from khabar.progress import Progress
    from warehouse.reprocess import ReprocessPlan

MOST_CHANGED = 0.2
DAYS = ["%Y-%m-%d"]


def reprocess(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="See `khabar sources`")
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="WHY", help="Kept with the batch")
    ] = "",
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=DAYS, metavar="DATE", help="First day of the articles"),
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=DAYS, metavar="DATE", help="Last day")
    ] = None,
    made_by: Annotated[
        str | None,
        typer.Option(
            "--extractor-version",
            metavar="BEGINNING",
            help="Only rows of this extractor_version; else all but those of today's",
        ),
    ] = None,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="Only pages that were rejected, no stored rows")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Extract and compare, load nothing")
    ] = False,
    most_changed: Annotated[
        float,
        typer.Option(
            "--most-changed",
            min=0,
            max=1,
            metavar="SHARE",
            help="Load nothing where more of the rows change, or of rejected pages come in",
        ),
    ] = MOST_CHANGED,
    approve: Annotated[
        bool, typer.Option("--approve", help="Load it, however many rows change")
    ] = False,
    revert: Annotated[
        str | None,
        typer.Option("--revert", metavar="BATCH", help="Put back what a reprocess replaced"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print it as one JSON object")] = False,
) -> None:
    """Extract archived pages again, with today's code and source files; nothing is fetched.

    It shows what would change, then puts the new rows in the place of the old ones and publishes.
    Versions are rewritten in place; pages that would be no articles any more, and those that the
    archive does not give, keep their rows. A page that was rejected and is an article now becomes
    one, as of when it was captured. Where more than a fifth of the rows would change, or of the
    rejected pages become articles, nothing is loaded until somebody says so.

    [cyan]khabar reprocess dawn --reason "photo captions out of bodies" --dry-run[/]

    [cyan]khabar reprocess dawn --rejected --reason "its new design is read now"[/]

    [cyan]khabar reprocess --revert BATCH --reason "it lost paragraphs"[/]
    """  # fmt: skip
    from crawlers.batch import Reprocess
    from khabar.run import open_batch
    from khabar.settings import begun_home

    batch, run_id = open_batch(begun_home(), "reprocess", datetime.now(UTC))
    if revert is not None:
        if sources or dry_run or first or last or made_by or rejected:
            raise typer.BadParameter("--revert takes a whole batch back: with --reason alone")
        _revert(batch, revert, reason, run_id, json=json)
        return
    asked = Reprocess(
        reason=reason, first_on=first.date() if first else None,
        last_on=last.date() if last else None, made_by=made_by,
        only_rejected=rejected,
    )  # fmt: skip
    plan = _extract(batch, asked, sources or [], run_id, json=json)
    if plan.rows:
        _finish(batch, most_changed, is_dry=dry_run, is_approved=approve, json=json)


def _extract(
    batch: "Batch", asked: "Reprocess", sources: list[str], run_id: str, *, json: bool
) -> "ReprocessPlan":
    """Plan, then read every source's rows again, showing what would change."""
    from khabar.commands.compare import show_comparison
    from khabar.interrupt import as_interrupt, end
    from khabar.progress import Progress
    from khabar.settings import read_settings
    from khabar.shown import as_json, plain
    from warehouse.extract_again import extract_again
    from warehouse.reprocess import plan_reprocess

    folders = read_settings().folders
    plan = plan_reprocess(batch, asked, folders=folders, only=sources, run_id=run_id)
    if not plan.rows or not json:
        typer.echo(as_json(plan) if json else plain(plan.line))
    reports = []
    with Progress(is_quiet=json) as progress:
        progress.expect(plan.sources)
        try:
            with as_interrupt():
                for source_id in plan.sources:
                    reports.append(extract_again(batch, source_id, _shown(progress, source_id)))
                    progress.source(source_id, reports[-1].line, is_done=True)
        except KeyboardInterrupt:
            end(progress, "nothing was changed")
    if not json:
        for report in reports:
            show_comparison(report.comparison)
    return plan


def _shown(progress: "Progress", source_id: str) -> "Callable[[int], None]":
    return lambda done: progress.source(source_id, f"{done:,} rows read again")


def _finish(
    batch: "Batch", most_changed: float, *, is_dry: bool, is_approved: bool, json: bool
) -> None:
    """Load and publish what may be; say what may not."""
    from khabar.publish_all import publish_all
    from khabar.shown import as_json, plain
    from warehouse.extract_again import judge_reprocess
    from warehouse.load_again import load_again

    judged = judge_reprocess(batch, most_changed)
    is_refused = judged.is_over and not is_approved
    told: dict[str, object] = {"batch_id": batch.id, "judgement": asdict(judged), "load": None}
    lines = [judged.line]
    if is_dry or is_refused:
        lines.append(f"nothing was loaded; `khabar load {batch.id}` loads just this")
    else:
        loaded = load_again(batch)
        told["load"] = asdict(loaded)
        published = publish_all(batch.home, batch.id)
        lines += [loaded.line, published.line]
    for line in [as_json(told)] if json else map(plain, lines):
        typer.echo(line)
    if is_refused and not is_dry:
        raise typer.Exit(1)


def _revert(batch: "Batch", of: str, reason: str, run_id: str, *, json: bool) -> None:
    from crawlers.batch import Batch
    from khabar.commands.stages import tell
    from khabar.publish_all import publish_all
    from warehouse.load_again import load_again
    from warehouse.reprocess import plan_revert

    plan_revert(batch, Batch(id=of, home=batch.home), reason, run_id=run_id)
    tell(load_again(batch), json=json)
    published = publish_all(batch.home, batch.id)
    if not json:
        tell(published, json=False)
