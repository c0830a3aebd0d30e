"""One article, one key; two articles, two keys: what url_key folds and what it never joins."""

import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.urls import MAX_URL_LENGTH, unaskable_key, url_key

URDU = "ابتثجحخدذرزسشصضطظعغفقکگلمنوہھیےآأؤئۓۂپٹچڈڑژ"
PASHTO = "ټځڅډړږښڼګۍېۀي"
LETTERS = st.text(st.sampled_from(URDU + PASHTO + "abcXYZ0189-"), min_size=1, max_size=24)
SLUGS = (
    st.lists(LETTERS, min_size=1, max_size=4)
    .map("/".join)
    .filter(lambda slug: not any(part in (".", "..") for part in slug.split("/")))
)
TRACKING = st.sampled_from(
    ["utm_source=x", "UTM_Campaign=y&utm_medium=z", "fbclid=1", "gclid=2", "at_medium=RSS",
     "PHPSESSID=abc", "jsessionid=9", "mc_cid=3", "ocid=4", "_ga=1.2", "srsltid=q", "xtor=RSS-3"]
)  # fmt: skip


def lower_escapes(text: str) -> str:
    coded = quote(text, safe="/-")
    return "".join(
        char.lower() if coded[max(0, at - 2) : at].rfind("%") >= 0 else char
        for at, char in enumerate(coded)
    )


@given(slug=SLUGS)
def test_slugs_of_urdu_and_pashto_have_one_key_however_they_are_coded(slug: str) -> None:
    key = url_key(f"https://e.pk/{slug}")
    for spelling in (
        quote(slug, safe="/-"),
        lower_escapes(slug),
        unicodedata.normalize("NFD", slug),
        quote(unicodedata.normalize("NFD", slug), safe="/-"),
        slug + "/",
    ):
        assert url_key(f"https://e.pk/{spelling}") == key


@given(slug=SLUGS, tracking=TRACKING, fragment=LETTERS)
def test_what_names_no_article_leaves_the_key_as_it_is(
    slug: str, tracking: str, fragment: str
) -> None:
    key = url_key(f"https://e.pk/{slug}?id=1")
    for spelling in (
        f"HTTP://E.PK/{slug}?id=1",
        f"https://e.pk:443/{slug}?id=1#{fragment}",
        f"http://e.pk:80/{slug}?{tracking}&id=1",
        f"https://user@e.pk/{slug}?id=1&{tracking}",
        f"https://e.pk/./x/../{slug}?&id=1&",
    ):
        assert url_key(spelling) == key


@given(one=SLUGS, other=SLUGS)
def test_other_slugs_are_other_articles(one: str, other: str) -> None:
    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
    assert (url_key(f"https://e.pk/{one}") == url_key(f"https://e.pk/{other}")) is same


VALUES = st.one_of(st.integers(0, 10**9).map(str), LETTERS)
NAMES = st.sampled_from(["id", "p", "page", "story", "nid", "n", "q", "lang", "cat", "sid", "ref"])
QUERIES = st.dictionaries(NAMES, VALUES, min_size=1, max_size=4)


@given(one=QUERIES, other=QUERIES)
def test_other_parameters_that_matter_are_other_articles(
    one: dict[str, str], other: dict[str, str]
) -> None:
    def key(query: dict[str, str]) -> str:
        return url_key(f"https://e.pk/news?{'&'.join(f'{k}={quote(v)}' for k, v in query.items())}")

    def composed(query: dict[str, str]) -> dict[str, str]:
        return {name: unicodedata.normalize("NFC", value) for name, value in query.items()}

    assert (key(one) == key(other)) is (composed(one) == composed(other))


@given(slug=st.from_regex(r"[a-z]{1,12}", fullmatch=True), at=st.integers(0, 11))
def test_another_case_of_the_path_is_another_article(slug: str, at: int) -> None:
    other = slug[:at] + slug[at : at + 1].upper() + slug[at + 1 :]
    assert (url_key(f"https://e.pk/{slug}") == url_key(f"https://e.pk/{other}")) is (slug == other)


ODD = st.text(
    st.one_of(
        st.sampled_from("%/?#&=;.:@[]\\ \t\n\0\ud800\u202e\u200f\u0654\u0653\u0338\u037e\u212a"),
        st.characters(),
    ),
    max_size=60,
)  # fmt: skip


@given(host=st.sampled_from(["e.pk", "E.PK:443", "خبر.pk", "127.0.0.1:81", ""]), rest=ODD)
def test_strange_text_is_refused_or_has_a_key_that_is_its_own_key(host: str, rest: str) -> None:
    for text in (f"https://{host}/{rest}", f"http://{host}{rest}", rest):
        try:
            key = url_key(text)
        except ValueError:
            continue
        assert url_key(key) == key
        assert key.isascii()
        assert key.isprintable()
        assert len(key) <= MAX_URL_LENGTH


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # what mcmetadata's normalize_url joined (peers.md, C7)
        ("https://e.pk/News/KPFloods", "https://e.pk/news/kpfloods"),
        ("https://e.pk/a?id=AbC", "https://e.pk/a?id=abc"),
        ("https://e.pk/khyber-blast/", "https://e.pk/kp-floods/"),
        ("https://e.pk/kp-floods", "https://e.pk/"),
        # structure hidden in escapes
        ("https://e.pk/a%2Fb", "https://e.pk/a/b"),
        ("https://e.pk/?a=1%262", "https://e.pk/?a=1&2"),
        ("https://e.pk/a%3Fid=1", "https://e.pk/a?id=1"),
        ("https://e.pk/a%3Bb", "https://e.pk/a;b"),
        # windows-1256 and UTF-8, and letters that only look alike
        ("https://e.pk/%CE%C8%D1", "https://e.pk/خبر"),
        ("https://e.pk/ی", "https://e.pk/ي"),
        ("https://e.pk/ک", "https://e.pk/ك"),
        ("https://e.pk/\u037e", "https://e.pk/;"),
        # a session is a session, and a story a story
        ("https://e.pk/a?sid=1", "https://e.pk/a?sid=2"),
        ("https://e.pk/a?ref=1", "https://e.pk/a?ref=2"),
        ("https://e.pk/a;id=1", "https://e.pk/a;id=2"),
        ("https://e.pk/a/amp", "https://e.pk/a"),
        ("https://m.e.pk/a", "https://e.pk/a"),
    ],
)
def test_what_may_be_two_articles_stays_two(one: str, other: str) -> None:
    assert url_key(one) != url_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://e.pk/news/1;jsessionid=0A1B.node2?id=3", "https://e.pk/news/1?id=3"),
        ("https://e.pk/news/1?id=3&JSESSIONID=0A1B", "https://e.pk/news/1?id=3"),
        ("https://e.pk/a?fbclid=x&sort=1", "https://e.pk/a?sort=1"),
        ("https://e.pk/a?PHPSESSID=x", "https://e.pk/a"),
        ("https://e.pk/%D8%A2%D8%AC", "https://e.pk/%D8%A7%D9%93%D8%AC"),
        ("https://e.pk/?q=%D8%A2", "https://e.pk/?q=\u0627\u0653"),
    ],
)
def test_spellings_that_others_kept_apart_share_a_key(one: str, other: str) -> None:
    assert url_key(one) == url_key(other)


@given(text=st.text(max_size=600))
def test_text_that_is_no_address_has_a_key_that_no_address_has(text: str) -> None:
    key = unaskable_key(text)
    assert key.isprintable()
    assert len(key) < 260
    with pytest.raises(ValueError, match="not an"):
        url_key(key)


@given(one=st.text(max_size=300), other=st.text(max_size=300))
def test_two_texts_that_are_no_address_have_two_keys(one: str, other: str) -> None:
    assert (unaskable_key(one) == unaskable_key(other)) is (one == other)
