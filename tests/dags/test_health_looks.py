"""The page by itself in a headless Chromium: light, dark, and on a phone."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from khabar.settings import read_settings
from tests.dags.browser import CHROMIUM, DESK, PHONE, Browser, open_browser
from tests.dags.health_client import finish, name_run, use_home, visit
from tests.dags.test_health_outlet import write_history
from tests.warehouse.batches import START, BatchMaker, page, text
from warehouse.incidents import acknowledge, mute, open_incident

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (package chromium)")
PAGES = ("/", "/sources/mountain", "/sources/river", "/run?dag=ingest&run=run481", "/nowhere")
LEAST = 4.5
"""Contrast of text with its ground (w3.org, WCAG 2.2, 1.4.3)."""
LEAST_OF_MARKS = 3.0
"""Contrast of a mark that says something (1.4.11)."""
COLOURS = """
(() => {
  const clear = (colour) => colour === "rgba(0, 0, 0, 0)";
  const ground = (one) => {
    while (one && clear(getComputedStyle(one).backgroundColor)) one = one.parentElement;
    return one ? getComputedStyle(one).backgroundColor : "no ground";
  };
  return [...document.querySelectorAll("body, body *")].flatMap((one) => {
    const style = getComputedStyle(one), name = one.tagName + " " + one.getAttribute("class");
    const says = [...one.childNodes].some((part) => part.nodeType === 3 && part.data.trim());
    if (one.matches("rect")) return [["mark", name, style.fill, ground(one)]];
    const behind = ground(one.matches(".dot") ? one.parentElement : one);
    if (one.matches(".dot")) return [["mark", name, style.backgroundColor, behind]];
    return says ? [["text", name, one.matches("svg *") ? style.fill : style.color, behind]] : [];
  });
})()
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, airflow_home: Path) -> Iterator[str]:
    """The app behind its guard, on loopback, with all that a page can show."""
    home = tmp_path_factory.mktemp("looks")
    write_history(home)
    held = BatchMaker(home, 481).source(page("/x", text("x"), hour=481), miscount=1)
    batch = held.source(id="river", failed="http_5xx: HTTP 503 " + "x" * 200).write()
    name_run(batch, "run481")
    finish(batch)
    for source_id, kind in ((None, "disk_low"), ("river", "failing"), ("mountain", "failing")):
        open_incident(home, source_id, kind, "HTTP 503 " + "word" * 60, START)
    muted = open_incident(home, "river", "silent", "nothing", START)
    mute(home, muted.incident_id, START.replace(year=START.year + 90), "Asma")
    acknowledge(home, muted.incident_id, "Asma", START)
    with pytest.MonkeyPatch.context() as patch:
        use_home(home, patch)
        with visit() as opened, serve(opened.app) as served:
            yield served
    read_settings.cache_clear()


@contextmanager
def serve(app: Any) -> Iterator[str]:
    """Let the app answer on loopback."""
    served = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=served.run, daemon=True)
    thread.start()
    while not served.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{served.servers[0].sockets[0].getsockname()[1]}"
    served.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_word_can_be_read_by_day_and_in_the_dark(
    browser: Browser, address: str, *, dark: bool
) -> None:
    seen: set[str] = set()
    for path in PAGES:
        browser.open(address + path, dark=dark)
        ground = browser.ask("getComputedStyle(document.body).backgroundColor")
        assert (brightness(ground) < 0.05) if dark else (brightness(ground) > 0.9), path
        for kind, name, colour, behind in browser.ask(COLOURS):
            seen.add(name)
            least = LEAST if kind == "text" else LEAST_OF_MARKS
            if name.endswith((" blind", " band")):  # no word and no count: they are told in words
                assert colour != behind, (path, name)
            else:
                assert contrast(colour, behind) >= least, (path, name, colour, behind)
    assert {"BUTTON null", "A null", "P quiet", "rect bar", "rect band", "rect blind"} <= seen


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_phone(browser: Browser, address: str, path: str) -> None:
    browser.open(address + path, PHONE)
    assert browser.ask("innerWidth") == PHONE[0]
    wide = browser.ask("document.documentElement.scrollWidth")
    assert wide <= PHONE[0], path


def test_on_a_phone_a_row_is_a_card_whose_cells_say_what_they_are(
    browser: Browser, address: str
) -> None:
    cells = """[...document.querySelectorAll("table[role=table] td")].map((one) => [
        getComputedStyle(one, "::before").content, one.dataset.label,
        Math.round(one.getBoundingClientRect().right)])"""
    browser.open(address, PHONE)
    told = browser.ask(cells)
    assert len(told) == 12
    for said, label, right in told:
        assert said == f'"{label}"'
        assert right <= PHONE[0]
    assert {label for _, label, _ in told} == {
        "State", "28 days", "Last article", "Last batch", "Open incident", "Mend",
    }  # fmt: skip
    browser.open(address, DESK)
    assert {said for said, _, _ in browser.ask(cells)} == {"none"}


def test_a_button_can_be_found_by_the_keyboard(browser: Browser, address: str) -> None:
    browser.open(address)
    for kind in ("keyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab",
                     windowsVirtualKeyCode=9)  # fmt: skip
    outline = "getComputedStyle(document.activeElement).outlineWidth"
    assert browser.ask(outline) == "3px"


def contrast(one: str, other: str) -> float:
    """Reckon how far two colours are apart, 1 to 21 (WCAG 2.2, relative luminance)."""
    dark, light = sorted((brightness(one), brightness(other)))
    return (light + 0.05) / (dark + 0.05)


def brightness(colour: str) -> float:
    """Reckon the relative luminance of a colour, 0 to 1."""
    found = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour)
    assert found is not None, colour
    shares = [int(part) / 255 for part in found.groups()]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
