from collections.abc import Iterator
from pathlib import Path

import pytest

from transforms import spool
from transforms.spool import Spool


@pytest.mark.parametrize("in_memory_bytes", [1 << 20, 64])
def test_what_is_held_can_be_read_again_from_memory_and_from_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory_bytes: int
) -> None:
    monkeypatch.setattr(spool, "IN_MEMORY_BYTES", in_memory_bytes)
    with Spool((f"value {number}" for number in range(500)), tmp_path) as values:
        for _ in range(2):
            assert list(values) == [f"value {number}" for number in range(500)]
        first = next(iter(values))
        assert (first, len(list(values))) == ("value 0", 500)
    assert list(tmp_path.iterdir()) == []


def test_what_breaks_while_it_is_filled_leaves_nothing_behind(tmp_path: Path) -> None:
    def values() -> Iterator[bytes]:
        yield bytes(spool.IN_MEMORY_BYTES + 1)
        raise KeyError("broken")

    with pytest.raises(KeyError):
        Spool(values(), tmp_path)
    assert list(tmp_path.iterdir()) == []
