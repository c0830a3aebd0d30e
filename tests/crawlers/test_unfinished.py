import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crawlers.batch import write_whole
from crawlers.unfinished import new_file, part_of

WRITE_AND_DIE = """
import os, signal, sys
from pathlib import Path
from crawlers.batch import write_whole
Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
write_whole(Path(sys.argv[1]), b"half")
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_next_file_that_is_written_clears_what_a_kill_left_in_its_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITE_AND_DIE, str(tmp_path / "crawl.dawn.json")]
    done = subprocess.run(command, check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = names(tmp_path)
    assert left.startswith(".crawl.dawn.json.")
    with part_of(tmp_path / "extract.dawn.json") as (living, _):
        (tmp_path / ".mine.part").write_text("no number: not ours")
        write_whole(tmp_path / "load.json", b"whole")
        assert names(tmp_path) == [living.name, ".mine.part", "load.json"]
    assert (tmp_path / "load.json").read_bytes() == b"whole"


def test_writers_in_one_folder_clear_nothing_of_each_other(tmp_path: Path) -> None:
    def write(number: int) -> None:
        write_whole(tmp_path / f"{number % 40}.json", str(number).encode())

    with ThreadPoolExecutor(16) as writers:
        list(writers.map(write, range(800)))
    assert names(tmp_path) == sorted(f"{number}.json" for number in range(40))


def test_link_that_somebody_laid_is_not_written_through(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("precious")
    for name, to in ((".x.1.part", theirs), (".x.2.part", tmp_path / "nowhere")):
        (tmp_path / name).symlink_to(to)
        with pytest.raises(FileExistsError):
            new_file(tmp_path / name)
    write_whole(tmp_path / "x", b"ours")
    assert theirs.read_text() == "precious"
    assert not os.path.lexists(tmp_path / "nowhere")
