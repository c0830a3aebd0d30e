import re

import pytest

from crawlers.article_rule import ANYTHING, guess_rule, pick_articles

N = range(1_945_120, 1_945_127)


@pytest.mark.parametrize(
    ("urls", "pattern"),
    [
        ([f"https://www.d.pk/news/{n}" for n in N], r"d\.pk/news/\d+"),
        ([f"https://d.pk/story/{n}/a-b-c-{n}" for n in N], r"d\.pk/story/\d+/"),
        ([f"https://d.pk/latest/{n}-a-b" for n in N], r"d\.pk/latest/\d+-"),
        ([f"https://d.pk/2026/11/{n % 9}/a-b-c-{n}/" for n in N], r"d\.pk/\d{4}/\d+/"),
        ([f"https://d.pk/a/{n}.html" for n in N], r"d\.pk/a/\d+\.\w+"),
        ([f"https://d.pk/?p={n}" for n in N], r"d\.pk/\?(?:[^#]*&)?p=\d+"),
        ([f"https://d.pk/k.php?x=1&id={n}" for n in N], r"d\.pk/k\.php\?(?:[^#]*&)?id=\d+"),
        (
            [f"https://d.pk/22-Nov-2026/a-b-c{n}" for n in N],
            r"d\.pk/[\dA-Za-z]+-[\dA-Za-z]+-\d{2,4}/",
        ),
        ([f"https://d.pk/p/{n}/%D8%AA%D8%A8" for n in N], r"d\.pk/p/\d+/"),
        (["https://d.pk/a", "https://d.pk/b/c", "https://d.pk/d/e/f"], ANYTHING),
        ([], ANYTHING),
    ],
)
def test_rule_is_what_the_addresses_have_in_common(urls: list[str], pattern: str) -> None:
    rule = guess_rule(urls, {url.split("/")[2] for url in urls})
    assert rule.pattern == pattern
    assert rule.matched == rule.of == len(urls)


def test_rule_of_slugs_takes_articles_and_no_section() -> None:
    urls = [f"https://d.pk/{word}-in-the-valley-{word}/" for word in ("flood", "fire", "jirga")]
    rule = re.compile(guess_rule(urls, ["d.pk"]).pattern)
    assert all(rule.search(url) for url in urls)
    for other in ("https://d.pk/", "https://d.pk/category/a-long-name/", "https://d.pk/about/"):
        assert not rule.search(other), other


def test_sections_before_a_slug_are_generalised() -> None:
    sections = ("kp", "world", "sports", "life")
    urls = [f"https://d.pk/{name}/a-headline-of-some-length" for name in sections]
    rule = re.compile(guess_rule(urls, ["d.pk"]).pattern)
    assert rule.search("https://d.pk/business/another-headline-of-some-length")
    assert not rule.search("https://d.pk/tag/another-headline-of-some-length")


def test_headlines_are_told_from_menus() -> None:
    menu = [(f"https://d.pk/section/{n}", "Sport") for n in range(9)]
    menu += [("https://d.pk/about", "About us"), ("https://d.pk/", "The Valley Herald of all")]
    stories = [(f"https://d.pk/x/{n}/s", f"A headline that has some words {n}") for n in range(5)]
    assert pick_articles([*menu, *stories]) == [url for url, _ in stories]


def test_hostile_addresses_are_passed_over() -> None:
    odd = ["http://[bad/1", "javascript:alert(1)", "", "https://d.pk/" + "a/" * 500]
    rule = guess_rule([*odd, *(f"https://d.pk/news/{n}" for n in N)], ["d.pk"])
    assert rule.pattern == r"d\.pk/news/\d+"
    assert pick_articles([(url, "A headline that has some words") for url in odd]) == []
