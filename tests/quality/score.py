"""Scores what `khabar parse` prints against known answers.

Usage: python -m tests.quality.score MANIFEST.jsonl PARSED.jsonl
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

Row = dict[str, Any]
TOKEN = re.compile(r"\w+", re.UNICODE)
BODY_SETS = ("aeb", "fundus_eval", "fundus")


def shingles(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    """Count token n-grams as scrapinghub/article-extraction-benchmark does."""
    tokens = TOKEN.findall(text or "")
    if 0 < len(tokens) < size:
        return Counter([tuple(tokens)])
    return Counter(tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1))


def matched(truth: str, found: str) -> tuple[float, float, float]:
    """True positives, false positives and false negatives of a text, normed to sum 1."""
    gold, got = shingles(truth), shingles(found)
    hits = sum((gold & got).values())
    extra = sum((got - gold).values())
    missed = sum((gold - got).values())
    total = hits + extra + missed
    return (hits / total, extra / total, missed / total) if total else (0.0, 0.0, 0.0)


def body_scores(pairs: Iterable[tuple[str, str]]) -> tuple[float, float, float]:
    """Precision, recall and F1 over documents, each document weighing the same."""
    precisions, recalls = [], []
    for truth, found in pairs:
        hits, extra, missed = matched(truth, found)
        if hits + extra:
            precisions.append(hits / (hits + extra))
        if hits + missed:
            recalls.append(hits / (hits + missed))
    precision, recall = fmean(precisions or [0.0]), fmean(recalls or [0.0])
    return precision, recall, 2 * precision * recall / ((precision + recall) or 1.0)


def fold(text: str) -> str:
    """Fold what no reader takes for a difference."""
    quotes = str.maketrans("’‘“”„–—\u00a0", '\'\'"""-- ')
    return " ".join((text or "").translate(quotes).casefold().split())


def set_f1(gold: Iterable[str], got: Iterable[str]) -> float:
    """F1 of two sets of names."""
    one, other = {fold(x) for x in gold}, {fold(x) for x in got}
    if not one and not other:
        return 1.0
    return 2 * len(one & other) / (len(one) + len(other))


def as_list(value: object) -> list[str]:
    """Read a gold field that is a list or a separated string."""
    if isinstance(value, str):
        return [part.strip() for part in re.split("[;,]", value) if part.strip()]
    return [str(part) for part in value] if isinstance(value, list) else []


def same_minute(gold: str, got: str | None) -> bool:
    """Whether two times are the same instant, to the minute.

    An answer without a zone is the page's wall clock, and at midnight a day alone: it is compared
    with ours as printed. Where ours alone has no zone, no instant was found.
    """
    if not got:
        return False
    one, other = datetime.fromisoformat(gold), datetime.fromisoformat(got)
    if one.tzinfo is None:
        one, other = one.replace(tzinfo=UTC), other.replace(tzinfo=UTC)
    if other.tzinfo is None:
        return False
    return abs((one - other).total_seconds()) < 60


HOUSE = re.compile(
    r"\b(staff|desk|team|editors?|editorial|newsroom|reporters?|correspondents?|agency|agenc(y|ies)"
    r"|bureau|press|news|redaktion|r[ée]daction|redacci[óo]n|redazione|redactie|online|web)\b"
    r"|^(dpa|afp|ap|reuters|ansa|efe|apa|pti|ani|ptv|inp|nni)$|\w\.(com|org|net|de|fr|it)$",
    re.IGNORECASE,
)


def names_a_house(authors: Iterable[str]) -> bool:
    """Whether a gold credits a desk, an agency or an outlet in a person's place."""
    return any(HOUSE.search(name) for name in authors)


def credited(gold: Row, parsed: Row) -> float:
    """Whether the set of authors is right, a house's byline standing in where no person is."""
    names = parsed["authors"] or ([parsed["byline"]] if parsed.get("byline") else [])
    return float(set_f1(as_list(gold["authors"]), names) == 1)


FIELDS: dict[str, tuple[str, Callable[[Row, Row], float]]] = {
    "title": ("title", lambda g, p: float(fold(g["title"]) == fold(p["title"]))),
    "authors": ("authors", lambda g, p: float(set_f1(as_list(g["authors"]), p["authors"]) == 1)),
    "authors or house": ("authors", credited),
    "date": ("date", lambda g, p: float(g["date"] == (p["published_at"] or "")[:10])),
    "minute": ("datetime", lambda g, p: float(same_minute(g["datetime"], p["published_at"]))),
    "tags F1": ("tags", lambda g, p: set_f1(as_list(g["tags"]), p["tags"])),
    "language": ("lang", lambda g, p: float(g["lang"] == p["language"])),
}  # fmt: skip


def table(gold: list[Row], parsed: dict[str, Row]) -> list[tuple[str, str, int, float]]:
    """Measure every field on every set that has answers for it: (measure, set, pages, score)."""
    rows: list[tuple[str, str, int, float]] = []
    by_set: dict[str, list[Row]] = {}
    for row in gold:
        by_set.setdefault(row["id"].split("/")[0], []).append(row)
    news = [row for name in BODY_SETS for row in by_set.get(name, []) if row.get("body")]
    latin = [row for row in news if row.get("lang") not in {"zh", "ja", "ko", "th"}]
    groups = {
        "news (non-CJK)": latin,
        **{name: [r for r in rows_ if r.get("body")] for name, rows_ in by_set.items()},
    }
    for name, members in groups.items():
        if members:
            scores = body_scores((row["body"], parsed[row["id"]]["body"] or "") for row in members)
            rows += [
                (f"body {part}", name, len(members), value)
                for part, value in zip("PRF", scores, strict=True)
            ]
    for measure, (key, score) in FIELDS.items():
        for name, members in by_set.items():
            told = [row for row in members if row.get(key)]
            if told:
                rows.append(
                    (measure, name, len(told), fmean(score(row, parsed[row["id"]]) for row in told))
                )
    return rows


def main(manifest: Path, printed: Path) -> None:
    """Print the table."""
    gold = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()]
    parsed = {row["id"]: row for row in map(json.loads, printed.read_text("utf-8").splitlines())}
    gold = [row for row in gold if row["id"] in parsed]
    for measure, name, pages, value in table(gold, parsed):
        print(f"{measure:16} {name:16} {pages:5} {value:.3f}")  # noqa: T201 (a script's output)
    outcomes = Counter((row["outcome"], row["reason"]) for row in parsed.values())
    print(outcomes)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
