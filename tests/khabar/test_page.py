import errno
import gzip
import hashlib
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from khabar.commands.page import ARTICLE
from tests.khabar.command import assert_one_line, khabar, settings_of
from tests.khabar.test_import_command import article
from tests.warehouse.batches import BatchMaker, failed, page, text
from warehouse.dedup import dedup_batch
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

BODY = article(1)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with four imported pages, each coded in its own way."""
    folder = tmp_path_factory.mktemp("page")
    with (folder / "x.warc.gz").open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for name, number, raw, coding in (
            ("plain", 1, BODY, None),
            ("packed", 2, gzip.compress(article(2)), "gzip"),
            ("twice", 3, gzip.compress(article(3)[:99]) + gzip.compress(article(3)[99:]), "gzip"),
            ("brotli", 4, brotli.compress(article(4)), "br"),
        ):
            headers = [("Content-Type", "text/html; x=\x1b[31m")]
            headers += [("Content-Encoding", coding)] if coding else []
            record = writer.create_warc_record(
                f"https://v.test/{name}", "response", payload=io.BytesIO(raw),
                http_headers=StatusAndHeaders("200 OK", headers, "HTTP/1.1"),
                warc_headers_dict={"WARC-Date": f"2019-05-0{number}T10:20:30Z"},
            )  # fmt: skip
            writer.write_record(record)
    done = khabar(folder / "home", "import", "--all", str(folder / "x.warc.gz"))
    assert done.returncode == 0, done.stderr
    return folder / "home"


def id_of(home: Path, name: str) -> str:
    query = f"SELECT article_id FROM articles WHERE url LIKE '%/{name}'"  # noqa: S608
    return str(json.loads(khabar(home, "sql", query, "--json").stdout)["article_id"])


def raw_page(home: Path, article_id: str) -> bytes:
    command = [sys.executable, "-m", "khabar.cli", "page", article_id, "--raw"]
    root = Path(__file__).parents[2]
    env = settings_of(home) | {"PYTHONPATH": str(root)}
    return subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True).stdout


def test_header_says_where_the_page_came_from_and_where_it_lies(home: Path) -> None:
    done = khabar(home, "page", id_of(home, "plain"))
    assert done.returncode == 0, done.stderr
    said = dict(line.split(maxsplit=1) for line in done.stdout.splitlines()[:11] if " " in line)
    assert "https://v.test/plain" in done.stdout
    assert "2019-05-01 10:20:30 UTC" in done.stdout
    assert hashlib.sha256(BODY).hexdigest() == said["SHA-256"]
    assert said["status"] == "200"
    packed = Path(said["file"]).read_bytes()[int(said["offset"]) :][: int(said["length"])]
    record = gzip.decompress(packed)
    assert said["WARC"].removeprefix("record").split()[0].encode() in record
    assert record.endswith(BODY + b"\r\n\r\n")


def test_terminal_codes_of_an_outlet_are_escaped(home: Path) -> None:
    done = khabar(home, "page", id_of(home, "plain"))
    assert "\x1b" not in done.stdout
    assert "text/html; x=\\x1b[31m" in done.stdout


@pytest.mark.parametrize(
    ("name", "number"), [("plain", 1), ("packed", 2), ("twice", 3), ("brotli", 4)]
)
def test_printed_command_yields_the_digest_that_is_printed(
    home: Path, name: str, number: int
) -> None:
    done = khabar(home, "page", id_of(home, name), "--json")
    shown = json.loads(done.stdout)
    assert shown["page_sha256"] == hashlib.sha256(article(number)).hexdigest()
    is_foreign = "warcio.cli extract" in shown["verify"]
    assert is_foreign is (name in ("plain", "packed"))  # warcio cannot undo the others
    if not is_foreign:
        assert shown["verify"] == f"khabar page {id_of(home, name)} --raw | sha256sum"
    else:
        out = subprocess.run(
            ["sh", "-c", shown["verify"]],
            stdout=subprocess.PIPE,
            check=True,
            cwd="/",
            env={"PATH": os.environ["PATH"]},
        ).stdout
        assert out.decode().split()[0] == shown["page_sha256"]


@pytest.mark.parametrize(("name", "number"), [("packed", 2), ("twice", 3), ("brotli", 4)])
def test_raw_writes_the_very_bytes(home: Path, name: str, number: int) -> None:
    assert raw_page(home, id_of(home, name)) == article(number)


def test_raw_bytes_are_not_written_to_a_terminal(home: Path) -> None:
    leader, follower = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "khabar.cli", "page", id_of(home, "plain"), "--raw"],
        env=settings_of(home) | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=follower,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(follower)
    with pytest.raises(OSError, match="Input/output error"):
        os.read(leader, 1)
    os.close(leader)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.endswith("--raw > page.html, or | less")


def test_unknown_id_is_one_line(home: Path, tmp_path: Path) -> None:
    assert_one_line(khabar(home, "page", "17"), "no article has the id 17")
    assert_one_line(khabar(tmp_path / "new", "page", "17"), "nothing is published yet")


def test_archive_that_one_may_not_read_is_no_loss(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    article_id, opened = id_of(home, "packed"), Path.open

    def refuse(path: Path, *given: Any, **named: Any) -> Any:
        if path.is_relative_to(home / "archive"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return opened(path, *given, **named)

    monkeypatch.setattr(Path, "open", refuse)
    cited = khabar(home, "cite", article_id)
    assert "khabar: this cannot be proved here: archive/" in cited.stderr
    for done in (khabar(home, "page", article_id), cited):
        assert "you may not read that; give yourself the right" in done.stderr
        assert "back from a backup" not in done.stderr


def test_page_that_is_not_what_the_ledger_says_is_not_shown(home: Path) -> None:
    article_id = id_of(home, "packed")
    query = ARTICLE.format(article_id=article_id)
    [row] = map(json.loads, khabar(home, "sql", query, "--json").stdout.splitlines())
    warc = home / "archive" / row["file"]
    whole = warc.read_bytes()
    try:
        warc.write_bytes(whole[: row["offset_bytes"] + 40])
        for how in ((), ("--raw",)):
            done = khabar(home, "page", article_id, *how)
            assert_one_line(done, row["file"], "put that file of archive/ back from a backup")
            assert done.stdout == ""
        at = row["offset_bytes"]
        for hurt in (at, at + 20, at + 60, at + 150):
            warc.write_bytes(whole[:hurt] + bytes(4) + whole[hurt + 4 :])
            done = khabar(home, "page", article_id)
            assert_one_line(done, row["file"], "put that file", "`khabar restore DEST`")
            assert "record none" not in done.stderr
        warc.unlink()
        done = khabar(home, "page", article_id)
        assert_one_line(done, row["file"], "the file is missing; put", "`khabar restore DEST`")
        assert "Errno" not in done.stderr
    finally:
        warc.write_bytes(whole)


def write_page(path: Path, url: str, body: bytes) -> None:
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], "HTTP/1.1")
        record = writer.create_warc_record(
            url, "response", payload=io.BytesIO(body), http_headers=headers
        )
        writer.write_record(record)


def test_id_that_was_merged_into_another_still_leads_to_a_page(tmp_path: Path) -> None:
    home, ids = tmp_path / "home", []
    link = b'<link rel="canonical" href="https://v.test/old">'
    pages = (("old", b""), ("young", b""), ("young", link))
    for number, (name, head) in enumerate(pages):
        body = BODY.replace(b"<head>", b"<head>" + head)
        write_page(tmp_path / f"{number}.warc.gz", f"https://v.test/{name}", body)
        done = khabar(home, "import", "--all", str(tmp_path / f"{number}.warc.gz"))
        assert done.returncode == 0, done.stderr
        if not head:
            ids.append(id_of(home, name))
    old, young = ids
    done = khabar(home, "page", young)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"article       {old}  https://v.test/")
    assert f"\nmerged from   {young}, which proved" in done.stdout


def test_article_that_only_a_feed_told_of_is_one_line(tmp_path: Path) -> None:
    line = failed("/b", feed=text("told", 60))
    batch = BatchMaker(tmp_path, 0).source(page("/a", text("read")), line).write()
    dedup_batch(batch)
    load_batch(batch)
    publish_snapshot(tmp_path, batch.id)
    done = khabar(tmp_path, "page", id_of(tmp_path, "b"))
    assert_one_line(done, "has no archived page, its outlet's feed alone told of it: https://")
