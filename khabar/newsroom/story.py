"""The text of one article, made from a seed, an outlet and a number."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from khabar.newsroom.dates import LOCAL, day_name, long_date, month_name
from khabar.newsroom.phrases import Bank, Language, Topic, fill, load_bank

_GRAMS_A_TOLA = 11.664
SERIES_EVERY, SERIES_AT = 12, 6
"""Of every 12 articles one is the daily gold rate: a look-alike, not a copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What makes an article: the same brief gives the same words."""

    seed: int
    outlet: str
    language: Language
    index: int
    published: datetime
    level: int = 0
    """0 is the first text; each level above raises the toll and changes the headline."""
    headline: int = 0
    """Another number gives another headline over the same text."""
    deadly: bool = False
    """Take a topic with a death toll, so that a later level changes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A headline and a text, with what a newsroom knows of it."""

    title: str
    paragraphs: tuple[str, ...]
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    section: str
    dateline: str
    series: str | None


def compose(brief: Brief) -> Story:
    """Write the article that a brief asks for."""
    bank = _bank(brief)
    topic, facts = _facts(brief, bank)
    rng = _rng(brief, "text")
    if topic is bank.daily:
        sentences = [fill(line, bank=bank, facts=facts, rng=rng) for line in topic.body]
        paragraphs = tuple(sentences)
    else:
        paragraphs = _paragraphs(topic, bank, facts, rng)
    return Story(
        title=headline(brief),
        paragraphs=paragraphs,
        authors=_authors(brief, bank),
        tags=(*topic.tags, facts["town"], bank.valley),
        section=topic.section,
        dateline=facts["town"],
        series="gold" if topic is bank.daily else None,
    )


def headline(brief: Brief) -> str:
    """Write the headline only: cheap, for lists of many."""
    bank = _bank(brief)
    topic, facts = _facts(brief, bank)
    lines = topic.updates if brief.level and topic.updates else topic.titles
    rng = _rng(brief, f"title{brief.headline}")
    start = _rng(brief, "first title").randrange(len(lines))
    return fill(lines[(start + brief.headline) % len(lines)], bank=bank, facts=facts, rng=rng)


def sections(language: Language) -> tuple[str, ...]:
    """List the sections of a language's outlets."""
    bank = load_bank(language)
    return tuple(dict.fromkeys(topic.section for topic in bank.topics))


def slug(title: str) -> str:
    """Fold a headline into a URL part, keeping letters of any script."""
    return re.sub(r"[^\w]+", "-", title.lower()).strip("-")


def _bank(brief: Brief) -> Bank:
    return load_bank(brief.language)


def _rng(brief: Brief, purpose: str) -> Random:
    return Random(f"{brief.seed}/{brief.outlet}/{brief.index}/{purpose}")  # noqa: S311


def _topic(brief: Brief, bank: Bank, rng: Random) -> Topic:
    if brief.deadly:
        return rng.choice([topic for topic in bank.topics if topic.deaths])
    if brief.index % SERIES_EVERY == SERIES_AT:
        return bank.daily
    return rng.choice(bank.topics)


def _facts(brief: Brief, bank: Bank) -> tuple[Topic, Mapping[str, str]]:
    rng = _rng(brief, "facts")
    topic = _topic(brief, bank, rng)
    words = bank.words
    town, town2 = rng.sample(words["towns"], 2)
    local = brief.published.astimezone(LOCAL)
    happened = local - timedelta(hours=rng.randint(3, 20))
    toll = rng.randint(*topic.toll) + brief.level * rng.randint(1, 4)
    good = rng.choice(words["goods"])
    return topic, {
        "town": words["towns"][len(brief.outlet) % 10] if topic is bank.daily else town,
        "town2": town2,
        "village": bank.village(rng),
        "rank": rng.choice(words["ranks"]),
        "officer": bank.person(rng),
        "toll": str(toll),
        "houses": str(rng.randint(20, 140)),
        "teams": str(rng.randint(300, 1900)),
        "shops": str(rng.randint(12, 90)),
        "years": str(rng.randint(2, 11)),
        "hurt": str(rng.randint(5, 46)),
        "day": day_name(happened.weekday(), bank.language),
        "day2": day_name(local.weekday() + rng.randint(2, 4), bank.language),
        "month": month_name((local.month - rng.randint(2, 7)) % 12 + 1, bank.language),
        "month2": month_name(local.month % 12 + 1, bank.language),
        "date": long_date(brief.published, bank.language),
        "good_c": good.capitalize(),
        **_rates(rng),
    }


def _rates(rng: Random) -> Mapping[str, str]:
    gold, silver = rng.randint(412_000, 468_000), rng.randint(5_200, 7_400)
    gold10 = round(gold * 10 / _GRAMS_A_TOLA)
    return {
        "gold": str(gold),
        "gold10": str(gold10),
        "gold22": str(round(gold10 * 22 / 24)),
        "silver": str(silver),
        "silver10": str(round(silver * 10 / _GRAMS_A_TOLA)),
    }


def _paragraphs(topic: Topic, bank: Bank, facts: Mapping[str, str], rng: Random) -> tuple[str, ...]:
    own = rng.sample(topic.body, rng.randint(5, min(8, len(topic.body))))
    shared = rng.sample(bank.general, rng.randint(3, min(9, len(bank.general))))
    order = [rng.choice(topic.leads), *own[:3]]
    rest = own[3:] + shared
    rng.shuffle(rest)
    lines = [fill(line, bank=bank, facts=facts, rng=rng) for line in order + rest]
    cuts, start = [], 1
    while start < len(lines):
        step = rng.choice((1, 2, 2, 3))
        cuts.append(" ".join(lines[start : start + step]))
        start += step
    return (lines[0], *cuts)


def _authors(brief: Brief, bank: Bank) -> tuple[str, ...]:
    staff_rng = Random(f"{brief.seed}/{brief.outlet}/staff")  # noqa: S311
    staff = [bank.person(staff_rng) for _ in range(6)]
    rng = _rng(brief, "authors")
    return tuple(rng.sample(staff, 2 if rng.random() < 0.15 else 1))
