import pytest

from khabar.progress import Progress


def test_sources_beyond_a_hundred_share_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        for number in range(250):
            progress.source(f"s{number}", f"s{number}: 1 articles", is_done=True)
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 101
    assert lines[-1] == "200 sources done, of which the last: s199: 1 articles"
