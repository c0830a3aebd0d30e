from pathlib import Path

import duckdb
import pytest

from tests.warehouse.lake.postgres import PASSWORD
from warehouse.errors import WarehouseError
from warehouse.lake.connect import _in_words
from warehouse.lake.place import Lake


@pytest.mark.parametrize("before", range(280, 320))
def test_a_password_that_lies_across_the_cut_is_shown_nowhere(before: int, tmp_path: Path) -> None:
    lake = Lake(address="dbname=lake", password=PASSWORD, data=tmp_path)
    for written in (PASSWORD, PASSWORD.replace("'", "''"), PASSWORD.replace("'", "\\'")):
        said = f"{written} {'x' * before}"
        with pytest.raises(WarehouseError) as told, _in_words(lake):
            raise duckdb.CatalogException(said)
        assert "lake" not in str(told.value).removeprefix(str(lake))
