import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.crawlers.outlet import Answer, Outlet
from tests.khabar.command import settings_of

FILE = """
name: {name}
home: {base}/
languages: [en]
timezone: Asia/Karachi
entrances: [{{feed: '{base}/silent/{name}'}}]
"""


@pytest.mark.parametrize("words", [("check",), ("try", "{base}/silent/a")])
def test_ctrl_c_leaves_no_crawl_and_no_file_behind(tmp_path: Path, words: tuple[str, ...]) -> None:
    outlets = [Outlet() for _ in range(2)]
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    (home / "sources").mkdir(parents=True)
    scratch.mkdir()
    for name, outlet in zip("ab", outlets, strict=True):
        outlet.routes[f"/silent/{name}"] = Answer(behave="silent")
        (home / "sources" / f"s{name}.yml").write_text(FILE.format(name=name, base=outlet.base))
    later = FILE.format(name="later", base=outlets[0].base)
    (home / "sources" / "waits_for_sa.yml").write_text(later)
    loopback = " ".join(outlet.host for outlet in outlets)
    said = [word.format(base=outlets[0].base) for word in words]
    process = subprocess.Popen(
        [sys.executable, "-m", "khabar.cli", "sources", *said],
        env=settings_of(home, loopback=loopback) | {"TMPDIR": str(scratch)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while "/silent/a" not in outlets[0].paths and time.monotonic() < deadline:
        time.sleep(0.1)
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode not in (0, None)
    assert "Traceback" not in err
    assert not [child for child in children if child.is_running()]
    assert list(scratch.iterdir()) == []
    assert "/silent/later" not in outlets[0].paths
    for outlet in outlets:
        outlet.close()
