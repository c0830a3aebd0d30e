import re
from pathlib import Path

import pytest

from crawlers.catalogue import CatalogueError, load_catalogue, load_source
from crawlers.frontier import is_on_site

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
}


def test_bundled_catalogue_has_its_twelve_outlets_with_their_evidence() -> None:
    sources, errors = load_catalogue([BUNDLED])
    assert not errors
    assert len(sources) == 12
    for path in BUNDLED.glob("*.yml"):
        text = path.read_text("utf-8").splitlines()
        assert text[0].startswith("# "), path
        assert 8 <= len(text) <= 20, path
    assert [source.id for source in sources if not source.verified] == ["khyber_chronicles"]


def test_article_rules_match_the_pages_that_were_seen() -> None:
    sources = {source.id: source for source in load_catalogue([BUNDLED])[0]}
    for source_id, urls in SEEN.items():
        for url in urls:
            assert re.search(sources[source_id].article, url), url
            assert is_on_site(url, sources[source_id]), url
    for url in ("https://khyberchronicles.pk/", "https://khyberchronicles.pk/category/khyber/"):
        assert not re.search(sources["khyber_chronicles"].article, url)


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


def test_operators_file_overrides_and_one_bad_file_fails_one_source(tmp_path: Path) -> None:
    (tmp_path / "dawn.yml").write_text(GOOD)
    (tmp_path / "broken.yml").write_text("name: [")
    (tmp_path / "twin.yml").write_text(GOOD.replace("Valley", "Twin"))
    sources, errors = load_catalogue([BUNDLED, tmp_path])
    by_id = {source.id: source for source in sources}
    assert by_id["dawn"].name == "Valley"
    assert len(sources) == 12
    assert [str(error).partition(":")[0] for error in errors] == ["broken.yml", "twin.yml"]


def test_name_that_implicit_sources_have_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "web_localhost.yml"
    path.write_text("name: x")
    with pytest.raises(CatalogueError, match=r"web_localhost\.yml: rename it: .*web_"):
        load_source(path)


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
