"""Whether an outlet still publishes and lets us in: pure rules, quiet where they cannot know.

Each rule says it is so (a note), it is not so (WELL), or nothing (None: what was open stays open).
Between what opens an incident and what closes it lies a band, so that nothing flaps.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import takewhile
from math import log1p
from typing import Final, Literal

from crawlers.catalogue import Source
from crawlers.counted import counted
from transforms.extractor_trial import BECAUSE
from warehouse.watch_facts import CrawlOutcome, Day, Pages, SourceFacts

Verdict = str | Literal[True] | None
"""A note: it is so; WELL: it is not; None: nobody can say."""
WELL: Final = True

LEARNT_DAYS = 28
"""Seen days until an outlet's own past counts; till then it is learning: only its promise does."""
DOUBT = 7.0
"""A silence is told that chance makes once in a thousand times: exp(-7)."""
MANY_BLOCKED = 10
HALF_A_DAY = timedelta(hours=12)
FAILED_IN_A_ROW = 3
QUIET_IN_A_ROW = 3
"""Days of silence that are believed though some of each went without an answer."""
LOADED_IN_A_ROW = 3


def judge_silent(source: Source, facts: SourceFacts) -> Verdict:
    """Tell whether it publishes nothing, longer than it ever paused, where articles are due."""
    seen = [day for day in facts.days if day.is_seen]
    if not seen or seen[0].ago > 1:
        return None  # nobody looked yesterday nor today: no silence
    quiet = list(takewhile(lambda day: day.articles == 0, (day for day in seen if day.ago)))
    if any(day.articles for day in seen if day.ago <= 1):
        return WELL
    past = seen[seen.index(quiet[-1]) + 1 :][:LEARNT_DAYS] if quiet else []
    is_learnt = len(past) == LEARNT_DAYS
    promise = source.expect.articles_per_day or 0.0
    surprise = len(quiet) * max(_surprise(past) if is_learnt else 0.0, promise)
    pause = _longest_pause(past) if is_learnt else 0
    is_proved = len(quiet) >= QUIET_IN_A_ROW or all(day.is_whole for day in quiet)
    if not is_proved or surprise < DOUBT or len(quiet) <= pause:
        return None
    if is_explained(source, facts):
        return None
    usual = (
        f"it published {mean(past):.3g} a day before, and never paused longer than {pause} days"
        if is_learnt
        else f"its source file promises {promise:.3g} a day (learning: its own past is too short)"
    )
    days = f"{quiet[-1].on} to {quiet[0].on}" if len(quiet) > 1 else str(quiet[0].on)
    return (
        f"no article on {counted(len(quiet), 'whole day')} that we saw ({days}); {usual}. Open its "
        f"home page: if there is news, run `khabar sources check {source.id}` and mend its source "
        "file; if not, mute this"
    )


def judge_stale_feed(source: Source, facts: SourceFacts) -> Verdict:
    """Tell whether an entrance answers, but lists nothing as new as its source file promises."""
    promised = timedelta(hours=source.expect.max_age_hours)
    listed = {way.url for way in source.entrances}
    found = [
        way
        for way in facts.entrances
        if way.url in listed and facts.as_of - way.polled_at < timedelta(days=7)
    ]
    bad = [
        way
        for way in found
        if way.is_stale and way.newest_at and facts.as_of - way.newest_at > 1.25 * promised
    ]
    if bad:
        way = bad[0]
        age = (facts.as_of - (way.newest_at or facts.as_of)).total_seconds() / 3600
        others = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
        return (
            f"{way.url}{others} answers, but its newest item is {age:,.0f} hours old; "
            f"{source.expect.max_age_hours:.0f} are promised. Look whether the outlet has moved "
            f"it: `khabar sources check {source.id}`; then mend its source file"
        )
    answering = [way for way in found if way.answered_at == way.polled_at]
    return WELL if answering and not any(way.is_stale for way in answering) else None


def judge_blocked(_source: Source, facts: SourceFacts) -> Verdict:
    """Tell whether the outlet keeps us out: at its entrances, or at its pages."""
    blocked_at, answered_at = facts.last_block_at, facts.last_answer_at
    is_shut = blocked_at is not None and (answered_at is None or answered_at < blocked_at)
    mend = (
        "Nothing is evaded: write to the outlet (KHABAR_CONTACT tells it who asks), ask less "
        "(`politeness` in its source file), or retire it"
    )
    if is_shut:
        since = answered_at or min((one.started_at for one in facts.outcomes), default=facts.as_of)
        if facts.as_of - since < HALF_A_DAY:
            return None
        last = f"{answered_at:%Y-%m-%d %H:%M} UTC" if answered_at else "never"
        return f"its entrances block us; the last one that answered: {last}. {mend}"
    pages = facts.pages.get("two days", Pages())
    asked = pages.fetched + pages.failed
    if pages.blocked >= MANY_BLOCKED and pages.blocked > 0.5 * asked:
        return f"{pages.blocked} of {asked} pages asked for in two days were blocked. {mend}"
    return WELL if answered_at is not None and pages.blocked <= 0.1 * asked else None


def judge_failing(source: Source, facts: SourceFacts) -> Verdict:
    """Tell whether its crawls fail for more than a night."""
    failed = list(takewhile(lambda one: one.status == "failed", facts.outcomes))
    if not failed:
        newest = facts.outcomes[:2]
        return WELL if newest and all(one.status != "failed" for one in newest) else None
    since = failed[-1].started_at
    if len(failed) < FAILED_IN_A_ROW or failed[0].started_at - since < HALF_A_DAY:
        return None
    if isinstance(judge_blocked(source, facts), str):
        return None  # blocked says so already
    return (
        f"its last {len(failed)} crawls failed, since {since:%Y-%m-%d %H:%M} UTC; the newest: "
        f"{failed[0].reason or 'no reason was kept'}. Open {source.home} in a browser, then "
        f"`khabar sources check {source.id}`"
    )


def judge_held(source: Source, facts: SourceFacts) -> Verdict:
    """Tell whether a batch of it is kept out until somebody decides."""
    # A failed crawl proves nothing, and what is not published yet may still be held.
    # Of what a changed extractor holds there is an incident of its own.
    decided = [
        one
        for one in facts.outcomes
        if one.status in ("loaded", "held") and not (one.reason or "").startswith(BECAUSE)
    ]
    good = len(list(takewhile(lambda one: one.status == "loaded", decided)))
    if good == len(decided) or good >= LOADED_IN_A_ROW:
        return WELL if good else None
    if good:
        return None
    held = decided[0]
    return (
        f"batch {held.batch_id} is held: {held.reason or 'no reason was kept'}. Look at its "
        f"pages: `khabar held {held.batch_id} {source.id}`, or its page of *Health*; there, *Let "
        f"it in*, or `khabar load {held.batch_id} --source {source.id} --accept --why …`. Or mend "
        "its source file"
    )


def without(facts: Sequence[CrawlOutcome], batches: frozenset[str]) -> tuple[CrawlOutcome, ...]:
    """Leave out batches that tell of our own network, not of the outlet."""
    return tuple(one for one in facts if one.batch_id not in batches)


def is_explained(source: Source, facts: SourceFacts) -> bool:
    """Tell whether another incident says already why nothing comes."""
    listed = {way.url for way in source.entrances}
    found = [way for way in facts.entrances if way.url in listed]
    if found and all(way.is_stale for way in found):
        return True
    rules = (judge_failing, judge_blocked)
    return any(isinstance(rule(source, facts), str) for rule in rules)


def _surprise(days: Sequence[Day]) -> float:
    """Say how rare a day without an article is, as -log of its chance: days vary more than dice.

    By a negative binomial of the days' own mean and variance.
    """
    middle, spread = mean(days), variance(days)
    if spread <= middle:
        return middle
    shape = middle**2 / (spread - middle)
    return shape * log1p(middle / shape) if shape else 0.0


def _longest_pause(days: Sequence[Day]) -> int:
    longest = run = 0
    for day in days:
        run = 0 if day.articles else run + 1
        longest = max(longest, run)
    return longest


def variance(days: Sequence[Day]) -> float:
    """Give the variance of a day's articles."""
    middle = mean(days)
    return sum((day.articles - middle) ** 2 for day in days) / len(days)


def mean(days: Sequence[Day]) -> float:
    """Give the articles of a day, on the average."""
    return sum(day.articles for day in days) / len(days) if days else 0.0
