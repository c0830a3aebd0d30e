from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.warehouse.batches import BatchMaker, page, text
from tests.warehouse.lake.begun import publish_both
from tests.warehouse.lake.same import assert_same
from warehouse.errors import WarehouseBroken
from warehouse.lake.place import Lake, LakeAway
from warehouse.lake.publish import fill_lake, publish_lake
from warehouse.lake.standing import Standing, read_standing
from warehouse.lake.tidy import KEPT_DAYS, READ_DAYS, tidy_lake
from warehouse.lake.verify import held_snapshot, verify_lake
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot


def quiet(_line: str) -> None:
    pass


def load(home: Path, number: int) -> None:
    maker = BatchMaker(home, number)
    load_batch(maker.source(page(f"/{number}", text(f"{number}"), hour=number)).write())
    publish_snapshot(home)


def begin(home: Path, lake: Lake) -> None:
    load(home, 1)
    publish_both(home, lake)
    load(home, 2)
    publish_lake(home, lake)


def newest_file(lake: Lake, table: str) -> Path:
    return max((lake.data / "main" / table).glob("*.parquet"))


@pytest.mark.slow
def test_a_file_that_is_missing_is_no_lake_that_is_away_and_a_fill_mends_it(
    tmp_path: Path, lake: Lake
) -> None:
    begin(tmp_path, lake)
    lost = newest_file(lake, "articles")
    lost.unlink()
    load(tmp_path, 3)
    for step in (
        lambda: publish_lake(tmp_path, lake),
        lambda: verify_lake(lake, quiet),
        lambda: tidy_lake(lake, datetime.now(UTC)),
    ):
        with pytest.raises(WarehouseBroken, match=rf"{lost.name}.* `khabar lake fill` makes anew"):
            step()
    standing = read_standing(tmp_path)
    assert standing is not None
    assert standing.behind_since is not None
    assert lost.name in str(standing.why)
    fill_lake(tmp_path, lake, quiet)
    assert_same(tmp_path, lake)
    assert "as they were published" in verify_lake(lake, quiet).line
    assert read_standing(tmp_path) == Standing(snapshot_id=held_snapshot(lake))
    for days in (0, KEPT_DAYS + 1, KEPT_DAYS + 1 + READ_DAYS):  # the lost file is forgotten, too
        tidy_lake(lake, datetime.now(UTC) + timedelta(days=days))
    assert_same(tmp_path, lake)


@pytest.mark.slow
def test_a_file_that_was_cut_off_is_named_and_made_anew(tmp_path: Path, lake: Lake) -> None:
    begin(tmp_path, lake)
    cut = newest_file(lake, "stories")
    cut.write_bytes(cut.read_bytes()[:-20])
    with pytest.raises(WarehouseBroken, match=rf"{cut.name}.* `khabar lake fill` makes anew"):
        verify_lake(lake, quiet)
    fill_lake(tmp_path, lake, quiet)
    assert_same(tmp_path, lake)
    verify_lake(lake, quiet)


@pytest.mark.slow
@pytest.mark.parametrize("table", ["batches", "lake_parts"])
def test_a_lake_that_lost_whose_it_is_is_filled_only_where_one_says_so(
    tmp_path: Path, lake: Lake, table: str
) -> None:
    begin(tmp_path, lake)
    newest_file(lake, table).unlink()
    with pytest.raises(WarehouseBroken, match=r"`--replace`, where that is batches or lake_parts"):
        fill_lake(tmp_path, lake, quiet)
    fill_lake(tmp_path, lake, quiet, may_replace=True)
    assert_same(tmp_path, lake)
    verify_lake(lake, quiet)
    load(tmp_path, 3)
    publish_lake(tmp_path, lake)
    assert_same(tmp_path, lake)


@pytest.mark.slow
def test_a_folder_that_lost_all_is_away(tmp_path: Path, lake: Lake) -> None:
    begin(tmp_path, lake)
    lake.data.rename(tmp_path / "elsewhere")
    with pytest.raises(LakeAway, match="is it mounted"):
        verify_lake(lake, quiet)
