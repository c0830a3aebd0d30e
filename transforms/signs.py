"""What the gate looks at, of a page whose fields are read."""

import re
from dataclasses import dataclass

SEPARATOR = re.compile(r"\s[-–—|·:»/]+\s|[|»]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What was read of a page, as far as it tells an article from what is none."""

    title: str
    heading: str
    body: str
    word_count: int
    own_words: int
    """Words of the text that stand in no link."""
    has_date: bool
    """Whether the page itself says when; its address or the feed are no proof of an article."""
    is_paywalled: bool

    @property
    def headlines(self) -> tuple[str, ...]:
        """Name the page as its title and its heading do, without the site's name beside it."""
        names = (self.title, self.heading)
        return tuple(
            part.strip() for name in names for part in SEPARATOR.split(name) if part.strip()
        )


def most_of(pattern: re.Pattern[str], name: str) -> re.Match[str] | None:
    """Find what is most of a headline: reports are on denied access and maintenance, too."""
    match = pattern.search(name)
    return match if match and 2 * len(match[0]) > len(name) else None
