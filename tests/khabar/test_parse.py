"""`khabar parse`, as a program would call it."""

import gzip
import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crawlers.catalogue import load_source
from crawlers.sites import index_hosts
from khabar.cli import app
from khabar.commands.parse import parse_manifest, read_saved_pages
from tests.transforms.pages import PARAGRAPHS, SHARED, article_html, html, ld
from transforms.guard_pool import AT_ONCE

FIELDS = [
    "id", "url", "outcome", "reason", "detail", "title", "title_from", "authors", "authors_from",
    "byline", "section", "section_from", "tags", "tags_from", "image", "image_from", "site_name",
    "site_name_from", "body", "body_from", "word_count", "is_paywalled", "is_truncated", "language",
    "other_language", "canonical_url", "credited_source", "credited_from", "credited_words",
    "published_at", "published_on", "published_precision",
    "published_from", "modified_at", "modified_on", "modified_precision", "modified_from",
]  # fmt: skip


def run(manifest: Path) -> tuple[int, list[dict[str, object]], str]:
    result = CliRunner().invoke(app, ["parse", str(manifest)])
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    return result.exit_code, rows, result.stderr


def write(folder: Path, lines: list[object]) -> Path:
    path = folder / "manifest.jsonl"
    path.write_text("".join(f"{x if isinstance(x, str) else json.dumps(x)}\n" for x in lines))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    said = (
        '{"@type":"NewsArticle","datePublished":"2026-03-09T09:15:00+05:00",'
        '"dateModified":"2026-03-09T10:00:00+05:00","author":["Zala Khan","Web Desk"]}'
    )
    head = (
        f'{ld(said)}<meta name="keywords" content="Flood, Zarin">'
        '<meta property="og:site_name" content="Valley Herald">'
    )
    (tmp_path / "bridge.html.gz").write_bytes(gzip.compress(article_html(head).encode()))
    canonical = '<link rel="canonical" href="https://valley.example/news/school">'
    (tmp_path / "school.html").write_text(article_html(canonical))
    stub = html('<h1>Bridge reopens</h1><p class="paywall">Subscribe to continue reading.</p>')
    (tmp_path / "stub.html").write_text(stub)
    return tmp_path


def test_the_outlets_own_day_is_printed_beside_an_instant_in_utc(folder: Path) -> None:
    stated = '<meta property="article:published_time" content="2026-03-08T20:30:00Z">'
    (folder / "own.html").write_text(article_html(stated))
    url = "https://unlisted.example/2026/03/09/bridge"
    _, rows, _ = run(write(folder, [{"id": "o", "file": "own.html", "url": url}]))
    assert rows[0]["published_at"] == "2026-03-08T20:30:00+00:00"
    assert rows[0]["published_on"] == "2026-03-09"


def test_one_line_a_page_in_order_with_every_field(folder: Path) -> None:
    lines: list[object] = [
        {"id": "b", "file": "bridge.html.gz", "url": "https://valley.example/bridge"},
        {"id": "s", "file": "school.html", "url": "../index.html"},
        {"id": "p", "file": "stub.html", "url": None},
    ]
    code, rows, errors = run(write(folder, lines * 4))
    assert (code, errors) == (0, "")
    assert [row["id"] for row in rows] == ["b", "s", "p"] * 4
    assert all(list(row) == FIELDS for row in rows)
    bridge, school, stub = rows[:3]
    assert bridge["outcome"] == "article"
    assert bridge["published_at"] == "2026-03-09T09:15:00+05:00"
    assert (bridge["published_on"], bridge["published_precision"]) == ("2026-03-09", "second")
    assert (bridge["authors"], bridge["tags"]) == (["Zala Khan"], ["Flood", "Zarin"])
    assert bridge["body"] == "\n".join(PARAGRAPHS)
    assert (bridge["byline"], bridge["authors_from"]) == ("Zala Khan, Web Desk", "json-ld")
    assert (bridge["title_from"], bridge["tags_from"]) == ("html", "meta")
    assert (bridge["site_name_from"], bridge["section_from"]) == ("meta", None)
    assert (bridge["body_from"], bridge["word_count"]) == ("page", 125)
    assert (bridge["is_paywalled"], bridge["is_truncated"]) == (False, False)
    assert (bridge["modified_precision"], bridge["modified_from"]) == ("second", "json-ld")
    assert school["url"] == "https://valley.example/news/school"
    assert (stub["outcome"], stub["reason"], stub["url"]) == ("rejected", "paywall", None)
    assert stub["title"] == "Bridge reopens"


def test_bad_lines_are_named_and_the_rest_goes_on(folder: Path) -> None:
    lines = [
        "not json",
        {"id": "x", "file": "missing.html", "url": ""},
        {"id": "b", "file": "bridge.html.gz", "url": ""},
        {"file": 7},
    ]
    (folder / "half.gz").write_bytes((folder / "bridge.html.gz").read_bytes()[:-20])
    code, rows, errors = run(write(folder, [*lines, {"id": "h", "file": "half.gz", "url": ""}]))
    assert code == 1
    assert [row["id"] for row in rows] == ["b"]
    told = errors.splitlines()
    assert [line.split(":")[0] for line in told] == [
        f"manifest.jsonl line {n}" for n in (1, 2, 4, 5)
    ]
    assert "missing.html" in told[1]


def test_file_outside_the_manifests_folder_is_not_read(folder: Path) -> None:
    (folder / "secret.html").write_text(article_html())
    inside = folder / "inside"
    inside.mkdir()
    (inside / "link.html").symlink_to(folder / "secret.html")
    os.mkfifo(inside / "pipe")
    names = ["../secret.html", str(folder / "secret.html"), "link.html", "pipe"]
    code, rows, errors = run(write(inside, [{"file": name} for name in names]))
    assert (code, rows, len(errors.splitlines())) == (1, [], 4)
    assert errors.count("lies outside the manifest's folder") == 3


def test_endless_line_and_manifest_that_breaks_off_are_named(folder: Path) -> None:
    packed = gzip.compress(b"x" * (3 << 20) + b'\n{"file": "school.html", "url": ""}\n')
    (folder / "manifest.jsonl").write_bytes(packed)
    code, rows, errors = run(folder / "manifest.jsonl")
    assert (code, len(rows)) == (1, 1)
    assert errors.startswith("manifest.jsonl line 1: is no JSON object")
    (folder / "manifest.jsonl").write_bytes(packed[:-12])
    assert "breaks off" in run(folder / "manifest.jsonl")[2]


def test_page_of_an_outlet_is_read_with_its_source_file(folder: Path) -> None:
    (folder / "valley.yml").write_text(
        "name: Valley\nhome: https://valley.example/\nlanguages: [en]\ntimezone: Asia/Karachi\n"
        "entrances:\n  - feed: https://valley.example/feed/\n"
    )
    valley = load_source(folder / "valley.yml")
    urls = ["https://www.valley.example/a", "https://Valley.example:443/b", "https://hill.example/"]
    manifest = write(folder, [{"file": "school.html", "url": url} for url in urls])
    pages = read_saved_pages(manifest, index_hosts([valley]), [])
    assert [page.source.id for page in pages] == ["valley", "valley", "web:hill.example"]


def test_pages_are_read_as_they_are_needed(folder: Path) -> None:
    lines: list[object] = [{"id": n, "file": "school.html"} for n in range(40)]
    manifest = write(folder, [*lines, "not json"])
    problems: list[str] = []
    rows = parse_manifest(manifest, problems)
    first = next(rows)
    (folder / "school.html").unlink()
    rest = list(rows)
    assert first["outcome"] == "article"
    assert len(rest) == AT_ONCE - 1
    assert len(problems) == 40 - AT_ONCE + 1


def test_a_missing_manifest_is_one_clear_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["parse", str(tmp_path / "none.jsonl")])
    assert result.exit_code == 2
    assert "does not exist" in " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/pages")
def test_saved_pages_of_pakistan_are_all_accounted_for(tmp_path: Path) -> None:
    manifest = SHARED / "pages/pakistan/manifest.jsonl"
    lines = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()]
    chosen = [line for line in lines if line["kind"] == "home/listing"] + lines[:40]
    for line in chosen:
        copy = tmp_path / line["file"]
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((manifest.parent / line["file"]).read_bytes())
    code, rows, _ = run(write(tmp_path, chosen))
    assert (code, len(rows)) == (0, len(chosen))
    kinds = [line["kind"] for line in chosen]
    wrong = [
        row["id"]
        for kind, row in zip(kinds, rows, strict=True)
        if kind == "article" and row["outcome"] != "article"
    ]
    assert wrong == []
    homes = [row["reason"] for row in rows[:8]]
    assert homes.count("listing") >= 7
