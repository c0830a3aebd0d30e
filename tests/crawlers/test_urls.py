from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.urls import address_refusal, ascii_url, host_of, key_hash, registered_domain, url_key

PATHS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="?#"), max_size=40
)
HOSTS = st.from_regex(r"[a-z]{1,8}(\.[a-z]{2,6}){1,2}(:[1-9][0-9]{1,3})?", fullmatch=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://dawn.com/news/1", "https://dawn.com/news/1"),
        ("https://DAWN.com:443/news/1/", "https://dawn.com/news/1"),
        ("https://e.pk/news/1#top", "https://e.pk/news/1"),
        ("https://e.pk/?utm_source=x&p=3&fbclid=q", "https://e.pk/?p=3"),
        ("https://e.pk/خیبر-دھماکہ/", "https://e.pk/%d8%ae%DB%8C%D8%A8%D8%B1-دھماکہ"),
        ("https://e.pk/a/../b/./c", "https://e.pk/b/c"),
        ("https://e.pk/%7euser", "https://e.pk/~user"),
        ("https://e.pk/?b=2&a=1", "https://e.pk/?a=1&b=2"),
        (" https://e.pk/a\n ", "https://e.pk/a"),
        ("https://e.pk", "https://e.pk/"),
    ],
)
def test_spellings_of_one_url_share_a_key(one: str, other: str) -> None:
    assert url_key(one) == url_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://e.pk/?p=1", "https://e.pk/?p=2"),
        ("https://e.pk/News/aB", "https://e.pk/news/ab"),
        ("https://e.pk/a%2Fb", "https://e.pk/a/b"),
        ("https://www.e.pk/a", "https://e.pk/a"),
        ("https://e.pk:8443/a", "https://e.pk/a"),
        ("https://e.pk/a?x", "https://e.pk/a"),
        ("https://e.pk/khyber-blast/", "https://e.pk/"),
        ("https://e.pk/?a=1&a=2", "https://e.pk/?a=2&a=1"),
    ],
)
def test_different_articles_keep_different_keys(one: str, other: str) -> None:
    assert url_key(one) != url_key(other)


@pytest.mark.parametrize(
    "text", ["", "mailto:a@b.pk", "javascript:x", "/news/1", "https://", "http://a b/", "ftp://e.pk/",
             "http://e.pk:99999/", "http://[::1", f"https://e.pk/{'a' * 3000}", "https://-. /"]
)  # fmt: skip
def test_what_is_no_web_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the standard library words it in many ways)
        url_key(text)


@given(host=HOSTS, path=PATHS, query=PATHS)
def test_key_of_a_key_is_the_key(host: str, path: str, query: str) -> None:
    key = url_key(f"http://{host}/{path}?{query}")
    assert url_key(key) == key
    assert key.isascii()


@given(host=HOSTS, path=PATHS)
def test_percent_encoding_never_changes_the_key(host: str, path: str) -> None:
    plain = path.replace("%", "%25")
    coded = quote(path, safe="/:@!$&'()*+,;=[]")
    assert url_key(f"https://{host}/x{plain}x") == url_key(f"https://{host}/x{coded}x")


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        ("https://e.pk/a b.xml?c=d e", "https://e.pk/a%20b.xml?c=d%20e"),
        ("https://e.pk/a\x9b31m\u202etxt", "https://e.pk/a%C2%9B31m%E2%80%AEtxt"),
        ("https://e.pk/\x1b[31m/{evil}\n", "https://e.pk/[31m/%7Bevil%7D"),
        ("https://e.pk/خبر/1", "https://e.pk/%D8%AE%D8%A8%D8%B1/1"),
        ("http://خبر.pk:8080/1", "http://xn--ngblk.pk:8080/1"),
        ("https://e.pk/%D8%AE%zz?q=%20&r=[]|'", "https://e.pk/%D8%AE%zz?q=%20&r=[]|'"),
    ],
)
def test_url_is_asked_in_what_a_uri_may_hold(listed: str, asked: str) -> None:
    assert ascii_url(listed) == asked


@given(host=HOSTS, rest=st.text(st.characters(exclude_characters="#"), max_size=40))
def test_url_as_it_is_asked_has_the_key_of_the_url_as_it_was_listed(host: str, rest: str) -> None:
    listed = f"https://{host}/{rest}"
    asked = ascii_url(listed)
    assert (asked.isascii(), asked.isprintable(), " " in asked) == (True, True, False)
    assert (ascii_url(asked), url_key(asked)) == (asked, url_key(listed))


@given(host=HOSTS, one=st.integers(0, 10**9), other=st.integers(0, 10**9))
def test_ids_in_parameters_and_paths_are_never_joined(host: str, one: int, other: int) -> None:
    for form in ("https://{}/?p={}", "https://{}/news/{}", "https://{}/a?id={}&utm_medium=x"):
        keys = {url_key(form.format(host, number)) for number in (one, other)}
        assert len(keys) == len({one, other})


@given(text=st.text(max_size=80))
def test_any_text_is_keyed_or_refused_with_value_error(text: str) -> None:
    for url in (text, f"https://{text}", f"https://e.pk/{text}"):
        try:
            key = url_key(url)
        except ValueError:
            continue
        assert url_key(key) == key


def test_key_hash_fits_a_bigint() -> None:
    assert 0 <= key_hash("https://e.pk/") < 2**63
    assert key_hash("https://e.pk/a") != key_hash("https://e.pk/b")


def test_registered_domain_needs_no_network_and_keeps_bare_hosts() -> None:
    assert registered_domain("www.dawn.com") == "dawn.com"
    assert registered_domain("www.nation.com.pk") == "nation.com.pk"
    assert registered_domain("feeds.bbci.co.uk:443") == "bbci.co.uk"
    assert registered_domain("127.0.0.1:8123") == "127.0.0.1:8123"
    assert registered_domain("localhost:8123") == "localhost:8123"
    assert host_of("HTTP://Dawn.com:80/x") == "dawn.com"


@pytest.mark.parametrize(
    "ip",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1",
     "224.0.0.1", "::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "2002:0a00:0001::",
     "64:ff9b::a9fe:a9fe", "0.1.2.3", "255.255.255.255", "::127.0.0.1", "fec0::1",
     "64:ff9b:1::7f00:1", "::ffff:0:7f00:1", "5f00::1", "3fff::1", "192.88.99.1", "::ffff:8.8.8.8",
     "2001:db8::1", "2001::1", "100::1", "4000::1", "ff0e::1", "2002:7f00:1::",
     "2001:0:808:808::1"],
)  # fmt: skip
def test_private_addresses_are_refused(ip: str) -> None:
    assert address_refusal(ip, "news.example:80", {"127.0.0.1:8123"})


def test_public_addresses_and_exact_loopback_pairs_pass() -> None:
    assert address_refusal("8.8.8.8", "news.example:443", ()) is None
    for public in ("2a03:2880::1", "2606:4700::6810:84e5", "2400:cb00::1", "64:ff9b::808:808",
                   "2002:808:808::1"):  # fmt: skip
        assert address_refusal(public, "news.example:443", ()) is None, public
    assert address_refusal("127.0.0.1", "127.0.0.1:8123", {"127.0.0.1:8123"}) is None
    assert address_refusal("127.0.0.1", "127.0.0.1:8124", {"127.0.0.1:8123"})
    assert address_refusal("10.0.0.1", "10.0.0.1:8123", {"10.0.0.1:8123"})
