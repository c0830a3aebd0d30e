"""Whom an article credits: by the strongest place, and never the outlet itself."""

import time
from dataclasses import replace

import pytest

from crawlers.catalogue import Source
from crawlers.page import Fetch, ListedItem
from tests.transforms.credit_texts import EN, EN2, HERALD, PS, UR, credit_of
from tests.transforms.pages import SOURCE, URL, html, make_page
from transforms.article import Article
from transforms.credits import Outlet, credited_in
from transforms.pipeline import transform_listing, transform_page
from transforms.version import reads_credits


@pytest.mark.parametrize(
    ("bylines", "source"),
    [
        (("Zala Khan, APP",), "APP"), (("Zala Khan", "AFP"), "AFP"), (("اے پی پی",), "APP"),
        (("Reuters Staff",), "Reuters"), (("By APP News Agency",), "APP"),
        (("Agence France-Presse",), "AFP"), (("PTI",), "PTI"), (("Web Desk",), None),
        (("ONLINE",), None),
        (("Dawn Stover",), None), (("Valley Herald",), None),
    ],
)  # fmt: skip
def test_a_byline_credits_an_agency(bylines: tuple[str, ...], source: str | None) -> None:
    found = credited_in(f"{EN}\nSource: INP", "", bylines, None, HERALD)
    assert found is not None
    assert (found.source, found.origin) == (
        (source, "byline") if source else ("INP", "credit_line")
    )


def test_the_strongest_place_wins() -> None:
    text = f"LAHORE (NNI): {EN}\nThe officer told Geo News the road was open.\nSource: INP"
    places = []
    for cut in (text, text.replace("(NNI)", "(Web Desk)")):
        for bylines in (("AFP",), ()):
            found = credited_in(cut, cut, bylines, None, HERALD)
            assert found is not None
            places.append((found.source, found.origin))
    dateline, line = ("NNI", "dateline"), ("INP", "credit_line")
    assert places == [dateline, dateline, ("AFP", "byline"), line]


@pytest.mark.parametrize(
    ("text", "names", "host"),
    [
        (f"LONDON (Reuters) - {EN}", ("reuters.com",), "www.reuters.com"),
        (f"PESHAWAR (APP): {EN}", ("Associated Press of Pakistan",), "www.app.com.pk"),
        ("The officer told Radio Pakistan that the road was open.", ("x",), "radio.gov.pk"),
        ("The officer told Dawn.com that the road was open again.", ("Dawn",), "dawn.example"),
        (f"لاہور (ایکسپریس نیوز) {UR}", ("ایکسپریس نیوز",), "express.example"),
        (f"KABUL (VH): {EN}", ("Valley Herald",), "valley.example"),
        (f"SWAT (SNN): {EN}", ("Swat Valley News",), "www.snn.example"),
        (f"SWAT (SNN): {EN}", ("Swat Valley News",), "snntv.example"),
        (f"بي بي سي لیکي چې {PS}", ("BBC News پښتو",), "bbc.example"),
    ],
)
def test_an_outlet_credits_never_itself(text: str, names: tuple[str, ...], host: str) -> None:
    assert credit_of(text, outlet=Outlet(names=names, hosts=(host,))) is None


def test_of_two_names_the_outlets_own_is_passed_over() -> None:
    app = Outlet(names=("APP",), hosts=("app.com.pk",))
    found = credit_of(f"LAHORE (APP/INP) — {EN}", outlet=app)
    assert found is not None
    assert (found.source, found.words) == ("INP", "LAHORE (APP/INP) —")


def test_a_page_keeps_dateline_and_credit() -> None:
    first = f"PESHAWAR, March 3 (APP): {EN}"
    made = transform_page(make_page(page_of(first, EN2, EN2[::-1])), SOURCE)
    assert isinstance(made, Article)
    assert made.body is not None
    assert made.body.startswith(first)
    credit = (made.credited_source, made.credited_from, made.credited_words)
    assert credit == ("APP", "dateline", "PESHAWAR, March 3 (APP):")


def test_a_page_that_credits_nobody_has_none_of_the_three() -> None:
    made = transform_page(make_page(page_of(EN, EN2, EN2[::-1])), SOURCE)
    assert isinstance(made, Article)
    credit = (made.credited_source, made.credited_from, made.credited_words)
    assert credit == (None, None, None)


def test_what_only_a_feed_said_is_read_as_well() -> None:
    full = f"<p>لاہور (این این آئی) {UR}</p><p>{UR}</p>"
    listed = transform_listing(listing(full_text=full), SOURCE)
    assert listed is not None
    assert (listed.body_from, listed.credited_source) == ("feed", "NNI")
    summary = transform_listing(listing(summary=f"PESHAWAR (APP) - {EN}"), SOURCE)
    assert summary is not None
    assert (summary.body_from, summary.credited_source) == ("listed", "APP")


def page_of(*paragraphs: str) -> str:
    text = "".join(f"<p>{one}</p>" for one in paragraphs)
    return html(f"<article><h1>Flood in the lower town</h1>{text}</article>")


def listing(summary: str | None = None, full_text: str | None = None) -> Fetch:
    item = ListedItem(
        title="Flood in the lower town", summary=summary, full_text=full_text, told_by="feed"
    )
    return Fetch(
        source_id="valley", url=URL, url_key=URL, entrance=None, listed=True,
        disposition="failed", item=item,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "A" * 5_000_000, "PESHAWAR, " * 500_000, "(APP) " * 900_000, "APP " * 1_250_000,
        "according to the official " * 200_000, "the state-run news agency " * 200_000 + "APP",
        "پشاور، " * 700_000, "آئی ایس پی آر نے " * 300_000, "\n" * 5_000_000, "([" * 2_000_000,
        "A (A\n" * 900_000, "x adds from " * 400_000, "Source: " * 600_000,
    ],
)  # fmt: skip
def test_a_hostile_text_costs_no_more_than_its_ends(text: str) -> None:
    began = time.process_time()
    credited_in(text, f"{text}\n", (text,), text, replace(HERALD, names=(text[:10_000],)))
    assert time.process_time() - began < 0.2


def test_nothing_is_known_of_credits_that_an_older_extractor_did_not_read() -> None:
    assert not reads_credits("khabar4+trafilatura2.3.1+9f47c98a")
    assert reads_credits("khabar5+trafilatura2.3.1+9f47c98a")
    assert reads_credits("khabar12+trafilatura2.3.1+9f47c98a")


def test_a_source_is_named_by_its_home_too() -> None:
    source = Source(
        id="r", name="Wire", home="https://www.reuters.com/", languages=("en",), timezone=None
    )
    made = transform_page(make_page(page_of(f"LONDON (Reuters) - {EN}", EN2, EN2[::-1])), source)
    assert isinstance(made, Article)
    assert made.credited_source is None


def test_an_agency_that_signs_with_another_name_than_its_own_credits_nobody() -> None:
    wire = Source(
        id="wire", name="Valley Newswire", home="https://wire.example/", languages=("en",),
        timezone=None,
    )  # fmt: skip
    page = make_page(page_of(f"PESHAWAR (VNA): {EN}", EN2, EN2[::-1]))
    credited = [
        made.credited_source
        for source in (wire, replace(wire, credited_as=("VNA",)))
        if isinstance(made := transform_page(page, source), Article)
    ]
    assert credited == ["VNA", None]
