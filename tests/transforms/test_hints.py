"""Hints of a source file: each page is read by the template of its day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.catalogue import CatalogueError, Hint, Source, load_source
from tests.transforms.pages import (
    FETCHED_AT,
    PARAGRAPHS,
    SOURCE,
    html,
    make_page,
    story,
    to_article,
)
from transforms.article import Article
from transforms.version import extractor_version

FILE = """
name: Valley Herald
home: https://valley.example/
languages: [en]
timezone: Asia/Karachi
entrances:
  - feed: https://valley.example/feed/
hints:
  - body: .text
  - body: "//td[@id='story']"
    until: 2021-06-30
  - prune: .text .appeal
  - prune: "//td[@id='story']/table"
    until: 2021-06-30
  - title: .kicker + .big
  - title: "//font[@size='5']"
    until: 2021-06-30
  - authors: .who
  - authors: "(//td[@class='small'])[1]/b/text()"
    until: 2021-06-30
  - published: .when
  - published: "//td[@class='small']/i"
    until: 2021-06-30
  - section: "//div[@class='page']/@data-desk"
  - section: "//td[@id='path']/a[last()]"
    until: 2021-06-30
  - tags: .post-tagline
  - tags: "//td[@id='story']/p[last()]"
    until: 2021-06-30
"""
APPEAL = (
    "The Herald lives from its readers alone, and every rupee that you give to it goes a long way."
)
OLD = f"""<html><head><title>The Valley Herald - Internet edition</title></head><body><table><tr>
<td id="path"><a href="/">Front</a> <a href="/city">City</a></td>
<td><font size="5">Bridge reopens after flood</font></td>
<td class="small"><b>Zala Khan</b> <i>9 March 2019</i></td><td class="small"><b>Omar Gul</b></td>
<td id="story">{story()}<table><tr><td><p>{APPEAL}</p></td></tr></table><p>Floods, Zarin</p></td>
<td>{story(*(line.upper() for line in PARAGRAPHS))}</td></tr></table></body></html>"""
NEW = html(
    '<div class="page" data-desk="City"><p class="kicker">Exclusive</p>'
    '<div class="big">Bridge reopens after flood</div><h1>Herald today</h1>'
    '<span class="who">Zala Khan</span><span class="when">9 March 2019</span>'
    f'<div class="text"><p class="post-tagline">Floods, Zarin</p>{story()}'
    f'<div class="appeal"><p>{APPEAL}</p></div></div>'
    f"<div>{story(*(line.upper() for line in PARAGRAPHS))}</div></div>",
    title="Herald today",
)
IN_OLD_DAYS = datetime(2021, 6, 30, 18, 59, tzinfo=UTC)
"""One minute before midnight in Karachi, on the old template's last day."""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return source_of(FILE, tmp_path)


def source_of(text: str, folder: Path) -> Source:
    path = folder / "valley.yml"
    path.write_text(text, "utf-8")
    return load_source(path)


def assert_whole(made: Article) -> None:
    assert made.title == "Bridge reopens after flood"
    assert made.authors == ("Zala Khan",)
    assert made.section == "City"
    assert made.tags == ("Floods", "Zarin")
    assert made.published is not None
    assert made.published.on == date(2019, 3, 9)
    assert made.body == "\n".join(PARAGRAPHS)
    origins = {made.title_from, made.authors_from, made.section_from, made.tags_from}
    assert origins | {made.published.origin} == {"html"}


@pytest.mark.parametrize("fetched_at", [IN_OLD_DAYS, datetime(2019, 3, 10, tzinfo=UTC), None])
def test_a_page_of_the_old_template_is_read_by_the_hints_of_its_day(
    source: Source, fetched_at: datetime | None
) -> None:
    assert_whole(to_article(make_page(OLD, fetched_at=fetched_at), source))


@pytest.mark.parametrize("fetched_at", [IN_OLD_DAYS, FETCHED_AT, None])
def test_a_page_of_todays_template_is_read_by_the_hints_without_an_end(
    source: Source, fetched_at: datetime | None
) -> None:
    assert_whole(to_article(make_page(NEW, fetched_at=fetched_at), source))


def test_a_hint_ends_with_the_outlets_own_day(source: Source) -> None:
    late = make_page(OLD, fetched_at=IN_OLD_DAYS + timedelta(minutes=2))
    assert to_article(late, source).tags == ()
    elsewhere = replace(source, timezone="Asia/Dubai")
    assert to_article(late, elsewhere).tags == ("Floods", "Zarin")


def test_of_two_hints_that_match_the_one_of_the_pages_day_wins(tmp_path: Path) -> None:
    hints = (
        "hints: [{title: .new}, {title: .old, until: 2021-06-30}, "
        "{title: .eldest, until: 2015-01-01}]"
    )
    source = source_of(FILE.partition("hints:")[0] + hints, tmp_path)
    shown = "".join(
        f'<b class="{name}">The {name} headline</b>' for name in ("new", "old", "eldest")
    )
    page = html(f"<article>{shown}{story()}</article>")
    for fetched_at, title in (
        (datetime(2014, 5, 5, tzinfo=UTC), "The eldest headline"),
        (IN_OLD_DAYS, "The old headline"),
        (FETCHED_AT, "The new headline"),
        (None, "The new headline"),
    ):
        assert to_article(make_page(page, fetched_at=fetched_at), source).title == title


def test_where_no_hint_matches_the_page_is_read_as_any_other(source: Source) -> None:
    page = make_page(html(f"<article><h1>Bridge reopens after flood</h1>{story()}</article>"))
    assert replace(to_article(page, source), extractor_version="") == replace(
        to_article(page), extractor_version=""
    )


def test_a_body_read_in_two_places_is_set_together_once() -> None:
    hinted = replace(SOURCE, hints=(Hint(field="body", selector=".part, .part div"),))
    first, second = story(*PARAGRAPHS[:2]), story(*PARAGRAPHS[2:])
    body = (
        f'<div class="part"><div>{first}</div></div><p>{APPEAL}</p><div class="part">{second}</div>'
    )
    assert to_article(make_page(html(body)), hinted).body == "\n".join(PARAGRAPHS)


def test_a_hint_that_cuts_out_a_whole_page_cuts_nothing_of_it() -> None:
    hinted = replace(SOURCE, hints=(Hint(field="prune", selector="body.home, .appeal, nav"),))
    page = html(f"<article><h1>Bridge reopens</h1>{story()}</article>")
    made = to_article(make_page(page.replace("<body>", '<body class="home">')), hinted)
    assert made.body == "\n".join(PARAGRAPHS)


def test_a_date_in_urdu_is_read_where_the_hint_points() -> None:
    hinted = replace(SOURCE, hints=(Hint(field="published", selector=".when"),))
    body = f'<h1>Bridge</h1>{story()}<ul><li>2 مارچ 2026</li><li class="when">9 مارچ 2026</li></ul>'
    made = to_article(make_page(html(body)), hinted)
    assert made.published is not None
    assert (made.published.on, made.published.origin) == (date(2026, 3, 9), "html")


def test_every_word_of_a_hint_changes_the_extractors_version() -> None:
    hint = Hint(field="title", selector=".a", until=date(2021, 6, 30))
    hints = (
        (), (hint,), (hint, hint), (replace(hint, until=None),), (replace(hint, selector=".b"),),
        (replace(hint, field="section"),),
    )  # fmt: skip
    versions = {extractor_version(replace(SOURCE, hints=one)) for one in hints}
    assert len(versions) == len(hints)


@pytest.mark.parametrize(
    ("hint", "message"),
    [
        ("{prune: '..share['}", "'hints.0.prune': not a CSS selector: '..share['"),
        ("{prune: ''}", "'hints.0.prune': a selector has 1 to 300 characters"),
        ("{prune: 'a::text'}", "not a CSS selector"),
        ("{prune: '" + ":not(" * 200 + "'}", "a selector has 1 to 300 characters"),
        ("{title: '//h1['}", "'hints.0.title': not an XPath: '//h1['"),
        ("{title: '//h1[@id=$id]'}", "it has a variable"),
        ("{title: 'count(//p)'}", "not a CSS selector"),
        ("{title: '(count(//p))'}", "selects nothing of a page, it computes"),
        ("{title: \"//p[document('file:///etc/passwd')]\"}", "no function document() here"),
        ("{title: \"//p[re:test(., '(a+)+$')]\"}", "no function re:test() here"),
        ("{title: '//svg:text'}", "a name with a prefix"),
        ("{title: '//p[count(//p) > 3]'}", "begins at the page's root"),
        ("{title: '//p[. = /html/body/p]'}", "begins at the page's root"),
        ("{title: '//p[count(preceding::p) > 3]'}", "walk the page for each element"),
        ("{title: '//div//div//div//div'}", "more than 3 searches"),
        ("{title: '//*/namespace::*'}", "namespace:: selects nothing"),
        ("{title: '//p[1 -//p]'}", "searches much of the page again"),
        ("{title: '//p[position() mod //p]'}", "searches much of the page again"),
        ("{title: '//p[../p != ../../p/@id]'}", "searches much of the page again"),
        ("{title: \"//p[ancestor::*[.//p[. = 'x']]]\"}", "searches much of the page again"),
        ("{title: '//*[*[*[*[*[*]]]]]'}", "more than 4 conditions [...] inside each other"),
        ("{title: 'p ~ p ~ p'}", "more than one ~"),
        ("{prune: body}", "this would cut out the whole page"),
        ("{prune: '*'}", "this would cut out the whole page"),
        ("{prune: '//p | /html'}", "this would cut out the whole page"),
        ("{body: '//div/text()'}", "body takes whole elements"),
        ("{prune: '//p[1] | //a/@href'}", "prune takes whole elements"),
        ("{title: h1, tags: .tags}", "this names title and tags; make each a - of its own"),
        ("{until: 2021-06-30}", "this names none"),
        ("{titel: h1}", "unknown key 'hints.0.titel'; known keys are prune, body, title, authors"),
        ("{title: h1, until: lately}", "'hints.0.until'"),
        ("{keep: Follow us, until: 2021-06-30}", "a kept line has no day until which it is kept"),
        ("h1", "'hints.0' must be keys with their values, such as `prune: ...`"),
    ],
)  # fmt: skip
def test_a_wrong_hint_names_the_file_the_key_and_the_mend(
    tmp_path: Path, hint: str, message: str
) -> None:
    text = FILE.partition("hints:")[0] + f"hints: [{hint}]\n"
    with pytest.raises(CatalogueError) as error:
        source_of(text, tmp_path)
    assert str(error.value).startswith("valley.yml: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_line_that_is_kept_is_written_as_text(tmp_path: Path) -> None:
    text = FILE.partition("hints:")[0] + "hints: [{keep: 'Police have  registered a case.'}]\n"
    assert source_of(text, tmp_path).hints == (
        Hint(field="keep", selector="Police have registered a case."),
    )


def test_the_old_form_of_hints_is_told_the_new_one(tmp_path: Path) -> None:
    text = FILE.partition("hints:")[0] + "hints: {prune: ['.share']}\n"
    with pytest.raises(CatalogueError, match=r"'hints' must be a list, such as `- prune: \.\.\.`"):
        source_of(text, tmp_path)


@pytest.mark.parametrize(
    "selector",
    [
        "//div[contains(concat(' ', normalize-space(@class), ' '), ' story ')]",
        "(//h1 | //h2)[1]", "./body/div[not(@id)][position() < 3]", "//a[.//img]/@href",
        "//p[starts-with(., 'By: $5 (preceding::) //')]", "//*[name()='svg:text']",
        "//div[@id='x' and p/text()='y']/following-sibling::p", ".kicker + .big", "h1 ~ .by",
        "li:nth-child(2)", "a[rel~='tag'][class~='x']", "//p[count(preceding-sibling::*) > 3]",
    ],
)  # fmt: skip
def test_common_xpaths_are_taken(tmp_path: Path, selector: str) -> None:
    text = FILE.partition("hints:")[0] + f'hints:\n  - title: "{selector}"\n'
    assert source_of(text, tmp_path).hints == (Hint(field="title", selector=selector),)


def test_all_of_a_source_that_is_read_changes_the_extractors_version() -> None:
    others = (
        SOURCE,
        replace(SOURCE, name="Herald of the Valley"),
        replace(SOURCE, languages=("ur", "ps")),
        replace(SOURCE, timezone=None),
        replace(SOURCE, credited_as=("VH",)),
    )
    assert len({extractor_version(one) for one in others}) == len(others)
