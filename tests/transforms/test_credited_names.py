"""The data file of whom articles credit."""

from pathlib import Path

import pytest
import yaml

from transforms import credited_names
from transforms.credited_names import find_names, is_agency, known_names


def test_every_form_of_the_data_file_is_found_and_is_nobody_elses() -> None:
    for who in known_names().everyone:
        for form in (who.name, *who.forms, *who.words):
            [found] = find_names(form)
            assert (found.who.name, found.start, found.end) == (who.name, 0, len(form))
    assert all(len({one.who.name for one in forms}) == 1 for forms in known_names().forms.values())


def test_the_data_file_says_nothing_that_is_not_read() -> None:
    file = Path(credited_names.__file__).with_name("credited_names.yml")
    raw = yaml.safe_load(file.read_text("utf-8"))
    assert set(raw) == {"names", "never"}
    keys = {"name", "kind", "forms", "words", "hosts", "photos"}
    assert all(set(entry) <= keys for entry in raw["names"])
    kinds = {"agency", "broadcaster", "newspaper", "press_office", "institution", "pictures"}
    assert {entry["kind"] for entry in raw["names"]} == kinds
    names = [entry["name"] for entry in raw["names"]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "name",
    ["APP", "dpa", "reuters", "The Associated Press", "آن لائن", "Agence France Presse", "XY"],
)
def test_agencies_are_known_however_they_are_printed(name: str) -> None:
    assert is_agency(name)


def test_people_institutions_and_broadcasters_are_no_agencies() -> None:
    assert not any(map(is_agency, ("Zala Khan", "Radio Pakistan", "Met Office", "زالہ خان")))
