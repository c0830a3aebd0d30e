"""What came of trying an outlet: its articles as the warehouse would have them, and warnings."""

from collections.abc import Sequence
from dataclasses import dataclass

from crawlers.article_rule import ANYTHING
from crawlers.counted import counted
from crawlers.page import Fetch
from crawlers.ways import is_stale
from khabar.drafting import Finding
from khabar.source_draft import Draft, refusal
from transforms.article import Article
from transforms.rejection import Rejection

THIN_WORDS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What was found of an outlet, and the source file that came of it."""

    found: Finding
    draft: Draft
    text: str
    """The source file."""
    articles: tuple[Article, ...]
    rejections: tuple[Rejection, ...]
    failures: tuple[Fetch, ...]
    """Pages that could not be had, or may not be asked."""


def find_warnings(trial: Trial) -> tuple[str, ...]:
    """Say what an operator should look at before trusting the file."""
    outlet, articles = trial.found, trial.articles
    best = outlet.chosen[0]
    found: list[str] = []
    if outlet.page.is_challenge:
        found.append(
            "the home page is a challenge page (Cloudflare or its like): we may be blocked"
        )
    if is_stale(best.poll):
        found.append(f"stale: the newest item is of {best.poll.newest_at:%d %b %Y}")
    if best.entrance.kind == "listing":
        found.append("no feed and no sitemap that works: articles are found on the page only")
    if outlet.rule.pattern == ANYTHING:
        found.append("no article rule could be guessed: write one, or every link is taken")
    if not articles:
        found.append("no article could be read: do not use this file before you have mended it")
    found += [f"no article ({one.reason}): {one.url}" for one in trial.rejections]
    found += _failed(trial.failures)
    counts = (
        ("have no date", sum(article.published is None for article in articles)),
        ("are thin", sum(article.word_count < THIN_WORDS for article in articles)),
        ("are behind a paywall", sum(article.is_paywalled for article in articles)),
        ("are cut short", sum(article.is_truncated for article in articles)),
    )
    found += [f"{n} of {len(articles)} sampled articles {what}" for what, n in counts if n]
    refused = (refusal(way.entrance) for way in outlet.ways if way.is_usable)
    found += [f"left out, {why}" for why in (*refused, *trial.draft.left_out) if why]
    if trial.draft.zone is None:
        found.append("the time zone is not known: UTC is written, set the outlet's own")
    return tuple(found)


def _failed(failures: Sequence[Fetch]) -> list[str]:
    """Name what could not be had: each reason once, with one address."""
    by_reason: dict[str, list[Fetch]] = {}
    for fetch in failures:
        by_reason.setdefault(str(fetch.reason), []).append(fetch)
    return [
        (
            f"{counted(len(found), 'page')} not had ({reason}: {found[0].detail}), "
            f"such as {found[0].url}"
        )
        for reason, found in by_reason.items()
    ]
