from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crawlers.ledger import LedgerError
from warehouse.connection import WarehouseBroken, WriterBusy, snapshot_file


def test_plan_that_cannot_read_the_warehouse_says_so_in_the_note(
    dags: Mapping[str, Any], home: Path, said: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    snapshot_file(home).parent.mkdir(parents=True)
    snapshot_file(home).write_bytes(b"no database" * 1000)
    plan = dags["ingest"].get_task("plan").python_callable
    context = {
        "dag_run": SimpleNamespace(start_date=None, run_id="r1"),
        "params": {"sources": [], "force": False},
    }
    monkeypatch.setitem(plan.__globals__, "get_current_context", lambda: context)
    with pytest.raises(AirflowFailException, match="run `khabar rebuild`"):
        plan()
    assert "warehouse.duckdb: is missing, but" in said["line"]
    assert not (home / "batches").exists()


def test_what_a_user_can_mend_ends_a_task_in_its_own_words(said: dict[str, str]) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from dags.running import in_words, worth_another_try

    for error in (WarehouseBroken("w: is damaged; mend it"), LedgerError("l: off; mend it")):
        for context in (in_words(), worth_another_try(WriterBusy)):
            said.clear()
            with pytest.raises(AirflowFailException, match="mend it"), context:
                raise error
            assert said == {"line": str(error)}


def test_who_has_the_warehouse_is_named_when_the_last_try_was_in_vain(
    said: dict[str, str],
) -> None:
    from dags.running import worth_another_try

    with pytest.raises(ChildProcessError), worth_another_try(WriterBusy):
        raise WriterBusy("process 7 writes")
    assert said == {"line": "process 7 writes"}


def test_a_fault_of_ours_is_named_and_a_skip_says_nothing(said: dict[str, str]) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    from dags.running import in_words

    with pytest.raises(KeyError), in_words():
        raise KeyError("article_id")
    assert said == {"line": "KeyError: 'article_id'"}
    said.clear()
    with pytest.raises(AirflowSkipException), in_words():
        raise AirflowSkipException("no Sunday")
    assert said == {}
