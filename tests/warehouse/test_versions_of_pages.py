import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.transforms.pages import PARAGRAPHS, html, ld, make_page, story, to_article
from tests.warehouse.batches import HOST, START, BatchMaker, Line, page, rows
from warehouse.load import load_batch

HEAD = (
    '<link rel="canonical" href="https://mountain.example/news/bridge-{n}-reopens-after-flood">'
    '<meta property="article:published_time" content="2026-07-31T09:00:00+05:00">'
)


def served(n: int, *, body: str = "", head: str = "", above: str = "", below: str = "") -> str:
    """Set the bridge story into a page like those of news sites."""
    written = (
        f'<h1>Bridge reopens after flood</h1>{above}<div class="entry">{body or story()}</div>'
    )
    return html(f"<article>{written}</article>{below}", HEAD.format(n=n) + head)


def reordered(n: int) -> str:
    """Serve the same story in another template: other tags, the sidebar before it."""
    lines = "".join(f'<div><p class="x">\n  <span>{line}</span></p></div>' for line in PARAGRAPHS)
    return (
        f"<!DOCTYPE html><html lang=en><head>{HEAD.format(n=n)}<title>Bridge reopens after flood - "
        "Valley Herald</title></head><body class='v2'><aside><h3>Most read</h3><ul><li>"
        "<a href='/a'>Wheat prices rise again</a></li></ul></aside><main><header>"
        f"<h1 class='big'>Bridge reopens after flood</h1></header><section>{lines}</section></main>"
        "<footer><p>Valley Herald</p></footer></body></html>"
    )


def half(inner: str) -> str:
    return story(*PARAGRAPHS[:2]) + inner + story(*PARAGRAPHS[2:])


LINKS = "".join(
    f'<li><a href="/news/{n}">Story {n} of the day about a dam</a></li>' for n in range(5)
)
VARIANTS: dict[str, Callable[[int], str]] = {
    "an ad within the text": lambda n: served(
        n, body=half('<div class="advertisement">Advertisement<br><a href="/buy">Buy tea</a></div>')
    ),
    "an ad's frame and script": lambda n: served(
        n, body=half('<ins class="adsbygoogle"></ins><script>push({"n": 7})</script>')
    ),
    "a counter of views": lambda n: served(n, above='<div class="post-views">4,321 views</div>'),
    "a time that passes": lambda n: served(n, above="<time>3 minutes ago</time>"),
    "another time that passed": lambda n: served(n, above="<span>Updated 2 hours ago</span>"),
    "a count of shares": lambda n: served(
        n, above='<div class="share"><span>1.2K</span> Shares <a href="#">Tweet</a></div>'
    ),
    "related links": lambda n: served(
        n, below=f'<div class="related"><h3>Related stories</h3><ul>{LINKS}</ul></div>'
    ),
    "related links within the text": lambda n: served(
        n, body=half(f'<div class="related-posts"><h4>Read also</h4><ul>{LINKS}</ul></div>')
    ),
    "a count of comments": lambda n: served(n, below='<a href="#c">17 Comments</a>'),
    "comments": lambda n: served(
        n, below='<div id="comments" class="comments"><h3>2 comments</h3><p class="comment">Well '
        "done, engineers, the bridge was missed by all of us in the villages.</p></div>"
    ),
    "another picture": lambda n: served(
        n, head='<meta property="og:image" content="https://mountain.example/2.jpg">',
        body='<figure><img src="/2.jpg"></figure>' + story(),
    ),
    "a date of change": lambda n: served(
        n, head='<meta property="article:modified_time" content="2026-08-01T05:00:00+05:00">'
    ),
    "structured data": lambda n: served(
        n, head=ld('{"@type": "NewsArticle", "headline": "Bridge reopens after flood",'
                   '"interactionStatistic": {"userInteractionCount": 77}}')
    ),
    "another template": reordered,
    "a newsletter box": lambda n: served(
        n, body=half('<div class="newsletter"><p>Sign up for our newsletter</p><input></div>')
    ),
    "typographic quotes and spaces": lambda n: served(
        n, body=story(*(line.replace(" ", "\u00a0 ", 3) for line in PARAGRAPHS))
    ),
}  # fmt: skip
EDITS: dict[str, Callable[[int], str]] = {
    "a number": lambda n: served(n).replace("twelve tonnes", "fifteen tonnes"),
    "a paragraph put in": lambda n: served(
        n, body=story(*PARAGRAPHS, PARAGRAPHS[0][:90] + " late.")
    ),
    "a paragraph taken out": lambda n: served(n, body=story(*PARAGRAPHS[:3])),
    "a headline": lambda n: served(n).replace("Bridge reopens", "Old bridge reopens"),
    "a headline's number": lambda n: served(n).replace("after flood", "after 3 floods"),
}


def captured(n: int, markup: str, *, hour: float, path: str = "") -> Line:
    """Extract a page with the real extractor, and lay it into a ledger."""
    path = path or f"/news/bridge-{n}-reopens-after-flood"
    at = START + timedelta(hours=hour)
    made = to_article(make_page(markup, HOST + path, fetched_at=at))
    line = page(path, "x", hour=hour)
    sha = hashlib.sha256(markup.encode()).hexdigest()
    record_id = f"urn:uuid:{hashlib.sha256(f'{path} {hour}'.encode()).hexdigest()[:32]}"
    assert line.fetch.record is not None
    record = replace(line.fetch.record, record_id=record_id)
    keys = line.article.keys if line.article and not made.canonical_url else made.keys
    article = replace(made, record_id=record_id, page_sha256=sha, keys=keys)
    return Line(fetch=replace(line.fetch, page_sha256=sha, record=record), article=article)


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Let each variant be served between two looks at the plain page, each as its own article."""
    home = tmp_path_factory.mktemp("home")
    names = [*VARIANTS, *EDITS]
    for hour in (1, 2, 3):
        lines = [
            captured(n, (VARIANTS | EDITS)[name](n) if hour == 2 else served(n), hour=hour)
            for n, name in enumerate(names)
        ]
        load_batch(BatchMaker(home, hour).source(*lines).write())
    listed = rows(home, "SELECT url, version_count FROM articles")
    found = {str(url): count for url, count in listed}
    assert len(found) == len(names)
    return {
        name: found[f"{HOST}/news/bridge-{n}-reopens-after-flood"] for n, name in enumerate(names)
    }


@pytest.mark.parametrize("name", VARIANTS)
def test_what_stands_around_the_text_makes_no_version(counts: dict[str, object], name: str) -> None:
    assert counts[name] == 1


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_that_is_taken_back_is_three_versions(counts: dict[str, object], name: str) -> None:
    assert counts[name] == 3


def test_an_amp_twin_that_is_laid_out_otherwise_is_no_version(tmp_path: Path) -> None:
    plain = captured(0, served(0), hour=1)
    twin = captured(0, reordered(0), hour=1.5, path="/amp/bridge-0-reopens-after-flood")
    short = served(0, body=story(*PARAGRAPHS[:3], "Read the full story on our site."))
    shorter = captured(0, short, hour=2, path="/amp/bridge-0-reopens-after-flood")
    load_batch(BatchMaker(tmp_path, 1).source(plain, twin).write())
    load_batch(BatchMaker(tmp_path, 2).source(shorter).write())
    assert rows(tmp_path, "SELECT version_count FROM articles") == [(1,)]
