"""What may stand in a source file, and in which form: the catalogue's YAML, checked."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from crawlers.selector import check_css, check_selector, selects_all, selects_values
from crawlers.urls import host_of

MAX_MINUTES = 240
"""The longest crawl that a source may ask for."""


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {text!r} ({error})") from None
    return text


def _http(url: str) -> str:
    is_address = re.fullmatch(r"https?://[^/\s]+(/\S*)?", url)
    try:
        host_of(url)
    except ValueError:
        is_address = None
    if not is_address:
        raise ValueError(f"not an http(s) address: {url!r}")
    return url


def _host(text: str) -> str:
    """Give a host its normal form, in which the hosts of pages are compared with it."""
    name = "" if re.search(r"[\s/?#@]", text) else text
    try:
        return host_of(f"https://{name}")
    except ValueError:
        raise ValueError(
            f"not a host: {text!r}; write it as in www.example.com or example.com:8080"
        ) from None


Css = Annotated[str, AfterValidator(check_css)]
Selector = Annotated[str, AfterValidator(check_selector)]
Address = Annotated[str, AfterValidator(_http)]
Host = Annotated[str, AfterValidator(_host)]


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EntranceEntry(_Strict):
    """One way into an outlet, as it is written."""

    feed: Address | None = None
    sitemap: Address | None = None
    listing: Address | None = None
    pages: int = Field(default=1, ge=1, le=50)
    next: Css | None = None
    links: Css | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "EntranceEntry":
        if sum(url is not None for url in (self.feed, self.sitemap, self.listing)) != 1:
            raise ValueError("an entrance names exactly one of feed, sitemap, listing")
        if self.listing is None and (self.next or self.links or self.pages != 1):
            raise ValueError("pages, next and links belong to a listing")
        return self


class _PolitenessEntry(_Strict):
    delay_seconds: float = Field(default=2.0, ge=0, le=60)
    max_pages: int = Field(default=200, ge=1, le=100_000)
    max_minutes: float = Field(default=10.0, gt=0, le=MAX_MINUTES)


class _ExpectEntry(_Strict):
    max_rejected_share: float = Field(default=0.6, gt=0, le=1)
    max_age_hours: float = Field(default=72.0, gt=0, le=8_760)
    articles_per_day: float | None = Field(default=None, gt=0, le=10_000)


class _RevisitEntry(_Strict):
    max_age_days: float = Field(default=7.0, ge=0, le=365)
    max_pages: int = Field(default=100, ge=0, le=100_000)


class _TwinEntry(_Strict):
    match: Annotated[str, AfterValidator(_regex)]
    becomes: str = Field(max_length=200)

    @model_validator(mode="after")
    def _known_groups(self) -> "_TwinEntry":
        try:
            re.sub(self.match, self.becomes, "")  # reads the template even where nothing matches
        except (re.error, IndexError) as error:
            raise ValueError(f"becomes names a group that match has not: {error}") from None
        return self


KeptLine = Annotated[str, Field(min_length=1, max_length=400), AfterValidator(_in_one_line)]


class HintEntry(_Strict):
    """One place of a page and what stands there, as it is written."""

    prune: Selector | None = None
    body: Selector | None = None
    title: Selector | None = None
    authors: Selector | None = None
    published: Selector | None = None
    section: Selector | None = None
    tags: Selector | None = None
    keep: KeptLine | None = None
    until: date | None = None

    @model_validator(mode="after")
    def _one_field(self) -> "HintEntry":
        known = [name for name in type(self).model_fields if name != "until"]
        named = [name for name in known if getattr(self, name) is not None]
        if len(named) != 1:
            told = f"names {' and '.join(named)}" if named else "names none"
            raise ValueError(
                f"a hint names one of {', '.join(known)}, and this {told}; make each a - of its own"
            )
        if named[0] in ("prune", "body") and selects_values(getattr(self, named[0])):
            raise ValueError(f"{named[0]} takes whole elements; leave the @attribute or text() off")
        if self.prune is not None and selects_all(self.prune):
            raise ValueError("prune cuts out what is no text; this would cut out the whole page")
        if self.keep is not None and self.until is not None:
            raise ValueError("a kept line has no day until which it is kept; leave until off")
        return self


def _dated(url: str) -> str:
    """Check an archive's address, in which {yyyy}, {mm}, {dd} and {page} stand for numbers."""
    plain = re.sub(r"\{(yyyy|mm|m|dd|d|page)\}", "1", url)
    if re.search(r"[{}]", plain):
        raise ValueError(
            f"{url!r}: only {{yyyy}}, {{mm}}, {{m}}, {{dd}}, {{d}} and {{page}} may stand in braces"
        )
    if "{" in url.split("/")[2]:
        raise ValueError(f"{url!r}: numbers may stand in the path only, not in the host")
    return _http(plain) and url


ArchiveAddress = Annotated[str, AfterValidator(_dated)]


class ArchiveEntry(EntranceEntry):
    """One way into an outlet's past, as it is written."""

    feed: ArchiveAddress | None = None
    sitemap: ArchiveAddress | None = None
    listing: ArchiveAddress | None = None


class SourceFile(_Strict):
    """All that a source file may say."""

    name: str = Field(min_length=1, max_length=80)
    home: Address
    languages: tuple[Annotated[str, Field(pattern="^[a-z]{2}$")], ...] = Field(min_length=1)
    timezone: str
    regions: tuple[str, ...] = ()
    entrances: tuple[EntranceEntry, ...] = Field(min_length=1)
    article: Annotated[str, AfterValidator(_regex)] = ".*"
    hosts: tuple[Host, ...] = ()
    credited_as: tuple[Annotated[str, Field(min_length=2, max_length=80)], ...] = Field(
        default=(), max_length=10
    )
    interval_minutes: int = Field(default=60, ge=5, le=10_080)
    politeness: _PolitenessEntry = _PolitenessEntry()
    expect: _ExpectEntry = _ExpectEntry()
    hints: tuple[HintEntry, ...] = Field(default=(), max_length=50)
    revisit: _RevisitEntry = _RevisitEntry()
    twins: tuple[_TwinEntry, ...] = ()
    backfill: tuple[ArchiveEntry, ...] = ()
    tls_exception: str | None = Field(default=None, min_length=10, max_length=300)
    retired: str | None = Field(default=None, min_length=10, max_length=300)
    verified: bool = True

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"no such time zone: {name!r}, use a name like Asia/Karachi") from None
        return name


class _UniqueKeys(yaml.SafeLoader):
    """A SafeLoader that refuses a key given twice, where YAML would keep the last in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            line = node.start_mark.line + 1
            raise yaml.YAMLError(f"key {twice!r} given twice in the block at line {line}")
        return super().construct_mapping(node, deep)


def read_source_file(path: Path) -> SourceFile:
    """Read a source file.

    Raises:
        yaml.YAMLError: where it is no YAML, or gives a key twice.
        ValidationError: where it says what no source file may say.
    """
    raw = yaml.load(path.read_text("utf-8"), Loader=_UniqueKeys)  # noqa: S506 (a SafeLoader)
    return SourceFile.model_validate(raw)
