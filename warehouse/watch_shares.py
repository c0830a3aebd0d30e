"""Whether what an outlet brings is like its own four weeks before: pure rules, as watch_rules."""

from crawlers.catalogue import Source
from warehouse.watch_facts import Fields, Pages, SourceFacts
from warehouse.watch_rules import (
    LEARNT_DAYS,
    WELL,
    Verdict,
    is_explained,
    judge_silent,
    mean,
    variance,
)

ENOUGH = 20
"""Pages or articles that a share is believed of."""
MANY = 10
"""Articles more or less in a week that are worth a word."""


def judge_rejections(_source: Source, facts: SourceFacts) -> Verdict:
    """Tell whether many more of its pages are no articles than in its four weeks before."""
    before, now = facts.pages.get("before", Pages()), _latest_pages(facts)
    if now is None or before.fetched < ENOUGH or not _is_learnt(facts):
        return None
    window, pages = now
    share, usual = pages.rejected / pages.fetched, before.rejected / before.fetched
    if share > usual + 0.25 and share > 2 * usual:
        return (
            f"{share:.0%} of the pages fetched in the last {window} are no articles, {usual:.0%} "
            f"were in its four weeks before ({pages.rejected} of {pages.fetched}). Table "
            "`rejections` says why; then mend `article` or `hints` in its source file"
        )
    return WELL if share < usual + 0.1 else None


def judge_fields(source: Source, facts: SourceFacts) -> Verdict:
    """Tell whether headline, authors, dates … or half of the text went missing; more is no harm."""
    before = facts.fields.get("before", Fields())
    now = _latest_fields(facts)
    if now is None or before.articles < ENOUGH or not _is_learnt(facts):
        return None
    window, fields = now
    drops = {name: (before.shares[name], fields.shares[name]) for name in fields.shares}
    lost = [
        f"{name} {usual:.0%} → {share:.0%}"
        for name, (usual, share) in drops.items()
        if share < usual - 0.3 and share < usual / 2
    ]
    words, usual_words = fields.median_words or 0.0, before.median_words or 0.0
    if usual_words >= ENOUGH and words < usual_words / 2:
        lost.append(f"median words {usual_words:.0f} → {words:.0f}")
    if lost:
        return (
            f"of its {fields.articles} articles of the last {window}, against its four weeks "
            f"before: {', '.join(lost)}. Its pages may have a new design: "
            f"`khabar parse --compare {source.id}`, then `hints` in its source file"
        )
    is_back = all(share >= usual - 0.15 for usual, share in drops.values())
    return WELL if is_back and words >= 0.7 * usual_words else None


def judge_volume(source: Source, facts: SourceFacts) -> Verdict:
    """Tell whether it published, day for day, far less or more than in its four weeks before."""
    week = [day for day in facts.days if day.is_seen and 1 <= day.ago <= 7]
    past = [day for day in facts.days if day.is_seen and day.ago > 7][:LEARNT_DAYS]
    if len(week) < 4 or is_explained(source, facts):
        return None
    if isinstance(judge_silent(source, facts), str):
        return None
    now, promise = mean(week), source.expect.articles_per_day
    if len(past) < LEARNT_DAYS:
        if promise is None:
            return None
        if now < promise / 2 and promise * len(week) >= MANY:
            return _say_volume(source, now, f"its source file promises {promise:.3g} (learning)")
        return WELL if now >= promise else None
    usual = mean(past)
    # Counts of a week are compared; a day's own spread, or that of chance, is what is usual.
    spread = max(variance(past), usual, 0.1) ** 0.5 / len(week) ** 0.5
    is_far = abs(now - usual) > 4 * spread and abs(now - usual) * len(week) >= MANY
    if is_far and (now < usual / 2 or now > 2 * usual):
        return _say_volume(source, now, f"{usual:.3g} in its four weeks before")
    return WELL if 0.67 * usual <= now <= 1.5 * usual or abs(now - usual) < 2 * spread else None


def _say_volume(source: Source, now: float, against: str) -> str:
    return (
        f"{now:.3g} articles a day in the last seven days, {against}. More may be old pages listed "
        "anew, fewer a section that its entrances lost: `khabar sources check "
        f"{source.id}`; where the outlet itself changed, mute this: in four weeks it is usual"
    )


def _is_learnt(facts: SourceFacts) -> bool:
    return sum(day.is_seen for day in facts.days if day.ago > 7) >= LEARNT_DAYS


def _latest_pages(facts: SourceFacts) -> tuple[str, Pages] | None:
    for window in ("two days", "week"):
        pages = facts.pages.get(window, Pages())
        if pages.fetched >= ENOUGH:
            return window, pages
    return None


def _latest_fields(facts: SourceFacts) -> tuple[str, Fields] | None:
    for window in ("two days", "week"):
        fields = facts.fields.get(window, Fields())
        if fields.articles >= ENOUGH:
            return window, fields
    return None
