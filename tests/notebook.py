"""The example notebook, run on a home; `python -m tests.notebook` renders it anew."""

import os
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from khabar.newsroom.running import running_town
from tests.whole_way.walk import run_batch

NOTEBOOK = Path(__file__).parent.parent / "docs" / "example.ipynb"
SECONDS = 300


def read_notebook() -> NotebookNode:
    """Read the notebook as it lies in the repository."""
    return nbformat.read(NOTEBOOK, as_version=4)


def run_notebook(home: Path, folder: Path) -> NotebookNode:
    """Run the notebook in docs/ of a folder whose demo/ is a home; raises where a cell fails."""
    (folder / "docs").mkdir()
    (folder / "demo").symlink_to(home)
    notebook = read_notebook()
    settings = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(folder / "run"),
    }
    with patch.dict(os.environ, settings):
        resources = {"metadata": {"path": str(folder / "docs")}}
        NotebookClient(notebook, timeout=SECONDS, resources=resources).execute()
    return notebook


def strip(notebook: NotebookNode) -> None:
    """Drop what differs from run to run and says nothing."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {}


def render() -> None:
    """Let the town live for two looks, twenty hours apart, as the demo does, and run on that."""
    began = datetime.now(UTC) - timedelta(hours=20)
    with tempfile.TemporaryDirectory() as folder, running_town(now=began) as town:
        home = Path(folder) / "home"
        run_batch(town, home)
        town.advance(20)
        run_batch(town, home)
        notebook = run_notebook(home, Path(folder))
    strip(notebook)
    nbformat.write(notebook, NOTEBOOK)


if __name__ == "__main__":
    render()
