import time

import pytest

from khabar import progress as progress_module
from khabar.progress import Progress


def test_sources_beyond_a_hundred_share_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        for number in range(250):
            progress.source(f"s{number}", f"s{number}: 1 articles", is_done=True)
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 101
    assert lines[-1] == "200 sources done, of which the last: s199: 1 articles"


def test_without_a_terminal_it_is_said_who_is_waited_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_module, "WAIT_SECONDS", 0.05)
    with Progress() as progress:
        progress.expect(["herald", "ledger", "late"])
        progress.source("herald", "crawling")
        progress.source("ledger", "ledger: 3 articles", is_done=True)
        time.sleep(0.3)
    said = capsys.readouterr().err
    assert "waiting for herald (crawling, 0 s)\n" in said
    assert "late" not in said
    time.sleep(0.2)
    assert capsys.readouterr().err == ""
