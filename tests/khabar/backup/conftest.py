"""A home with all that lies in one, made once by importing real WARC files."""

import shutil
from pathlib import Path

import pytest

from tests.khabar.test_import_command import taken, write_warc
from warehouse.publish import publish_snapshot

INCIDENT = """{"incident_id": "20260101T000000Z-silent-00000000", "source_id": "mine",
"kind": "silent", "opened_at": "2026-01-01T00:00:00Z", "closed_at": null, "note": "none in a week",
"acknowledged_by": null, "acknowledged_at": null, "muted_until": null}"""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a home by importing real WARC files, with all that lies in one."""
    folder = tmp_path_factory.mktemp("made")
    for day in (1, 2):
        write_warc(folder / f"{day}.warc.gz", *(
            (f"https://v.test/{number}", number + day, f"2019-05-0{day}") for number in range(4)
        ))  # fmt: skip
        taken(folder / "home", folder / f"{day}.warc.gz")
    home = folder / "home"
    for path, words in {
        "sources/mine.yml": "name: Mine",
        "backfill/mine-2026-01-01-2026-02-01.json": "{}",
        "incidents/20260101T000000Z-silent-00000000.json": INCIDENT,
        "trials/web_v.test.json": "{}",
        "published/releases/june.duckdb": "frozen",
        "newsroom/town.json": '{"sources": "/nowhere", "loopback": []}',
        "locks/host-v.test.json": "resting",
        "airflow/password.json": "secret",
        "inbox/other.warc.gz": "theirs",
        "archive/web_v.test/2026/11/going-on.warc.gz.part": "a crawl's journal",
        "batches/.x.json.9.part": "half",
    }.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(words)
    (home / "backfill" / "mine-2026-01-01-2026-02-01.json").chmod(0o600)
    publish_snapshot(home)  # the table of incidents has what their files say
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "home"))
