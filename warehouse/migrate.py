"""Migrations: which schema a file has, and how it gets the newest one."""

import os
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateColumn
from sqlalchemy.sql.compiler import DDLCompiler

FOLDER = Path(__file__).parent / "migrations"


@compiles(CreateColumn, "duckdb")
def _compressed(element: CreateColumn, compiler: DDLCompiler, **options: Any) -> str:
    """Write the compression that a column's `info` asks for; SQLAlchemy has no word for it."""
    text: str = compiler.visit_create_column(element, **options)  # type: ignore[no-untyped-call]
    method = element.element.info.get("compression")
    return text if method is None else f"{text} USING COMPRESSION {method}"


def newest_revision() -> str:
    """Name the schema that this version of Khabar writes."""
    head = _scripts().get_current_head()
    if head is None:
        raise RuntimeError(f"no migrations in {FOLDER}; reinstall Khabar")
    return head


def current_revision(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Read the file's schema; None where it has none yet."""
    if "alembic_version" not in _tables(connection):
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def find_problem(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Say, in words for a user, why the file cannot be migrated; None where it can."""
    revision = current_revision(connection)
    if revision is None:
        strangers = _tables(connection) - {"alembic_version"}
        if strangers:
            return (
                f"is no warehouse of Khabar (it has a table {min(strangers)!r}); "
                "move it away or set another KHABAR_HOME"
            )
        return None
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision not in known:
        return f"was written by a newer Khabar (schema {revision!r}); update this one"
    return None


def copy_aside(path: Path, revision: str | None) -> Path:
    """Copy the file before a migration, so that it can be undone."""
    aside = path.with_name(f"{path.stem}.schema-{revision or 'none'}.duckdb")
    part = path.with_name(f".{path.stem}.schema.part")  # one name, so that the next clears it
    shutil.copyfile(path, part)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(aside)
    return aside


def upgrade(path: Path, settings: Mapping[str, object]) -> None:
    """Bring the file to the newest schema, in one transaction.

    Raises:
        duckdb.Error: as DuckDB put it; the file is as it was.
    """
    engine = create_engine(
        URL.create("duckdb", database=str(path)),
        poolclass=NullPool,  # the default pool would keep the file's lock
        connect_args={"config": dict(settings)},
    )
    try:
        with engine.begin() as connection:
            command.upgrade(config(connection), "head")
    except DBAPIError as error:
        if isinstance(error.orig, duckdb.Error):
            raise error.orig from error
        raise
    finally:
        engine.dispose()


def config(connection: Connection | None = None) -> Config:
    """Point Alembic at our migrations, without an ini file."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


@cache
def _scripts() -> ScriptDirectory:
    # Alembic compiles every migration anew each time that it is asked for them.
    return ScriptDirectory.from_config(config())


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal")
    return {str(name) for (name,) in rows.fetchall()}
