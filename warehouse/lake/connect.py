"""open_lake(): a connection to the lake, with extensions from their wheels, and no password told.

DuckDB says in its errors, and in duckdb_databases(), how a catalogue was attached; what is in a
secret it redacts.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from warehouse.connection import CONFIG
from warehouse.errors import WarehouseBroken, WarehouseError, one_line
from warehouse.interruption import heed_interrupts
from warehouse.lake.folder import MARKER, check_vacant, own_folder
from warehouse.lake.place import Lake, LakeAway, LakeEmpty

EXTENSIONS = ("postgres_scanner", "ducklake")
SECONDS_TO_CONNECT = 10
_NONE_YET = "explicitly disabled"
"""What DuckLake says where there is no lake, and none may be made."""
_PASSING = (duckdb.IOException, duckdb.ConnectionException, duckdb.TransactionException)


@contextmanager
def open_lake(
    lake: Lake, *, snapshot: Path | None = None, may_create: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the lake as `lake`, the default database; a published snapshot beside it as `news`.

    Raises:
        LakeAway: Postgres or the folder cannot be reached, or another publisher was faster.
        LakeEmpty: there is no lake, and none may be made.
        WarehouseBroken: its folder is there, and a file in it is missing or unreadable.
        WarehouseError: it cannot be used, or its folder is not its own.
    """
    with TemporaryDirectory(prefix="khabar-lake-") as spill, _in_words(lake):
        config = {k: v for k, v in CONFIG.items() if k[0] == "a"} | {"temp_directory": spill}
        with duckdb.connect(config=config) as con, heed_interrupts(con):
            con.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
            for name in EXTENSIONS:
                con.execute(f"LOAD {quoted(extension_file(name))}")
            _attach(con, lake, may_create=may_create)
            own_folder(con, lake, may_create=may_create)
            if snapshot is not None:
                con.execute(f"ATTACH {quoted(snapshot)} AS news (READ_ONLY)")
            con.execute("USE lake")
            yield con


def extension_file(name: str) -> Path:
    """Find a DuckDB extension in its installed wheel.

    Raises:
        WarehouseError: the wheel is not there, or is another version's.
    """
    package = f"duckdb_extension_{name}"
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        file = Path(folder) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        if file.is_file():
            return file
    raise WarehouseError(
        f"{package}: is not installed for DuckDB {duckdb.__version__}; run `make install`"
    )


def quoted(value: object) -> str:
    """Write a value as a string of SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def is_file_lost(lake: Lake, error: duckdb.Error) -> bool:
    """Tell whether one file of the lake is missing or unreadable, while its folder is there."""
    if isinstance(error, duckdb.TransactionException):
        return False
    names_one = re.search(re.escape(f"{lake.data}/") + r"[^\"']*\.parquet", str(error))
    return names_one is not None and os.access(lake.data / MARKER, os.F_OK)


def _attach(con: duckdb.DuckDBPyConnection, lake: Lake, *, may_create: bool) -> None:
    known = "" if lake.password is None else f", PASSWORD {quoted(lake.password)}"
    con.execute(f"CREATE SECRET lake_catalogue (TYPE postgres{known})")
    address = lake.address
    if "connect_timeout" not in address:
        address += f" connect_timeout={SECONDS_TO_CONNECT}"
    # Rows in the catalogue would be written into it as SQL, which ends where a text has a NUL.
    attach = (
        f"ATTACH {quoted(f'ducklake:postgres:{address}')} AS lake (META_SECRET lake_catalogue, "
        f"DATA_INLINING_ROW_LIMIT 0, DATA_PATH {quoted(f'{lake.data}/')}"
    )
    try:
        con.execute(f"{attach}, CREATE_IF_NOT_EXISTS false)")
    except duckdb.Error as error:
        if not may_create or _NONE_YET not in str(error):
            raise
        check_vacant(lake.data)  # before there is a catalogue that names it
        con.execute(f"{attach})")


def _redact(said: str, password: str | None) -> str:
    """Take a password out of what was said, also as SQL and libpq write it."""
    if not password:
        return said
    escaped = password.replace("\\", "\\\\").replace("'", "\\'")
    for form in (password.replace("'", "''"), escaped, password):
        said = said.replace(form, "…")
    return said


@contextmanager
def _in_words(lake: Lake) -> Iterator[None]:
    try:
        yield
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        said = one_line(WarehouseError(_redact(str(error), lake.password)))[-300:]
        if _NONE_YET in said:
            raise LakeEmpty(lake) from None
        if is_file_lost(lake, error):
            raise WarehouseBroken(
                f"{lake}: {said}; mend its disk, then `khabar lake fill` makes anew the table that "
                "this is of (`--replace`, where that is batches or lake_parts)"
            ) from None
        if isinstance(error, _PASSING):
            raise LakeAway(f"{lake}: {said}") from None
        raise WarehouseError(f"{lake}: {said}") from None
