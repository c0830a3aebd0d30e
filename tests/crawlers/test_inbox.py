import time
from pathlib import Path

import pytest

from crawlers.captures import ImportRefusedError
from crawlers.inbox import list_inbox, put_away, take_from_inbox

WARC = b"WARC/1.1\r\nWARC-Type: warcinfo\r\nContent-Length: 0\r\n\r\n\r\n\r\n"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    (folder / "saved").mkdir(parents=True)
    (folder / "saved" / "manifest.jsonl").write_text('{"file": "a.html"}\n')
    (folder / "old.warc").write_bytes(WARC)
    (tmp_path / "secret.warc").write_bytes(WARC)
    return folder


def test_files_and_folders_are_found_by_name(inbox: Path) -> None:
    found = take_from_inbox(inbox.parent, ["old.warc", "saved", "old.warc"])
    assert found == [inbox / "old.warc", inbox / "saved"]


@pytest.mark.parametrize(
    "name",
    ["../secret.warc", "/etc/passwd", "saved/manifest.jsonl", "..", ".", "", "done", ".hidden"],
)
def test_path_is_refused_by_name(inbox: Path, name: str) -> None:
    (inbox / ".hidden").write_bytes(WARC)
    with pytest.raises(ImportRefusedError, match="is no name of a file"):
        take_from_inbox(inbox.parent, [name])


def test_link_is_refused_also_within_a_folder_and_where_it_dangles(inbox: Path) -> None:
    (inbox / "link.warc").symlink_to(inbox.parent / "secret.warc")
    (inbox / "dangling.warc").symlink_to(inbox / "nothing")
    (inbox / "saved" / "a.html").symlink_to(inbox.parent / "secret.warc")
    for name in ("link.warc", "dangling.warc", "saved"):
        with pytest.raises(ImportRefusedError, match="is a link"):
            take_from_inbox(inbox.parent, [name])


def test_what_is_missing_or_cannot_be_imported_is_named(inbox: Path) -> None:
    (inbox / "photo.jpg").write_bytes(b"\xff\xd8")
    (inbox / "manifest.jsonl").write_text('{"file": "b.html"}\n')
    (inbox / ".part").write_bytes(b"")
    found, refused = list_inbox(inbox.parent)
    assert found == [inbox / "old.warc", inbox / "saved"]
    assert len(refused) == 2
    assert "manifest.jsonl: put a manifest and its pages into a folder" in refused[0]
    assert "photo.jpg: is neither a WARC file nor a manifest" in refused[1]
    with pytest.raises(ImportRefusedError, match=r"'gone.warc': does not lie in"):
        take_from_inbox(inbox.parent, ["gone.warc"])


def test_a_file_that_is_still_being_copied_is_left_for_the_next_time(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy_on(_: float) -> None:
        with (inbox / "old.warc").open("ab") as file:
            file.write(WARC)

    monkeypatch.setattr(time, "sleep", copy_on)
    found, refused = list_inbox(inbox.parent)
    assert found == [inbox / "saved"]
    assert refused == (f"{inbox / 'old.warc'}: is still being copied; the next import takes it",)


def test_what_is_done_is_put_away_and_replaces_nothing(inbox: Path) -> None:
    home = inbox.parent
    assert put_away(home, take_from_inbox(home, ["old.warc"]), {}).endswith("old.warc")
    (inbox / "old.warc").write_bytes(WARC)
    put_away(home, take_from_inbox(home, ["old.warc"]), {})
    done = sorted(path.name for path in (inbox / "done").iterdir())
    assert len(done) == 2
    assert done[1] == "old.warc"
    assert list_inbox(home) == ([inbox / "saved"], ())


def test_what_is_damaged_is_put_aside_with_a_note_of_why(inbox: Path) -> None:
    home = inbox.parent
    harmed = {"old.warc": "old.warc at 7: ends in mid-record"}
    said = put_away(home, take_from_inbox(home, ["old.warc", "saved"]), harmed)
    assert said == "imported, now in inbox/done: saved; damaged, now in inbox/failed: old.warc"
    note = inbox / "failed" / "old.warc.why.txt"
    assert note.read_text() == "old.warc at 7: ends in mid-record\n"
    assert list_inbox(home) == ([], ())
    with pytest.raises(ImportRefusedError):
        take_from_inbox(home, ["failed"])


def test_home_without_an_inbox_has_nothing_to_import(tmp_path: Path) -> None:
    assert list_inbox(tmp_path) == ([], ())
