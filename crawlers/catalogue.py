"""The catalogue: one outlet a YAML file, checked when read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, get_args

import yaml
from pydantic import BeforeValidator, TypeAdapter, ValidationError

from crawlers.mistakes import say_problems
from crawlers.source_file import EntranceEntry, HintEntry, SourceFile, read_source_file
from crawlers.urls import host_of

SOURCE_ID = re.compile(r"(?!web_)[a-z][a-z0-9_]{1,40}")
"""`web_` is kept for the files of implicit sources (`web:<registered domain>`)."""


class CatalogueError(Exception):
    """A source file that cannot be used; the message names the file and the mend."""


def spoilt_name(error: CatalogueError) -> str:
    """Name whose file cannot be used: its stem, which need be no source id."""
    return Path(str(error).partition(": ")[0]).stem


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """One way into an outlet: a feed, a sitemap, or a listing page."""

    kind: Literal["feed", "sitemap", "listing"]
    url: str
    pages: int = 1
    """Listing: how many pages to walk at most."""
    next_css: str | None = None
    """Listing: CSS of the link to the next page."""
    links_css: str | None = None
    """Listing: CSS of the links to take; all links where None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Politeness:
    """How gently an outlet is asked."""

    delay_seconds: float = 2.0
    max_pages: int = 200
    max_minutes: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """What a source promises; a broken promise holds it back from the warehouse."""

    max_rejected_share: float = 0.6
    """A larger share of fetched pages rejected (of 10 or more) holds the source."""
    max_age_hours: float = 72.0
    """An entrance whose newest item is older is stale, whatever it answers."""
    articles_per_day: float | None = None
    """How many it publishes at least; None where nobody knows yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisit:
    """How far known articles are asked again."""

    max_age_days: float = 7.0
    max_pages: int = 100
    """The most known articles that one batch asks again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinRule:
    """An outlet's rule of addresses: what matches is the same article as what it becomes."""

    match: str
    """Regular expression, searched in the URL, and where it is not found there in its url_key."""
    becomes: str
    r"""What replaces the match; `\1` stands for its first group."""


HintField = Literal["prune", "body", "title", "authors", "published", "section", "tags", "keep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What stands where on an outlet's pages; carried for transforms."""

    field: HintField
    """`prune` is taken away from the body; `body` is read only there; `keep` is a line that is the
    articles', though it stands on many."""
    selector: str
    """CSS, or XPath where it begins with `/`, `./` or `(`; for `keep` the line itself."""
    until: date | None = None
    """The last day of the template that it fits; None for today's."""


def _read_older_hints(told: object) -> object:
    """Understand the job files of batches before hints were dated, so that they stay readable."""
    if not isinstance(told, dict):
        return told
    return [{"field": "prune", "selector": css} for css in told.get("prune_css") or ()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One outlet."""

    id: str
    name: str
    home: str
    languages: tuple[str, ...]
    """ISO 639-1 codes, a prior only: the text decides."""
    timezone: str | None
    """IANA name; None where unknown (implicit sources)."""
    regions: tuple[str, ...] = ()
    entrances: tuple[Entrance, ...] = ()
    article: str = ".*"
    """Regular expression an article's URL matches, searched in the URL as listed."""
    hosts: tuple[str, ...] = ()
    """Hosts (with port, where one is given) whose pages belong to the outlet."""
    credited_as: tuple[str, ...] = ()
    """What it signs its texts with besides its name, as agencies do: to be credited by others."""
    interval_minutes: int = 60
    politeness: Politeness = field(default_factory=Politeness)
    expect: Expectations = field(default_factory=Expectations)
    hints: Annotated[tuple[Hint, ...], BeforeValidator(_read_older_hints)] = ()
    revisit: Revisit = field(default_factory=Revisit)
    twins: tuple[TwinRule, ...] = ()
    backfill: tuple[Entrance, ...] = ()
    """Ways into the outlet's past; {yyyy}, {mm}, {m}, {dd}, {d}, {page} in a URL are filled in."""
    tls_exception: str | None = None
    """Why its certificate is not verified; None where it is, as it should be."""
    retired: str | None = None
    """Why it is not crawled any more: dead, or it blocks us; None where it is crawled."""
    verified: bool = True


def load_catalogue(folders: Iterable[Path]) -> tuple[list[Source], list[CatalogueError]]:
    """Read every source file; a later folder's file overrides one of the same name.

    Returns the good sources, by id, and one error for each file that cannot be used, so that one
    bad file fails one source.
    """
    found = [path for folder in folders for path in sorted(folder.glob("*.y*ml"))]
    files = {path.stem: path for path in found if path.suffix == ".yml"}
    sources: list[Source] = []
    errors = [
        CatalogueError(f"{path.name}: rename it to {path.stem}.yml; only .yml is read")
        for path in found
        if path.suffix != ".yml"
    ]
    for _, path in sorted(files.items()):
        try:
            sources.append(load_source(path))
        except CatalogueError as error:
            errors.append(error)
    first: dict[str, str] = {}
    errors += [
        CatalogueError(
            f"{source.id}.yml: has the first entrance of {first[entrance]}.yml; delete one of them"
        )
        for source in sources
        if first.setdefault(entrance := source.entrances[0].url, source.id) != source.id
    ]
    spoilt = {name for name, _, rest in (str(e).partition(".yml:") for e in errors) if rest}
    return [source for source in sources if source.id not in spoilt], errors


def load_source(path: Path) -> Source:
    """Read one source file.

    Raises:
        CatalogueError: naming the file, the key and the mend.
    """
    if not SOURCE_ID.fullmatch(path.stem):
        raise CatalogueError(
            f"{path.name}: rename it: a source id is lower-case letters, digits and _ (2 to 41), "
            "and does not begin with web_"
        )
    try:
        entry = read_source_file(path)
    except ValidationError as error:
        raise CatalogueError(f"{path.name}: {say_problems(error)}") from None
    # Of a day that no month has (`2026-13-45`), or lists in lists, YAML says so by these.
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:
        raise CatalogueError(f"{path.name}: cannot be read: {_one_line(error)}") from None
    return _freeze(path.stem, entry)


SOURCE_JSON: TypeAdapter[Source] = TypeAdapter(Source)
"""Writes and reads a Source as JSON, for job files."""


def _freeze(source_id: str, entry: SourceFile) -> Source:
    home_host = host_of(entry.home)
    hosts = entry.hosts or tuple(dict.fromkeys((home_host, home_host.removeprefix("www."))))
    return Source(
        id=source_id,
        name=entry.name,
        home=entry.home,
        languages=entry.languages,
        timezone=entry.timezone,
        regions=entry.regions,
        entrances=tuple(map(_freeze_entrance, entry.entrances)),
        article=entry.article,
        hosts=hosts,
        credited_as=entry.credited_as,
        interval_minutes=entry.interval_minutes,
        politeness=Politeness(**entry.politeness.model_dump()),
        expect=Expectations(**entry.expect.model_dump()),
        hints=tuple(map(_freeze_hint, entry.hints)),
        revisit=Revisit(**entry.revisit.model_dump()),
        twins=tuple(TwinRule(**twin.model_dump()) for twin in entry.twins),
        backfill=tuple(map(_freeze_entrance, entry.backfill)),
        tls_exception=entry.tls_exception,
        retired=entry.retired,
        verified=entry.verified,
    )


def _freeze_entrance(entry: EntranceEntry) -> Entrance:
    kind: Literal["feed", "sitemap", "listing"] = (
        "feed" if entry.feed else "sitemap" if entry.sitemap else "listing"
    )
    return Entrance(
        kind=kind,
        url=entry.feed or entry.sitemap or entry.listing or "",
        pages=entry.pages,
        next_css=entry.next,
        links_css=entry.links,
    )


def _freeze_hint(entry: HintEntry) -> Hint:
    named: tuple[HintField, ...] = get_args(HintField)
    field = next(name for name in named if getattr(entry, name) is not None)
    return Hint(field=field, selector=getattr(entry, field), until=entry.until)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
