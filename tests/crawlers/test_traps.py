from collections import Counter

import pytest

from crawlers.traps import MAX_VARIANTS, MAX_WAITING, over_variants, trap_at

SITE = "https://v.example"


@pytest.mark.parametrize(
    "path",
    [
        "/2026/11/22",
        "/2026/11",
        "/archive/2031/2",
        "/page/17",
        "/khyber/page/3",
        "/dam-opens/comment-page-2",
        "/dam-opens/feed",
        "/dam-opens/feed/atom",
        "/feeds/news/30401234",
        "/news/news/news/news/dam-opens",
        "/a/news/b/news/c/news/d/news/e",
        "/en/khyber/en/khyber/en/khyber",
        "/x/en/khyber/en/khyber/en/khyber/dam",
    ],
)
def test_paths_that_breed_are_known(path: str) -> None:
    assert trap_at(SITE + path) is not None


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/news/1532489",
        "/2026/11/22/dam-opens",
        "/2026/13/22",
        "/1234/11",
        "/12/12/12/slug",
        "/livestock-feed",
        "/feed-prices-rise",
        "/news/feeds/dam-opens",
        "/page/about-us",
        "/one-page/12-dead",
        "/news/local/news/12",
        "/%D8%AE%D8%A8%D8%B1/%D8%AE%D8%A8%D8%B1/1",
        "/khabar.php?id=5",
    ],
)
def test_honest_paths_are_not_taken_for_traps(path: str) -> None:
    assert trap_at(SITE + path) is None


def over(*paths: str, pages: frozenset[str] = frozenset()) -> int:
    return len(over_variants([SITE + path for path in paths], lambda key: key in pages))


@pytest.mark.parametrize(
    "form",
    [
        "/news.php?id={}",
        "/?p={}",
        "/news/?story={}",
        "/story.aspx?cat=5&id={}",
        "/index.php?id={}&option=com_content&view=article",
        "/article?lang=ur&nid={}",
        "/read?cat=3&number={}",
    ],
)
def test_an_outlet_that_names_articles_by_a_parameter_is_not_hurt(form: str) -> None:
    bare = frozenset({f"{SITE}{form.partition('?')[0]}"}) if "php" in form else frozenset()
    assert over(*(form.format(number) for number in range(2000)), pages=bare) == 0


@pytest.mark.parametrize(
    "forms",
    [
        [f"/search?cat={n % 7}&sort={n % 11}&view={n % 13}" for n in range(1001)],
        [f"/news.php?id=5&session={n}" for n in range(500)],
        [f"/events?month={n % 12 + 1}&year={1900 + n}" for n in range(300)],
        [f"/archive.php?date=2026-{n}" for n in range(300)],
        [f"/dam-opens?{chr(97 + n % 26)}{n}=1" for n in range(300)],
        [f"/list.php?id=3&page={n}" for n in range(300)],
    ],
)
def test_variants_of_one_address_are_bounded(forms: list[str]) -> None:
    taken = len(set(forms)) - over(*forms)
    assert taken <= 2 * MAX_VARIANTS


def test_a_page_that_links_to_itself_with_new_parameters_is_bounded() -> None:
    paths = [f"/dam-opens?ref={n}" for n in range(300)]
    assert over(*paths, pages=frozenset({f"{SITE}/dam-opens"})) == 300 - MAX_VARIANTS
    assert over(*paths[:MAX_VARIANTS], pages=frozenset({f"{SITE}/dam-opens"})) == 0


def test_facets_beside_articles_do_not_take_their_place() -> None:
    articles = [f"/news.php?id={n}" for n in range(100)]
    facets = [f"/news.php?id={n % 5}&sort={n}" for n in range(90)]
    chosen = over_variants([SITE + path for path in (*facets, *articles)], lambda _: False)
    assert not chosen.keys() & {SITE + path for path in articles}
    assert set(chosen.values()) == {"deferred"}
    assert len(chosen) == 90 - MAX_VARIANTS


def test_the_newest_variants_are_the_ones_taken() -> None:
    paths = [f"/dam-opens?ref={n}" for n in range(30)]
    chosen = over_variants([SITE + path for path in paths], lambda _: True)
    assert chosen == {SITE + path: "over_bound" for path in paths[MAX_VARIANTS:]}


def test_variants_wait_where_they_may_be_articles_and_not_without_end() -> None:
    keys = [f"{SITE}/read?q={n % 7}&s={n % 11}&v={n % 13}" for n in range(1001)]
    reasons = Counter(over_variants(keys, lambda _: False).values())
    assert reasons["deferred"] == MAX_WAITING
    assert reasons["over_bound"] > 400
    days = [f"{SITE}/events?month={n % 12 + 1}&year={1900 + n}" for n in range(300)]
    assert set(over_variants(days, lambda _: False).values()) == {"over_bound"}
