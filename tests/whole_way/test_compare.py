"""A town's archive, extracted again by the extractor that had read it."""

import json

import pytest

from tests.khabar.command import khabar
from tests.whole_way.conftest import Life


@pytest.mark.parametrize(
    "number",
    [pytest.param(0, marks=pytest.mark.slow), pytest.param(1, marks=pytest.mark.slow), 2, None],
)
def test_the_same_extractor_reads_every_archived_page_alike(life: Life, number: int | None) -> None:
    sources = [path.stem for path in life.town.sources_folder.glob("*.yml")]
    names = sources if number is None else [life.batches[number].id]
    settings = {"catalogue": str(life.town.sources_folder)}
    done = khabar(life.home, "parse", "--compare", *names, "--json", **settings)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["fields"], found["flips"], found["unread"]) == ([], [], 0)
    assert found["alike"] == found["archived"] > 0
