"""Time passes: articles appear, change, change back and vanish; what is the same says so."""

import re

from khabar.newsroom.running import RunningTown
from khabar.newsroom.town import Passed, Town
from tests.newsroom.conftest import NOW, get


def test_nothing_happens_while_no_time_passes() -> None:
    town = Town(now=NOW)
    before = list(town.truth())
    passed = town.advance(0)
    assert passed == Passed(new=(), changed=(), removed=())
    assert list(town.truth()) == before


def test_new_articles_appear_at_every_outlet(own_town: RunningTown) -> None:
    passed = own_town.advance(6)
    for outlet in own_town.outlets.values():
        assert sum(url.startswith(f"{outlet.origin}/") for url in passed.new) == 2
    assert all(get(url).status == 200 for url in passed.new)
    listed = get(f"{own_town.outlets['roznama_tirwal'].origin}/rss.xml").body.decode()
    assert all(url in listed for url in passed.new if "/urdu/" in url)


def test_an_article_not_yet_published_is_not_found(own_town: RunningTown) -> None:
    url = own_town.url("roznama_tirwal", 36)
    assert get(url).status == 404
    own_town.advance(3)
    assert get(url).status == 200


def test_changed_articles_have_another_headline_and_a_higher_toll(own_town: RunningTown) -> None:
    before = {truth.url: truth for truth in own_town.truth()}
    old_pages = {url: get(url) for url in before}
    passed = own_town.advance(9)
    assert len(passed.changed) >= 12
    for url in passed.changed:
        old, new = before[url], own_town.truth_of(url)
        assert new is not None
        assert new.url == old.url, "an address outlives a headline"
        if new.level:
            assert new.title != old.title
            assert _numbers(new.title) != _numbers(old.title)
            assert new.paragraphs != old.paragraphs
            assert new.modified_at is not None
            assert new.modified_at > old.published_at
        again = get(url, If_None_Match=old_pages[url].headers["etag"])
        assert again.status == 200


def test_some_articles_go_back_to_their_first_text() -> None:
    town = Town(now=NOW)
    first = {truth.url: truth for truth in town.truth()}
    levels: dict[str, list[int]] = {url: [0] for url in first}
    for _ in range(20):
        for url in set(town.advance(1).changed) & set(first):
            truth = town.truth_of(url)
            assert truth is not None
            levels[url].append(truth.level)
    back = [url for url, seen in levels.items() if seen == [0, 1, 0]]
    assert back
    for url in back:
        truth = town.truth_of(url)
        assert truth is not None
        assert (truth.title, truth.paragraphs) == (first[url].title, first[url].paragraphs)


def test_removed_articles_answer_in_three_ways_and_are_listed_no_more(
    own_town: RunningTown,
) -> None:
    passed = own_town.advance(40)
    assert passed.removed
    home = own_town.outlets["roznama_tirwal"]
    own_town.remove("roznama_tirwal", 0, "410")
    own_town.remove("roznama_tirwal", 1, "home")
    own_town.remove("roznama_tirwal", 2)
    answers = [get(own_town.url("roznama_tirwal", index)) for index in range(3)]
    assert [answer.status for answer in answers] == [410, 302, 404]
    assert answers[1].headers["location"] == "/"
    listed = get(f"{home.origin}/rss.xml").body.decode()
    for url in (*passed.removed, *(own_town.url("roznama_tirwal", index) for index in range(3))):
        assert url not in re.findall(r"<link>(.*?)</link>", listed)


def test_an_order_changes_and_restores_an_article_at_once(own_town: RunningTown) -> None:
    levels = []
    for change in (own_town.revise, own_town.restore, own_town.revise, own_town.revise):
        change("valley_herald", 20)
        truth = own_town.truth_of(own_town.url("valley_herald", 20))
        assert truth is not None
        levels.append(truth.level)
    assert levels == [1, 0, 1, 2]


def test_unchanged_pages_and_feeds_answer_304(own_town: RunningTown) -> None:
    feed = f"{own_town.outlets['tirwal_chronicle'].origin}/feed/"
    for url in (feed, own_town.url("tirwal_chronicle", 5), own_town.url("awaz_wadi", 5)):
        first = get(url)
        same = get(url, If_None_Match=first.headers["etag"])
        assert (same.status, same.body) == (304, b"")
        assert get(url, If_Modified_Since=first.headers["last-modified"]).status == 304
        assert get(url, If_None_Match='"other"').status == 200
    etag = get(feed).headers["etag"]
    own_town.advance(6)
    assert get(feed, If_None_Match=etag).status == 200


def test_the_log_tells_who_asked_for_what(own_town: RunningTown) -> None:
    url = own_town.url("mountain_ledger", 7)
    get(url, User_Agent="khabar/test", If_None_Match='"x"')
    visit = own_town.log[-1]
    assert visit.outlet == "mountain_ledger"
    assert url == f"http://{visit.host}{visit.path}"
    assert (visit.status, visit.user_agent) == (200, "khabar/test")
    assert visit.headers["if-none-match"] == '"x"'
    assert visit.size > 60 * 1024


def _numbers(text: str) -> list[str]:
    return re.findall(r"\d+", text)
