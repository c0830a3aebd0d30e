"""The DAG `import_archive`: what others kept, from the folder inbox into the warehouse."""

# mypy: disallow-untyped-decorators=False
# (Airflow is not followed by mypy: its decorators are Any.)

from datetime import UTC, datetime, timedelta

from airflow.sdk import Param, dag, get_current_context, task

from dags.command import run_khabar, tell_loads
from dags.running import DEFAULTS, SNAPSHOT

ABOUT = """
Takes WARC files, and folders of saved pages with their `manifest.jsonl`, from `inbox/` under
KHABAR_HOME into a batch of their own, loads and publishes it. What is done goes to `inbox/done`,
a damaged file to `inbox/failed`, with a note of why.
Nothing outside of that folder is read: a path, or a link, is refused.

* **To begin**: copy the files into `inbox/`, then *Trigger*; write their names, or none for all.
* **Red**: something was refused or is damaged; the log names it. All that could be read is in:
  get that file again, put it into `inbox/`, and trigger once more. Nothing is taken twice.
"""

PARAMS = {
    "names": Param(
        [],
        type="array",
        items={"type": "string"},
        title="Names",
        description="Files and folders in inbox/; empty: all that lies there",
    ),
    "all_hosts": Param(
        False,
        type="boolean",
        title="All hosts",
        description="Of WARC files, take pages of hosts too that are no outlet of the catalogue",
    ),
}


@task(task_display_name="Import", outlets=[SNAPSHOT], execution_timeout=timedelta(days=2))
def take_in() -> str:
    """Import what was chosen, as `khabar import --inbox` does.

    **Failed?** The last line of the log names what was refused or damaged, and why. What could be
    read is in the warehouse. Mend it, then *Clear* this task, or trigger a new run.
    """
    params = get_current_context()["params"]
    hosts = ("--all",) if params["all_hosts"] else ()
    line = run_khabar("import", "--inbox", *hosts, "--", *params["names"])
    tell_loads("import")
    return line


@dag(
    dag_id="import_archive",
    dag_display_name="Import from the inbox",
    description="WARC files and saved pages of inbox/ → warehouse → snapshot",
    doc_md=ABOUT,
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    params=PARAMS,
    tags=["khabar", "by hand"],
)
def import_archive() -> None:
    """Lay out the task."""
    take_in()


import_archive()
