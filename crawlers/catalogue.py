"""The catalogue: one outlet a YAML file, checked when read."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

SOURCE_ID = re.compile(r"(?!web_)[a-z][a-z0-9_]{1,40}")
"""`web_` is kept for the files of implicit sources (`web:<registered domain>`)."""


class CatalogueError(Exception):
    """A source file that cannot be used; the message names the file and the mend."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What extraction needs to know of an outlet; carried for transforms."""

    prune_css: tuple[str, ...] = ()
    tagline_css: str | None = None


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
    interval_minutes: int = 60
    politeness: Politeness = field(default_factory=Politeness)
    expect: Expectations = field(default_factory=Expectations)
    hints: Hints = field(default_factory=Hints)
    verified: bool = True


def bare_host(host: str) -> str:
    """Strip from a host what does not tell outlets apart: case, a default port, `www.`."""
    return host.lower().removesuffix(":80").removesuffix(":443").removeprefix("www.")


def index_hosts(sources: Iterable[Source]) -> dict[str, Source]:
    """Map hosts to their sources, as source_of_host() wants it."""
    exact = {host.lower(): source for source in sources for host in source.hosts}
    return {bare_host(host): source for host, source in exact.items()} | exact


def source_of_host(host: str, index: Mapping[str, Source]) -> Source | None:
    """Find the source that a host belongs to, with or without `www.`; the very host goes first."""
    return index.get(host.lower()) or index.get(bare_host(host))


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {text!r} ({error})") from None
    return text


def _css(text: str) -> str:
    from cssselect import HTMLTranslator, SelectorError

    try:
        HTMLTranslator().css_to_xpath(text)
    except SelectorError as error:
        raise ValueError(f"not a CSS selector: {text!r} ({error})") from None
    return text


def _http(url: str) -> str:
    if not re.match(r"https?://[^/\s]+(/\S*)?$", url):
        raise ValueError(f"not an http(s) address: {url!r}")
    return url


Css = Annotated[str, AfterValidator(_css)]
Address = Annotated[str, AfterValidator(_http)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _EntranceEntry(_Strict):
    feed: Address | None = None
    sitemap: Address | None = None
    listing: Address | None = None
    pages: int = Field(default=1, ge=1, le=50)
    next: Css | None = None
    links: Css | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "_EntranceEntry":
        if sum(url is not None for url in (self.feed, self.sitemap, self.listing)) != 1:
            raise ValueError("an entrance names exactly one of feed, sitemap, listing")
        if self.listing is None and (self.next or self.links or self.pages != 1):
            raise ValueError("pages, next and links belong to a listing")
        return self

    def freeze(self) -> Entrance:
        kind: Literal["feed", "sitemap", "listing"] = (
            "feed" if self.feed else "sitemap" if self.sitemap else "listing"
        )
        url = self.feed or self.sitemap or self.listing or ""
        return Entrance(
            kind=kind, url=url, pages=self.pages, next_css=self.next, links_css=self.links
        )


class _PolitenessEntry(_Strict):
    delay_seconds: float = Field(default=2.0, ge=0, le=60)
    max_pages: int = Field(default=200, ge=1, le=100_000)
    max_minutes: float = Field(default=10.0, gt=0, le=240)


class _ExpectEntry(_Strict):
    max_rejected_share: float = Field(default=0.6, gt=0, le=1)


class _HintsEntry(_Strict):
    prune: tuple[Css, ...] = ()
    tagline: Css | None = None


class _SourceFile(_Strict):
    name: str = Field(min_length=1, max_length=80)
    home: Address
    languages: tuple[Annotated[str, Field(pattern="^[a-z]{2}$")], ...] = Field(min_length=1)
    timezone: str
    regions: tuple[str, ...] = ()
    entrances: tuple[_EntranceEntry, ...] = Field(min_length=1)
    article: Annotated[str, AfterValidator(_regex)] = ".*"
    hosts: tuple[str, ...] = ()
    interval_minutes: int = Field(default=60, ge=5, le=10_080)
    politeness: _PolitenessEntry = _PolitenessEntry()
    expect: _ExpectEntry = _ExpectEntry()
    hints: _HintsEntry = _HintsEntry()
    verified: bool = True

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"no such time zone: {name!r}, use a name like Asia/Karachi") from None
        return name


def load_catalogue(folders: Iterable[Path]) -> tuple[list[Source], list[CatalogueError]]:
    """Read every source file; a later folder's file overrides one of the same name.

    Returns the good sources, by id, and one error for each file that cannot be used, so that one
    bad file fails one source.
    """
    files = {path.stem: path for folder in folders for path in sorted(folder.glob("*.yml"))}
    sources, errors = [], []
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
    spoilt = {str(error).partition(".yml")[0] for error in errors}
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
        raw = yaml.load(path.read_text("utf-8"), Loader=_UniqueKeys)  # noqa: S506 (a SafeLoader)
        entry = _SourceFile.model_validate(raw)
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise CatalogueError(f"{path.name}: cannot be read: {_one_line(error)}") from None
    except ValidationError as error:
        raise CatalogueError(f"{path.name}: {_first_problem(error)}") from None
    return _freeze(path.stem, entry)


SOURCE_JSON: TypeAdapter[Source] = TypeAdapter(Source)
"""Writes and reads a Source as JSON, for job files."""


class _UniqueKeys(yaml.SafeLoader):
    """A SafeLoader that refuses a key given twice, where YAML would keep the last in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            line = node.start_mark.line + 1
            raise yaml.YAMLError(f"key {twice!r} given twice in the block at line {line}")
        return super().construct_mapping(node, deep)


def _freeze(source_id: str, entry: _SourceFile) -> Source:
    home_host = entry.home.split("/")[2]
    hosts = entry.hosts or tuple(dict.fromkeys((home_host, home_host.removeprefix("www."))))
    return Source(
        id=source_id,
        name=entry.name,
        home=entry.home,
        languages=entry.languages,
        timezone=entry.timezone,
        regions=entry.regions,
        entrances=tuple(entrance.freeze() for entrance in entry.entrances),
        article=entry.article,
        hosts=hosts,
        interval_minutes=entry.interval_minutes,
        politeness=Politeness(**entry.politeness.model_dump()),
        expect=Expectations(**entry.expect.model_dump()),
        hints=Hints(prune_css=entry.hints.prune, tagline_css=entry.hints.tagline),
        verified=entry.verified,
    )


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"]) or "the file"
    if problem["type"] == "extra_forbidden":
        known = ", ".join(_SourceFile.model_fields)
        return f"unknown key '{key}'; known keys are {known}"
    return f"'{key}': {problem['msg'].removeprefix('Value error, ')}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
