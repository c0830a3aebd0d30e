import re
from collections import Counter
from itertools import takewhile
from pathlib import Path

import pytest

from crawlers.catalogue import CatalogueError, load_catalogue, load_source
from crawlers.sites import is_on_site
from crawlers.twins import twin_of
from crawlers.urls import url_key

BUNDLED = Path(__file__).parents[2] / "crawlers" / "sources"
GOOD = """
name: Valley
home: https://valley.example/
languages: [en]
timezone: Asia/Karachi
entrances:
  - feed: https://valley.example/feed/
"""
SEEN = {
    "khyber_chronicles": (
        "https://khyberchronicles.pk/?p=17669",
        "https://khyberchronicles.pk/security-forces-neutralize-fak-terrorist-in-dera-ismail-khan-ibo",
    ),
    "dawn": ("https://www.dawn.com/news/1945127",),
    "app": ("https://www.app.com.pk/domestic/two-ttp-gandapur-killed/",),
    "ary_news": ("https://arynews.tv/17-terrorists-in-security-forces-operation-in-karak",),
    "business_recorder": ("https://www.brecorder.com/news/40384851",),
    "express_urdu": ("https://www.express.pk/story/2798181",),
    "jang": ("https://jang.com.pk/news/1532489",),
    "daily_aaj": ("https://dailyaaj.com.pk/news/70145",),
    "such_tv_urdu": ("https://www.suchtv.pk/urdu/pakistan/kp-fata/item/153504-x.html",),
    "geo_news": ("https://www.geo.tv/latest/629190-x",),
    "samaa_urdu": ("https://urdu.samaa.tv/2087316593-",),
    "gnn": ("https://gnnhd.tv/news/22002/x",),
    "abb_takk": ("https://abbtakk.tv/22-khwarij-killed-in-operation/",),
    "daily_pakistan_english": ("https://en.dailypakistan.com.pk/02-Dec-2025/x",),
    "pakistan_today": ("https://www.pakistantoday.com.pk/2025/11/22/x/",),
    "azadi_pashto": ("https://pa.azadiradio.com/a/33667681.html",),
    "afghanistan_international_pashto": ("https://www.afintl.com/pa/202512222149",),
    "balochistan_post": ("https://thebalochistanpost.net/2019/08/x/",),
    "inp": ("https://inp.net.pk/ur/news-detail/pakistan/x",),
    "the_news": (
        "https://www.thenews.com.pk/latest/360232-pakistan-beat-thailand-in-asian-games-baseball",
        "https://www.thenews.com.pk/print/15848-pakistan-afghanistan-to-start-talks-on-pta-today",
    ),
    "daily_times": ("https://dailytimes.com.pk/124611/mamnoon-for-strong-ties/",),
}


def test_bundled_catalogue_loads_whole_each_entrance_once() -> None:
    sources, errors = load_catalogue([BUNDLED])
    assert not errors
    assert {source.id for source in sources} == {path.stem for path in BUNDLED.iterdir()}
    entrances = [entrance.url for source in sources for entrance in source.entrances]
    assert len(entrances) == len(set(entrances))
    assert len([source for source in sources if not source.retired]) >= 42
    languages = Counter(
        code for source in sources if not source.retired for code in source.languages
    )
    assert languages["ur"] >= 10
    assert languages["ps"] >= 4


@pytest.mark.parametrize("path", sorted(BUNDLED.iterdir()), ids=lambda path: path.stem)
def test_bundled_file_says_what_was_seen_and_promises_no_more(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert 8 <= len(lines) <= 20
    comment = " ".join(line[2:] for line in takewhile(lambda line: line.startswith("# "), lines))
    assert re.search(r"\b(seen|saved|found|checked?)\b", comment, re.IGNORECASE)
    source = load_source(path)
    was_checked_live = re.search(
        r"probed them live|automatic check|documents seen|three indep", comment
    )
    assert was_checked_live or not source.verified
    for twin in source.twins:
        for url in SEEN.get(path.stem, ()):
            assert re.search(source.article, re.sub(twin.match, twin.becomes, url)), twin


def test_article_rules_match_the_pages_that_were_seen() -> None:
    sources = {source.id: source for source in load_catalogue([BUNDLED])[0]}
    for source_id, urls in SEEN.items():
        for url in urls:
            assert re.search(sources[source_id].article, url), url
            assert is_on_site(url, sources[source_id]), url
    for source_id, url in (
        ("khyber_chronicles", "https://khyberchronicles.pk/"),
        ("khyber_chronicles", "https://khyberchronicles.pk/category/khyber/"),
        ("aaj_english", "https://english.aaj.tv/feeds/news/330378431"),
        ("bbc_pashto", "https://www.bbc.com/urdu/articles/c1"),
        ("the_news", "https://www.thenews.com.pk/print/category/peshawar"),
        ("geo_news", "https://urdu.geo.tv/latest/629190-x"),
    ):
        assert not re.search(sources[source_id].article, url), url


@pytest.mark.parametrize(
    ("source_id", "twin", "article"),
    [
        ("the_news", "https://www.thenews.com.pk/amp/360232-a-b", "/latest/360232-a-b"),
        ("the_news", "https://www.thenews.com.pk/amp/360232?utm_source=x", "/latest/360232"),
        ("the_news", "https://www.thenews.com.pk/latest/360232-a-b", "/latest/360232-a-b"),
        ("the_news", "https://www.thenews.com.pk/print/360232-a-b?x=1", "/print/360232-a-b?x=1"),
        ("daily_times", "https://dailytimes.com.pk/124611/a-b/amp/", "/124611/a-b/"),
        ("daily_times", "https://dailytimes.com.pk/124611/a-b/feed", "/124611/a-b/"),
        ("daily_times", "https://dailytimes.com.pk/124611/a-b/", "/124611/a-b/"),
        ("khyber_news", "https://khybernews.tv/a-long-headline/?amp=1", "/a-long-headline/"),
        ("tribune_kp", "https://tribune.com.pk/story/1/a-b?amp=1", "/story/1/a-b"),
        ("bbc_pashto", "https://www.bbc.com/pashto/articles/c1.lite", "/pashto/articles/c1"),
    ],
)
def test_bundled_twin_rules_lead_to_the_article(source_id: str, twin: str, article: str) -> None:
    source = load_source(BUNDLED / f"{source_id}.yml")
    key = url_key(twin)
    found = twin_of(key, twin, source)
    wanted = source.home.rstrip("/").removesuffix("/pashto") + article
    assert (found[1] if found else key) == url_key(wanted)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("nmae: x", "unknown key 'nmae'; known keys are name, home"),
        ("name: twice", "key 'name' given twice"),
        ("timezone: Asia/Peshawar", "no such time zone: 'Asia/Peshawar'"),
        ("article: '('", "'article': not a regular expression: '('"),
        ("home: valley.example", "not an http"),
        ("home: 'http://[bad/'", "not an http"),
        ("hosts: ['https://valley.example']", "not a host: 'https://valley.example'; write it as"),
        ("hosts: [valley.example/news]", "not a host"),
        ("hosts: ['valley.example:99999']", "not a host"),
        ("hosts: ['']", "not a host"),
        ("hosts: ['user@valley.example']", "not a host"),
        ("entrances: [{feed: https://v.example/, links: a}]", "belong to a listing"),
        ("expect: {max_age: 72}", "unknown key 'expect.max_age'"),
        ("twins: [{match: '/amp/?$', becomes: '\\1'}]", "becomes names a group that match has not"),
        ("backfill: [{listing: 'https://v.example/{year}'}]", "only {yyyy}, {mm}"),
        ("retired: dead", "at least 10 characters"),
    ],
)
def test_wrong_source_file_names_the_file_and_the_mend(
    tmp_path: Path, change: str, message: str
) -> None:
    key = change.partition(":")[0]
    base = GOOD if key == "name" else re.sub(rf"(?m)^{key}:.*\n(  .*\n)*", "", GOOD)
    path = tmp_path / "valley.yml"
    path.write_text(base + change + "\n")
    with pytest.raises(CatalogueError, match=re.escape(message)) as error:
        load_source(path)
    assert str(error.value).startswith("valley.yml: ")
    assert "\n" not in str(error.value)


def test_all_mistakes_of_a_file_are_named_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "valley.yml"
    spoilt = GOOD.replace("name:", "nmae:") + "entrances: [{feed: https://v.example/, lnks: a}]\n"
    spoilt = re.sub(r"(?m)^(languages|entrances):(?! \[\{).*\n(  .*\n)*", "", spoilt)
    path.write_text(spoilt + "languages: [English]\n")
    with pytest.raises(CatalogueError) as error:
        load_source(path)
    said = str(error.value).removeprefix("valley.yml: ").split("; ")
    assert "'name' is missing" in said
    assert "'languages.0': 'English' is no code of two letters, such as en or ur" in said
    place = said.index("unknown key 'entrances.0.lnks'")
    assert said[place + 1] == "known keys are feed, sitemap, listing, pages, next, links"
    assert "unknown key 'nmae'" in said
    path.write_text("just words")
    with pytest.raises(CatalogueError, match="the file must be keys with their values, such as"):
        load_source(path)


@pytest.mark.parametrize("bad", ["retired: 2026-13-45", "x: !!int many", "x: " + "[" * 3000])
def test_yaml_that_breaks_its_reader_fails_one_source(tmp_path: Path, bad: str) -> None:
    (tmp_path / "valley.yml").write_text(GOOD)
    (tmp_path / "hill.yml").write_text(f"{GOOD}{bad}\n")
    sources, errors = load_catalogue([tmp_path])
    assert [one.id for one in sources] == ["valley"]
    assert [str(one).partition(": ")[0] for one in errors] == ["hill.yml"]
    assert "cannot be read: " in str(errors[0])


def test_operators_file_overrides_and_one_bad_file_fails_one_source(tmp_path: Path) -> None:
    (tmp_path / "dawn.yml").write_text(GOOD)
    (tmp_path / "broken.yml").write_text("name: [")
    (tmp_path / "twin.yml").write_text(GOOD.replace("Valley", "Twin"))
    sources, errors = load_catalogue([BUNDLED, tmp_path])
    by_id = {source.id: source for source in sources}
    assert by_id["dawn"].name == "Valley"
    assert len(sources) == len(list(BUNDLED.iterdir()))
    assert [str(error).partition(":")[0] for error in errors] == ["broken.yml", "twin.yml"]


def test_name_that_implicit_sources_have_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "web_localhost.yml"
    path.write_text("name: x")
    with pytest.raises(CatalogueError, match=r"web_localhost\.yml: rename it: .*web_"):
        load_source(path)


def test_what_an_agency_signs_with_is_read(tmp_path: Path) -> None:
    path = tmp_path / "wire.yml"
    path.write_text(f"{GOOD}credited_as: [VNA, وی این اے]\n", "utf-8")
    assert load_source(path).credited_as == ("VNA", "وی این اے")


def test_hosts_are_kept_as_pages_name_them(tmp_path: Path) -> None:
    path = tmp_path / "valley.yml"
    path.write_text(GOOD + "hosts: [WWW.Valley.example, 'valley.example:8080', خبر.pk]\n")
    source = load_source(path)
    assert source.hosts == ("www.valley.example", "valley.example:8080", "xn--ngblk.pk")
    for url in ("https://valley.example/1", "http://valley.example:8080/1", "https://خبر.pk/1"):
        assert is_on_site(url, source), url


def test_a_source_file_with_another_ending_is_named_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "valley.yaml").write_text(GOOD)
    sources, errors = load_catalogue([tmp_path])
    assert sources == []
    assert [str(error) for error in errors] == [
        "valley.yaml: rename it to valley.yml; only .yml is read"
    ]
