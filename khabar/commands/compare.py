"""`khabar parse --compare`: what today's extractor would change, for people and programs."""

from collections.abc import Iterator, Sequence

import typer

from crawlers.counted import counted
from khabar.comparing import compare_names
from khabar.interrupt import as_interrupt, end
from khabar.progress import Progress
from khabar.settings import read_settings
from khabar.shown import as_json, console, plain, table
from transforms.comparison import Comparison, FieldChange, TextChange
from transforms.word_diff import DiffLine

MAX_SOURCES = 20


def compare(names: Sequence[str], most: int, *, json: bool) -> None:
    """Compare, with progress on standard error; print the whole as JSON, or for people.

    Exits 1 where pages cannot be read, or sources of a batch not compared: they are named.
    """
    with Progress(is_quiet=json) as progress:
        try:
            with as_interrupt():
                found = compare_names(read_settings(), names, most, progress)
        except KeyboardInterrupt:
            end(progress, "nothing was changed")
    if json:
        typer.echo(as_json(found))
    else:
        show_comparison(found)
    if found.unread or found.left_out:
        raise typer.Exit(1)


def show_comparison(found: Comparison) -> None:
    """Print it for people."""
    typer.echo(plain(found.line))
    _show_tables(found)
    for line in _account(found):
        typer.echo(line)


def _show_tables(found: Comparison) -> None:
    out = console()
    if found.fields:
        rows = [(one.field, one.pages, f"{one.share:.1%}") for one in found.fields]
        out.print(table(("field", "rows", "share"), rows, whole=("field", "rows", "share")))
    if len(found.sources) > 1:
        most_changed = sorted(found.sources, key=lambda one: -one.changed)[:MAX_SOURCES]
        rows_of = [(o.source_id, o.archived, o.looked_at, o.changed) for o in most_changed]
        out.print(table(("source", "archived", "looked at", "changed"), rows_of))


def _account(found: Comparison) -> Iterator[str]:
    """Say the rest, line by line; what an outlet wrote stands last on its line."""
    for flip in found.flips:
        before, after = _outcome(flip.before), _outcome(flip.after)
        yield f"{before} → {after}: {counted(flip.pages, 'page')}"
        for one in flip.samples:
            yield f"  {plain(one.url)}"
            if one.why:
                yield f"    {plain(one.why)}"
    yield from _text(found.gained, "gain")
    yield from _text(found.lost, "lose")
    if found.changed:
        share = f"{found.rehashed:,} of {found.articles:,} articles"
        yield f"headline or text (content_hash) would be another: {share}"
    for change in found.fields:
        yield from _samples(change)
    for version in found.versions:
        ways = f"{plain(version.before)} → {plain(version.after)}"
        yield f"extractor {ways}: {counted(version.pages, 'page')}"
    if found.not_compared:
        yield f"not compared, as not all pages have it stored: {', '.join(found.not_compared)}"
    yield from _problems(found)


def _problems(found: Comparison) -> Iterator[str]:
    for why in found.left_out:
        yield f"not compared: {plain(why)}"
    for unread in found.unread_pages:
        yield f"cannot be read: {plain(unread.url)}: {plain(unread.why)}"
    if (more := found.unread - len(found.unread_pages)) > 0:
        yield f"and {counted(more, 'page')} more that cannot be read"


def _text(change: TextChange, verb: str) -> Iterator[str]:
    if not change.pages:
        return
    typical = f"half of them up to {change.median_words:,.0f} words; most of all:"
    yield f"bodies that {verb} words: {counted(change.pages, 'page')}, {typical}"
    for one in change.greatest:
        yield f"  {one.before:,} → {one.after:,}  {plain(one.url)}"


def _samples(change: FieldChange) -> Iterator[str]:
    yield f"{change.field}:"
    for sample in change.samples:
        yield f"  {plain(sample.url)}"
        yield from (f"    {_line(one)}" for one in sample.lines)
        if sample.more:
            yield f"    and {sample.more:,} more"


def _line(one: DiffLine) -> str:
    """Lay out a line so that a right-to-left text has nothing of ours behind it."""
    cut = f"[{one.words:,} words] " if one.words > len(one.text.split()) else ""
    return f"{one.sign} {cut}{plain(one.text)}"


def _outcome(name: str) -> str:
    return name if name == "article" else f"rejected ({name})"
