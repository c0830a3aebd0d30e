"""An outlet that waits for a word on its extractor is asked as politely as any other."""

import pytest

from tests.whole_way.valley import CHANGED, Valley

pytestmark = pytest.mark.usefixtures("warm_crawls", "warm_guards")


def test_a_held_outlet_is_asked_for_no_page_twice(valley: Valley) -> None:
    valley.publish("dome")
    _, summary = valley.pass_through(force=False, hints=CHANGED)
    assert "valley (held: its extractor changed" in summary.line
    before = len(valley.outlet.paths)
    valley.publish("kiln")
    valley.pass_through(force=False, hints=CHANGED)
    assert [path for path in valley.outlet.paths[before:] if path.startswith("/news")] == [
        "/news/kiln"
    ]
    before = len(valley.outlet.paths)
    valley.pass_through(force=False)
    asked = [path for path in valley.outlet.paths[before:] if path.startswith("/news")]
    assert sorted(asked) == ["/news/dome", "/news/kiln"], "mended, it is held no more"


def test_a_held_outlet_waits_for_its_own_interval(valley: Valley) -> None:
    valley.pass_through(hints=CHANGED, interval_minutes=180)
    batch = valley.collect(force=False, hints=CHANGED, interval_minutes=180)
    assert not batch.job("valley").exists(), "three hours are not over"
    valley.hour += 2
    batch = valley.collect(force=False, hints=CHANGED, interval_minutes=180)
    assert batch.job("valley").exists()
