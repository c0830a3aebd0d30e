"""Homes whose Health page is looked at, and a client that reads it as a browser does."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import httpx
import lxml.html
import pytest

from crawlers.batch import Batch
from khabar.settings import read_settings
from tests.warehouse.batches import START, BatchMaker, page, text
from warehouse.dedup import dedup_batch
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

if TYPE_CHECKING:
    from starlette.testclient import TestClient

OUTLET = """
name: {name}
home: https://{id}.example/
languages: [en]
timezone: Asia/Karachi
entrances:
  - feed: https://{id}.example/feed/
article: /
"""
HOSTILE = '<script>alert(1)</script> \u202eخبر" onload="x'
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
LOOKED_AT = START + timedelta(days=20, hours=2)
"""When the page is looked at, where a test says what time it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A button of the page, with what a browser sends when it is pressed."""

    label: str
    spoken: str
    method: str
    action: str
    fields: dict[str, str]

    def press(self, client: httpx.Client, *, at: str = "", **written: str) -> httpx.Response:
        """Press it as a browser does on the page itself, with what was written beside it."""
        assert written.keys() <= self.fields.keys()
        sent = self.fields | written
        return client.request(self.method, at + self.action, data=sent, headers=SAME_ORIGIN)


def read_forms(text: str) -> list[Form]:
    """Read the forms of a page."""
    found = []
    for form in find_all(text, "//form"):
        assert isinstance(form, lxml.html.FormElement)
        (button,) = form.iter("button")
        assert button.get("type", "submit") == "submit"
        found.append(
            Form(
                label=str(button.text_content()),
                spoken=button.get("aria-label", ""),
                method=form.method,
                action=str(form.action),
                fields={name: str(form.fields[name] or "") for name in form.fields},
            )
        )
    return found


def find_form(text: str, label: str, about: str = "") -> Form:
    """Find the one button with this label, about this."""
    (found,) = (one for one in read_forms(text) if one.label == label and about in one.spoken)
    return found


def read_table(text: str, heading: str) -> list[list[str]]:
    """Read the rows of the table below a heading, or of the page's first one; its head first."""
    where = "//table" if not heading else f'//h2[.="{heading}"]/following::table'
    tables = find_all(text, where)
    return [[_words(cell) for cell in row] for row in tables[0].iter("tr")] if tables else []


def read_words(text: str, path: str) -> list[str]:
    """Read the words of what an XPath finds."""
    return [_words(one) for one in find_all(text, path)]


def read_links(text: str) -> dict[str, str]:
    """Read the links of a page by what a screen reader says of them."""
    links = find_all(text, "//a[@href]")
    return {one.get("aria-label") or _words(one): one.get("href", "") for one in links}


def find_all(text: str, path: str) -> list[lxml.html.HtmlElement]:
    """Find elements of a page by an XPath."""
    found = lxml.html.document_fromstring(text).xpath(path)
    assert isinstance(found, list)
    return cast("list[lxml.html.HtmlElement]", found)


def _words(element: lxml.html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def finish(batch: Batch) -> None:
    """Load a batch and publish it."""
    dedup_batch(batch)
    load_batch(batch)
    publish_snapshot(batch.home, batch.id)


def name_run(batch: Batch, run_id: str) -> None:
    """Let a batch be of the run by whose id it was named."""
    manifest = batch.manifest.read_text()
    batch.manifest.write_text(manifest.replace('"run_id":"run"', f'"run_id":"{run_id}"'))


def set_clock(monkeypatch: pytest.MonkeyPatch, now: datetime = LOOKED_AT) -> None:
    """Let the page be looked at on that day."""
    monkeypatch.setattr("dags.health.app.datetime", SimpleNamespace(now=lambda _: now))


def use_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the page be of a home with two outlets of its own, and of no other catalogue."""
    (home / "sources").mkdir(exist_ok=True)
    (home / "none").mkdir(exist_ok=True)
    for name, id_ in (("Mountain <b>Post</b>", "mountain"), ("River", "river")):
        (home / "sources" / f"{id_}.yml").write_text(OUTLET.format(name=name, id=id_))
    monkeypatch.setenv("KHABAR_HOME", str(home))
    monkeypatch.setenv("KHABAR_CATALOGUE", str(home / "none"))
    read_settings.cache_clear()


@pytest.fixture
def health_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with two outlets and one loaded batch, in which one of them failed."""
    use_home(tmp_path, monkeypatch)
    made = BatchMaker(tmp_path, 6).source(page("/a", text("a"), title=HOSTILE))
    finish(made.source(id="river", failed=f"http_5xx: {HOSTILE}").write())
    yield tmp_path
    read_settings.cache_clear()


@contextmanager
def visit() -> "Iterator[TestClient]":
    """Come as a user who may press buttons, as seen from behind the guard."""
    from airflow.api_fastapi.core_api.security import get_user
    from starlette.testclient import TestClient

    from dags.health.access import has_buttons, may_edit, may_read
    from dags.health.app import app

    app.dependency_overrides = {
        may_read: lambda: None,
        may_edit: lambda: None,
        has_buttons: lambda: True,
        get_user: lambda: SimpleNamespace(get_name=lambda: "Amina"),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dags.health.app.find_run", no_run)
        yield TestClient(app, follow_redirects=False)
    app.dependency_overrides = {}


async def no_run(*_: object) -> None:
    """Know of no run, as an Airflow that does not answer."""


@pytest.fixture
def client(airflow_home: Path) -> "Iterator[TestClient]":
    """A user who may press buttons."""
    with visit() as opened:
        yield opened


@pytest.fixture
def as_viewer(client: "TestClient") -> None:
    """Let the user be one who may read only."""
    from dags.health.access import has_buttons
    from dags.health.app import app

    app.dependency_overrides[has_buttons] = lambda: False


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, object]]]:
    """Keep what buttons ask of Airflow's API: the path, and what is sent."""
    kept: list[tuple[str, dict[str, object]]] = []

    async def post(_: object, path: str, body: dict[str, object]) -> dict[str, object]:
        kept.append((path, body))
        return {"dag_run_id": "made", "total_entries": 1}

    monkeypatch.setattr("dags.health.airflow_calls._post", post)
    return kept
