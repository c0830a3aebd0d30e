from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from khabar.settings import read_settings
from tests.warehouse.batches import BatchMaker, page, text
from warehouse.load import load_batch


def test_who_waits_for_a_snapshot_is_told_only_of_what_was_let_in(
    dags: Mapping[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = BatchMaker(tmp_path, 1)
    maker.source(page("/a", text("a")), page("/b", text("b")))
    held = maker.source(page("/c", text("c")), id="river", miscount=1).write()
    assert load_batch(held).held == ("river",)
    monkeypatch.setenv("KHABAR_HOME", str(tmp_path))
    read_settings.cache_clear()
    kept: dict[str, Any] = {}
    told = SimpleNamespace(extra=None)
    accept, publish = (
        dags["accept"].get_task(one).python_callable for one in ("accept", "publish")
    )
    context = {
        "params": {"batch": held.id, "source": "river", "why": "a twin"},
        "ti": SimpleNamespace(xcom_push=kept.__setitem__, xcom_pull=lambda key, **_: kept.get(key)),
        "outlet_events": {accept.__globals__["SNAPSHOT"]: told},
    }
    monkeypatch.setattr("dags.running.get_current_context", lambda: context)
    monkeypatch.setitem(accept.__globals__, "get_current_context", lambda: context)
    for _ in range(2):  # a task that died after its commit is tried again
        accept()
        publish()
        assert told.extra["batch"] == held.id
        assert (told.extra["articles_new"], told.extra["articles_updated"]) == (1, 0)
    read_settings.cache_clear()
