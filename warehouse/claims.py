"""Claims: which addresses of a batch's pages are believed, and which pages are one article."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from crawlers.urls import registered_domain, url_key
from warehouse.captures import Capture, KnownArticle, Text, alike

OBSERVED = ("final", "asked", "redirect")
"""Where the outlet itself led us; the other roles are only what a page says of itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A claim that was not believed."""

    number: int
    url: str
    reason: str


@dataclass(slots=True)
class Group:
    """Captures that proved to be one article."""

    captures: list[Capture]
    ids: dict[int, str]
    """Known ids of it, each with the key that led there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What was made of the claims."""

    groups: list[Group]
    keys: dict[int, list[tuple[str, str]]]
    """Believed keys by capture number."""
    doubts: list[Doubt]

    def canonical_key(self, capture: Capture) -> str | None:
        """Give the key of what a page calls its own address, where that is believed."""
        key = capture.canonical_url and own_key(capture.canonical_url)
        return key if key and key in {k for k, _ in self.keys[capture.number]} else None


def settle(
    captures: Sequence[Capture], known: Mapping[str, int], articles: Mapping[int, KnownArticle]
) -> Settled:
    """Join captures and known articles by every key that can be believed."""
    table = _Claims(captures, known, articles)
    table.drop_foreign_keys()
    table.join_observed()
    table.anchor_groups()
    table.join_claimed()
    return table.settled()


class _Claims:
    def __init__(
        self,
        captures: Sequence[Capture],
        known: Mapping[str, int],
        articles: Mapping[int, KnownArticle],
    ) -> None:
        self._captures = {capture.number: capture for capture in captures}
        self._known = known
        self._articles = articles
        self._keys = {capture.number: list(capture.keys) for capture in captures}
        self._parent = {capture.number: capture.number for capture in captures}
        self._ids: dict[int, dict[int, str]] = defaultdict(dict)
        self._holder: dict[int, int] = {}
        """A capture of the one group that an id is in."""
        self._doubts: list[Doubt] = []

    def drop_foreign_keys(self) -> None:
        for capture in self._captures.values():
            if len(capture.keys) > 1:
                self._keys[capture.number] = [
                    (key, how) for key, how in capture.keys if self._is_own(capture, key, how)
                ]

    def _is_own(self, capture: Capture, key: str, how: str) -> bool:
        if how == "asked":
            return True
        reason = _foreign(key, capture)
        if reason is not None and how == "canonical":
            self._doubts.append(Doubt(number=capture.number, url=key, reason=reason))
        return reason is None

    def join_observed(self) -> None:
        first: dict[str, int] = {}
        for number, keys in self._keys.items():
            for key, how in keys:
                if how in OBSERVED:
                    self._join(first.setdefault(key, number), number)

    def anchor_groups(self) -> None:
        """Give each group the id its pages were served under; others must look alike."""
        hits: dict[int, list[tuple[int, int, str, int]]] = defaultdict(list)
        for number, keys in self._keys.items():
            again = self._captures[number].article_id
            if again is not None:
                hits[self._root(number)].append((-1, again, keys[0][0], number))
            for key, how in keys:
                if how in OBSERVED and key in self._known:
                    hit = (OBSERVED.index(how), self._known[key], key, number)
                    hits[self._root(number)].append(hit)
        for found in hits.values():
            found.sort()
            _, article_id, key, number = found[0]
            self._give(number, article_id, key)
        for found in hits.values():
            for _, article_id, key, number in found[1:]:
                self._adopt(number, article_id, key)

    def join_claimed(self) -> None:
        claims: dict[str, list[int]] = defaultdict(list)
        holders: dict[str, int] = {}
        for number, keys in self._keys.items():
            for key, how in keys:
                if how in OBSERVED:
                    holders[key] = number
                else:
                    claims[key].append(number)
        for key, claimers in sorted(claims.items()):
            if key in holders:
                self._join_alike(key, holders[key], claimers)
            elif key in self._known:
                for number in claimers:
                    if not self._adopt(number, self._known[key], key):
                        self._disbelieve(number, key)
            else:
                self._join_strangers(key, claimers)

    def _join_alike(self, key: str, holder: int, claimers: Iterable[int]) -> None:
        for number in claimers:
            if self._root(number) == self._root(holder):
                continue
            if alike(self._text(number), self._text(holder)):
                self._join(holder, number)
            else:
                self._disbelieve(number, key)

    def _join_strangers(self, key: str, claimers: list[int]) -> None:
        """Pages that claim an address nobody has seen: all are alike, or none is believed."""
        roots = {self._root(number): number for number in reversed(claimers)}
        first, *others = sorted(roots.values())
        if all(alike(self._text(first), self._text(number)) for number in others):
            for number in others:
                self._join(first, number)
            return
        for number in claimers:
            self._disbelieve(number, key)

    def _adopt(self, number: int, article_id: int, key: str) -> bool:
        """Let a group have an id too, where its text allows it."""
        ids = self._ids[self._root(number)]
        if article_id in ids:
            return True
        told: list[Text | None] = [self._articles[article_id].text]
        if article_id in self._holder:
            told.append(self._text(self._holder[article_id]))
        texts = [self._text(number), *(self._articles[one].text for one in ids)]
        if any(alike(text, one) for text in texts for one in told):
            self._give(number, article_id, key)
            return True
        if any(how in OBSERVED for its, how in self._keys[number] if its == key):
            self._doubts.append(Doubt(number=number, url=key, reason="dissimilar_text"))
        return False

    def _give(self, number: int, article_id: int, key: str) -> None:
        """Put an id into a group; if another group has it, the two are one article."""
        self._join(self._holder.setdefault(article_id, number), number)
        self._ids[self._root(number)].setdefault(article_id, key)

    def _disbelieve(self, number: int, key: str) -> None:
        self._keys[number] = [pair for pair in self._keys[number] if pair[0] != key]
        self._doubts.append(Doubt(number=number, url=key, reason="dissimilar_text"))

    def _text(self, number: int) -> Text | None:
        """What a capture says; where it was not sent again (304), what its address said before."""
        capture = self._captures[number]
        if capture.text is None and capture.keys[0][0] in self._known:
            return self._articles[self._known[capture.keys[0][0]]].text
        return capture.text

    def _root(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number

    def _join(self, one: int, other: int) -> None:
        kept, gone = sorted((self._root(one), self._root(other)))
        if kept != gone:
            self._parent[gone] = kept
            self._ids[kept] |= self._ids.pop(gone, {})

    def settled(self) -> Settled:
        groups: dict[int, Group] = {}
        for number, capture in self._captures.items():
            root = self._root(number)
            groups.setdefault(root, Group([], self._ids.get(root, {}))).captures.append(capture)
        return Settled(groups=list(groups.values()), keys=self._keys, doubts=self._doubts)


def _foreign(key: str, capture: Capture) -> str | None:
    host = urlsplit(key).netloc
    asked = urlsplit(capture.asked).netloc
    if (
        host != asked
        and host not in capture.hosts
        and registered_domain(host) != registered_domain(asked)
    ):
        return "other_host"
    if key == capture.home or _is_root(key):
        return "home_page"
    return None


def _is_root(key: str) -> bool:
    parts = urlsplit(key)
    return parts.path in ("", "/") and not parts.query


@lru_cache(maxsize=4096)
def own_key(url: str) -> str | None:
    """Fold a URL to its key, or None where it is none."""
    try:
        return url_key(url)
    except ValueError:
        return None
