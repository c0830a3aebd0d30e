"""The example notebook runs on a town's snapshot, and what it shows is stored with it."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from tests import notebook
from tests.whole_way.conftest import Life

MACHINE = re.compile(r"/(tmp|home|root|work|usr|var|Users|opt)/|site-packages|\.venv|\x1b\[")


def code_cells(read: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in read.cells if cell.cell_type == "code"]


def shown(cell: NotebookNode) -> str:
    """Give what a cell printed and drew, as its text."""
    outs = (out.get("text") or str(out.get("data")) for out in cell.outputs)
    return "\n".join(outs)


def test_each_cell_finds_something_in_a_new_snapshot(life: Life, tmp_path: Path) -> None:
    connect, plot, search, story, changes, cite = code_cells(
        notebook.run_notebook(life.home, tmp_path)
    )
    assert "3-" in shown(connect)
    assert [list(out.data) for out in plot.outputs] == [["image/png", "text/plain"]]
    for cell, least in ((search, 3), (story, 2), (changes, 1)):
        (out,) = cell.outputs
        assert out.data["text/html"].count("<tr>") > least
    assert re.search('<td dir="auto">[^<]*سیلاب', shown(search))
    assert "version 1 of " in shown(cite)
    assert "SHA-256" in shown(cite)


def test_a_cell_that_fails_fails_the_run(
    life: Life, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = nbformat.from_dict(notebook.read_notebook())
    broken.cells = [nbformat.v4.new_code_cell("raise ValueError('wrong')")]
    monkeypatch.setattr(notebook, "read_notebook", lambda: broken)
    with pytest.raises(CellExecutionError, match="wrong"):
        notebook.run_notebook(life.home, tmp_path)


def test_what_is_stored_is_whole_and_tells_of_no_machine() -> None:
    stored = notebook.read_notebook()
    nbformat.validate(stored)
    cells = code_cells(stored)
    assert 6 <= len(cells) <= 10
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert [bool(cell.outputs) for cell in cells] == [True] * len(cells)
    outs = [out for cell in cells for out in cell.outputs]
    assert {out.output_type for out in outs} <= {"execute_result", "display_data", "stream"}
    assert {out.name for out in outs if out.output_type == "stream"} <= {"stdout"}
    for cell in cells:
        assert not MACHINE.search(shown(cell))
    assert "'image/png'" in shown(cells[1])
    assert notebook.NOTEBOOK.stat().st_size < 200_000
