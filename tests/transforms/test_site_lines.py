"""A site's own lines: what a batch learns of real pages, and what it leaves alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.batch import Batch
from crawlers.catalogue import Hint
from crawlers.job import JOB_JSON, KnownPage, SiteLine
from crawlers.ledger import read_fetches, read_job
from crawlers.urls import key_hash
from tests.transforms.pages import html
from tests.transforms.test_extract import SOURCE_ID, import_pages
from transforms.article import Article
from transforms.batch_files import read_articles, read_site_lines
from transforms.extract import extract_source
from transforms.fingerprint import fingerprint
from transforms.line_places import countable_lines
from transforms.site_lines import IN_FORCE
from transforms.version import extractor_version

pytestmark = pytest.mark.usefixtures("warm_guards")

OFFER = "Carry the valley in your pocket: our news is now on your phone as well"
LEARNT = SiteLine(line=OFFER, place="end", pages=5)


def own_words(name: str, paragraphs: int = 6) -> list[str]:
    """Paragraphs like no other page's."""
    return [
        " ".join(f"{name}{number}word{word} was told" for word in range(12)) + "."
        for number in range(paragraphs)
    ]


def page(name: str, *, above: Sequence[str] = (), below: Sequence[str] = (OFFER,)) -> str:
    lines = "".join(f"<p>{line}</p>" for line in [*above, *own_words(name), *below])
    return html(f"<article><h1>News of {name}</h1>{lines}</article>", title=f"News of {name}")


def pages(count: int, prefix: str = "page", **lines: Sequence[str]) -> dict[str, str]:
    return {f"{prefix}{number}": page(f"{prefix}{number}", **lines) for number in range(count)}


def extract(batch: Batch) -> tuple[dict[str, Article], list[SiteLine]]:
    """Extract a batch; return its articles by their names, and what it learnt."""
    extract_source(batch, SOURCE_ID)
    folder = batch.extract_folder(SOURCE_ID)
    made = read_articles(folder / "articles.parquet")
    learnt = list(read_site_lines(folder / "site_lines.parquet"))
    return {one.url.rpartition("/")[2]: one for one in made}, learnt


def told(batch: Batch, **known: object) -> Batch:
    """Let a batch's job know something."""
    job = replace(read_job(batch, SOURCE_ID), **known)  # type: ignore[arg-type]
    batch.job(SOURCE_ID).write_bytes(JOB_JSON.dump_json(job))
    return batch


def last_line(article: Article) -> str:
    return (article.body or "").split("\n")[-1]


def test_a_line_on_five_pages_is_the_sites_own_and_leaves_every_body(tmp_path: Path) -> None:
    made, learnt = extract(import_pages(tmp_path, pages(5)))
    assert learnt == [LEARNT]
    for name, article in made.items():
        assert (article.body or "").split("\n") == own_words(name)
        assert article.word_count == sum(len(line.split()) for line in own_words(name))
        prints = fingerprint(article.title, article.body)
        assert (article.content_hash, article.text_hash, article.minhash) == (
            prints.content_hash,
            prints.text_hash,
            prints.minhash,
        )


def test_four_pages_are_too_few_to_tell(tmp_path: Path) -> None:
    made, learnt = extract(import_pages(tmp_path, pages(4)))
    assert learnt == []
    assert {last_line(one) for one in made.values()} == {OFFER}


def test_copies_of_a_story_count_once(tmp_path: Path) -> None:
    copies = {f"copy{number}": page("page0", above=[f"Copy {number}."]) for number in range(4)}
    made, learnt = extract(import_pages(tmp_path, pages(4) | copies))
    assert learnt == []
    assert {last_line(one) for one in made.values()} == {OFFER}


@pytest.mark.parametrize(
    "line",
    [
        "(APP)",
        "— Reuters",
        "With input from APP",
        "With additional reporting by our man in the upper valley",
        "By Our Staff Reporter in Tirwal",
        "The writer is a retired engineer who lives in Tirwal.",
        "خبر رساں ایجنسی اے پی پی",
        "Tirwal city",
        "Published in The Valley Herald, August 28th, 2018.",
        " ".join(f"word{number}" for number in range(90)),
    ],
)
def test_credits_town_names_days_and_paragraphs_stay(tmp_path: Path, line: str) -> None:
    ending = "The council meets again on {} to hear them."
    markup = {
        f"page{number}": page(f"page{number}", above=[line], below=[line, ending.format(number)])
        for number in range(7)
    }
    _, learnt = extract(import_pages(tmp_path, markup))
    assert learnt == []


def test_a_subhead_that_recurs_on_a_few_pages_stays(tmp_path: Path) -> None:
    some = {
        f"some{number}": page(f"some{number}", below=["What happens next here", "Nobody knows it."])
        for number in range(5)
    }
    made, learnt = extract(import_pages(tmp_path, some | pages(20, below=())))
    assert learnt == []
    assert "What happens next here" in (made["some0"].body or "")


def test_a_line_amid_the_text_must_stand_on_half_of_the_pages(tmp_path: Path) -> None:
    def amid(name: str) -> str:
        words = own_words(name, 20)
        lines = [*words[:5], "Story continues below this notice", *words[5:]]
        return html(f"<article><h1>News of {name}</h1>{''.join(f'<p>{x}</p>' for x in lines)}")

    markup = {f"page{number}": amid(f"page{number}") for number in range(6)}
    made, learnt = extract(import_pages(tmp_path, markup))
    assert [(one.line, one.place) for one in learnt] == [
        ("Story continues below this notice", "anywhere")
    ]
    assert "continues below" not in (made["page3"].body or "")
    (tmp_path / "more").mkdir()
    _, learnt = extract(import_pages(tmp_path / "more", markup | pages(7, "other", below=())))
    assert learnt == []


@pytest.mark.parametrize(
    "line",
    [
        "Police have registered a case and started an investigation.",
        "پولیس نے مقدمہ درج کر کے تفتیش شروع کر دی۔",
        "Tell us what you saw of it",
    ],
)
@pytest.mark.parametrize("many", [5, 9])
def test_what_many_reports_close_with_is_theirs(tmp_path: Path, line: str, many: int) -> None:
    some = {f"crime{number}": page(f"crime{number}", below=[line]) for number in range(many)}
    made, learnt = extract(import_pages(tmp_path, some | pages(20 - many, below=())))
    assert learnt == []
    assert last_line(made["crime0"]) == line


def test_a_sentence_on_half_of_the_pages_may_be_the_news(tmp_path: Path) -> None:
    line = "Police have registered a case and started an investigation."
    half = {f"crime{number}": page(f"crime{number}", below=[line]) for number in range(6)}
    assert extract(import_pages(tmp_path, half | pages(4, below=())))[1] == []


def test_a_line_that_the_source_file_keeps_is_back_in_bodies(tmp_path: Path) -> None:
    batch = import_pages(tmp_path, pages(6))
    kept = Hint(field="keep", selector=OFFER)
    source = replace(read_job(batch, SOURCE_ID).source, hints=(kept,))
    for lines in ((), (LEARNT,)):
        made, learnt = extract(told(batch, source=source, site_lines=lines))
        assert learnt == []
        assert {last_line(one) for one in made.values()} == {OFFER}
        assert {one.extractor_version for one in made.values()} == {extractor_version(source)}


def test_a_frame_of_many_lines_is_taken_off_from_the_edge(tmp_path: Path) -> None:
    below = [f"{word} of the valley on your phone" for word in ("News", "Roads", "Rain", OFFER)]
    lines = tuple(SiteLine(line=line, place="end", pages=9) for line in below)
    made, _ = extract(told(import_pages(tmp_path, pages(2, below=below)), site_lines=lines))
    assert (made["page0"].body or "").split("\n") == own_words("page0")


def test_an_outlet_with_all_lines_that_it_can_have_learns_no_more(tmp_path: Path) -> None:
    lines = tuple(SiteLine(line=f"Old {n}", place="end", pages=9) for n in range(IN_FORCE))
    assert extract(told(import_pages(tmp_path, pages(6)), site_lines=lines))[1] == []


def test_a_line_learnt_below_is_not_taken_out_above(tmp_path: Path) -> None:
    """What is teased under other articles opens its own."""
    own = page("own", above=[OFFER], below=own_words("more", 14))
    made, _ = extract(import_pages(tmp_path, pages(5) | {"own": own}))
    assert (made["own"].body or "").split("\n")[0] == OFFER
    assert OFFER not in (made["page0"].body or "")


def test_one_new_page_is_cleaned_of_what_was_learnt_before(tmp_path: Path) -> None:
    batch = told(import_pages(tmp_path, pages(1)), site_lines=(LEARNT,))
    made, learnt = extract(batch)
    assert learnt == []
    assert (made["page0"].body or "").split("\n") == own_words("page0")
    assert made["page0"].extractor_version == extractor_version(
        read_job(batch, SOURCE_ID).source, [LEARNT]
    )


def test_a_slow_outlets_pages_are_counted_over_batches(tmp_path: Path) -> None:
    seen = tuple(SiteLine(line=OFFER, place=place, pages=4) for place in ("anywhere", "end"))
    batch = told(import_pages(tmp_path, pages(1)), seen_lines=seen, seen_texts=9)
    assert extract(batch)[1] == [LEARNT]


@pytest.mark.parametrize("how", ["known", "known_hashes"])
def test_a_page_that_is_asked_again_is_no_further_evidence(tmp_path: Path, how: str) -> None:
    seen = tuple(SiteLine(line=OFFER, place=place, pages=4) for place in ("anywhere", "end"))
    batch = import_pages(tmp_path, pages(1))
    fetch = read_fetches(batch, SOURCE_ID)[0]
    known = KnownPage(
        url=fetch.url, url_key=fetch.url_key, etag=None, last_modified=None, page_sha256=None,
        first_seen_at=datetime(2026, 3, 9, tzinfo=UTC), dated_at=None, last_fetched_at=None,
        is_gone=False,
    )  # fmt: skip
    knowing = {"known": (known,), "known_hashes": (key_hash(fetch.url_key),)}
    told(batch, seen_lines=seen, seen_texts=4, **{how: knowing[how]})
    assert extract(batch)[1] == []


def test_where_lines_may_not_be_learnt_those_known_are_taken_out(tmp_path: Path) -> None:
    other = "Ring the desk of the valley about what you saw"
    batch = import_pages(tmp_path, pages(6, below=(other, OFFER)))
    made, learnt = extract(told(batch, site_lines=(LEARNT,), is_learning=False))
    assert learnt == []
    assert {last_line(one) for one in made.values()} == {other}


def test_a_body_of_nothing_else_stays(tmp_path: Path) -> None:
    terms = " ".join(f"term{number}" for number in range(24))
    lines = (SiteLine(line=terms, place="end", pages=9),)
    hollow = html(f"<article><h1>News of nothing</h1><p>{terms}</p></article>")
    made, _ = extract(told(import_pages(tmp_path, {"hollow": hollow}), site_lines=lines))
    assert made["hollow"].body == terms


def test_an_outlet_can_have_no_more_than_twenty_lines_learnt_at_once(tmp_path: Path) -> None:
    below = [f"Number {number} of the thirty endless lines" for number in range(30)]
    _, learnt = extract(import_pages(tmp_path, pages(6, below=below)))
    assert 0 < len(learnt) <= 20


def test_a_version_names_the_lines_and_not_how_often_they_were_seen(tmp_path: Path) -> None:
    source = read_job(import_pages(tmp_path, pages(1)), SOURCE_ID).source
    other = replace(LEARNT, line="Another line of the site")
    assert extractor_version(source, [LEARNT, other]) == extractor_version(
        source, [other, replace(LEARNT, pages=99)]
    )
    versions = {
        extractor_version(source),
        extractor_version(source, [LEARNT]),
        extractor_version(source, [other]),
        extractor_version(source, [replace(LEARNT, place="top")]),
    }
    assert len(versions) == 4


def test_of_a_body_of_very_many_lines_the_ends_are_counted() -> None:
    counted = countable_lines("\n".join(str(number) for number in range(300_000)))
    assert {("0", "top"), ("0", "anywhere"), ("299999", "end")} <= counted
    assert len({line for line, _ in counted}) == 1_000
