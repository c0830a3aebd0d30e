"""Two extractions side by side, and what many such comparisons come to."""

from dataclasses import replace
from datetime import UTC, date, datetime

from tests.warehouse.batches import page, rejected
from transforms.article import Article, Moment
from transforms.change_tally import MAX_UNREAD, SAMPLES, sum_changes
from transforms.compare import PageChange, compare_outcomes
from transforms.comparison import UnreadPage
from transforms.rejection import Reason, Rejection

AT = datetime(2026, 3, 9, 4, 15, tzinfo=UTC)
MOMENT = Moment(at=AT, on=date(2026, 3, 9), precision="minute", origin="meta")


def article(path: str = "/a", body: str = "One two three four.") -> Article:
    made = page(path, body).article
    assert made is not None
    return replace(made, source_id="mountain")


def rejection(path: str = "/a", reason: Reason = Reason.LISTING) -> Rejection:
    made = rejected(path, reason=reason).rejection
    assert made is not None
    return replace(made, source_id="mountain")


def changed(path: str, body: str) -> PageChange:
    return compare_outcomes(article(path), article(path, body))


def told(change: PageChange) -> dict[str, tuple[object, object]]:
    return {one.field: (one.before, one.after) for one in change.differences}


def test_another_version_alone_changes_nothing() -> None:
    change = compare_outcomes(article(), replace(article(), extractor_version="x2"))
    assert change.is_alike
    assert (change.version_before, change.version_after) == ("x1", "x2")


def test_exactly_the_fields_that_differ_are_named() -> None:
    after = replace(article(), title="Another", tags=("hills", "rain"), is_truncated=True)
    change = compare_outcomes(article(), after)
    assert told(change) == {
        "title": ("A headline", "Another"),
        "tags": (("hills",), ("hills", "rain")),
        "is_truncated": (False, True),
    }
    assert not change.is_alike


def test_moments_are_compared_column_by_column_be_they_known_or_not() -> None:
    later = replace(article(), published=replace(MOMENT, at=None, precision="day"))
    before = replace(article(), published=MOMENT, modified=None)
    change = compare_outcomes(before, replace(later, modified=MOMENT))
    assert told(change) == {
        "published_at": (AT, None),
        "published_precision": ("minute", "day"),
        "modified_at": (None, AT),
        "modified_on": (None, date(2026, 3, 9)),
        "modified_precision": (None, "minute"),
        "modified_from": (None, "meta"),
    }


def test_what_was_not_stored_is_not_compared() -> None:
    after = replace(article(), image_from="meta", language="ur")
    change = compare_outcomes(article(), after, unknown=frozenset({"image_from"}))
    assert told(change) == {"language": ("en", "ur")}


def test_outcomes_that_flip_keep_what_gave_them_away() -> None:
    lost = compare_outcomes(article(), rejection())
    won = compare_outcomes(rejection(), article())
    assert (lost.before, lost.after, lost.why) == ("article", "listing", "looks it")
    assert (won.before, won.after, won.why) == ("listing", "article", "looks it")
    assert (lost.differences, lost.words_before, lost.words_after) == ((), 4, 0)
    assert compare_outcomes(rejection(), rejection()).is_alike
    assert not compare_outcomes(rejection(), rejection(reason=Reason.MEDIA)).is_alike


def test_sums_count_rows_shares_words_and_flips() -> None:
    changes = [
        changed("/alike", "One two three four."),
        changed("/more", "One two three four five six."),
        changed("/less", "One."),
        changed("/least", "One two three."),
        compare_outcomes(article("/lost"), rejection("/lost")),
        compare_outcomes(rejection("/won"), article("/won")),
    ]
    found = sum_changes(changes, {"mountain": 90})
    assert found.line == (
        "1 of 6 pages come out alike; 5 change: body 3, articles that would be "
        "rejected 1, rejected pages that would be articles 1; looked at 6 of 90 archived pages"
    )
    assert (found.archived, found.looked_at, found.alike, found.changed) == (90, 6, 1, 5)
    [body] = found.fields
    assert (body.field, body.pages, body.share) == ("body", 3, 0.75)
    assert found.rehashed == 3
    assert [(one.before, one.after, one.pages) for one in found.flips] == [
        ("article", "listing", 1),
        ("listing", "article", 1),
    ]
    assert (found.gained.pages, found.gained.median_words) == (1, 2.0)
    assert (found.lost.pages, found.lost.median_words) == (2, 2.0)
    assert [one.url.rpartition("/")[2] for one in found.lost.greatest] == ["less", "least"]


def test_nothing_changed_is_one_phrase() -> None:
    alike = [changed(f"/{n}", "One two three four.") for n in range(3)]
    assert sum_changes(alike, {"mountain": 3}).line == "all 3 pages come out alike"
    assert sum_changes([], {"mountain": 0}).line == "nothing archived to compare"


def test_samples_do_not_grow_with_the_pages_and_are_not_the_first_ones() -> None:
    changes = [changed(f"/{n}", f"One two three {n}.") for n in range(60)]
    [body] = sum_changes(changes, {"mountain": 60}).fields
    assert len(body.samples) == SAMPLES
    assert {one.url for one in body.samples} != {change.url for change in changes[:SAMPLES]}
    assert body.samples == sum_changes(reversed(changes), {"mountain": 60}).fields[0].samples


def test_pages_that_cannot_be_read_are_counted_and_the_first_named() -> None:
    unread = [UnreadPage(url=f"u{n}", source_id="mountain", why="gone") for n in range(30)]
    found = sum_changes([*unread, changed("/a", "One two three four.")], {"mountain": 31})
    assert found.line == "all 1 pages come out alike; pages that cannot be read: 30"
    assert (found.unread, len(found.unread_pages)) == (30, MAX_UNREAD)


def test_lists_show_what_is_gone_what_is_new_or_another_order() -> None:
    def lines(before: tuple[str, ...], after: tuple[str, ...]) -> list[tuple[str, str]]:
        old, new = (replace(article(), tags=tags) for tags in (before, after))
        [tags] = sum_changes([compare_outcomes(old, new)], {}).fields
        return [(one.sign, one.text) for one in tags.samples[0].lines]

    assert lines(("a", "b"), ("b", "c d")) == [("-", "a"), ("+", "c d")]
    assert lines(("a", "b"), ("b", "a")) == [("-", "a"), ("-", "b"), ("+", "b"), ("+", "a")]
    assert lines((), ("b",)) == [("+", "b")]
