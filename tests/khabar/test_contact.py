"""Nobody asks a live outlet without saying who asks; that is said before anything is begun."""

from pathlib import Path

import pytest

from tests.khabar.command import assert_one_line, khabar

pytestmark = pytest.mark.usefixtures("warm_crawls")

LIVE = """
name: Hill
home: https://hill.invalid/
languages: [en]
timezone: Asia/Karachi
entrances:
  - feed: https://hill.invalid/feed
backfill:
  - sitemap: https://hill.invalid/sitemap-{yyyy}-{mm}.xml
"""
BACKFILL = ("backfill", "hill", "--from", "2026-05-01", "--to", "2026-05-02")


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    folder = tmp_path / "catalogue"
    folder.mkdir()
    (folder / "hill.yml").write_text(LIVE)
    return folder


@pytest.mark.parametrize("contact", ["", " ", "https://khabar.invalid/contact"])
@pytest.mark.parametrize(
    "words",
    [
        ("run",), ("run", "hill"), ("plan",), ("up", "--exit"), BACKFILL, ("sources", "check"),
        ("sources", "try", "https://hill.invalid/"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_without_a_contact_nothing_is_begun(
    tmp_path: Path, catalogue: Path, words: tuple[str, ...], contact: str
) -> None:
    home = tmp_path / "home"
    done = khabar(home, *words, catalogue=str(catalogue), contact=contact)
    assert_one_line(done, "live outlets", "export KHABAR_CONTACT=")
    assert done.returncode == 1
    assert done.stdout == ""
    assert not home.exists()


@pytest.mark.parametrize("contact", ["foo", "x@y", "@", "you at example.org", "a@b.example\nX: y"])
def test_a_contact_that_leads_nowhere_is_refused(
    tmp_path: Path, catalogue: Path, contact: str
) -> None:
    done = khabar(tmp_path / "home", "run", catalogue=str(catalogue), contact=contact)
    assert_one_line(done, "KHABAR_CONTACT=", "no e-mail address")


@pytest.mark.parametrize(
    "contact", ["desk@khabar.example", "https://khabar.example/us", " desk@khabar.example "]
)
def test_a_contact_that_leads_somewhere_opens_the_way(
    tmp_path: Path, catalogue: Path, contact: str
) -> None:
    done = khabar(tmp_path / "home", "plan", catalogue=str(catalogue), contact=contact)
    assert done.returncode == 0, done.stderr
    assert "1 source due" in done.stdout
