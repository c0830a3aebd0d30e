"""One query of a user, kept to the snapshot."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from crawlers.unfinished import clear_dead, part_of
from warehouse.connection import CONFIG, WarehouseError, published_file
from warehouse.errors import explain, one_line
from warehouse.interruption import heed_interrupts
from warehouse.releases import find_release

SEAL: Final = (
    "SET TimeZone = 'UTC'",
    "SET enable_progress_bar = false",  # it goes to standard output
    "SET errors_as_json = true",
    "SET allow_persistent_secrets = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
"""Keeps a query to the files that are attached.

duckdb.org/docs/stable/operations_manual/securing_duckdb
"""

ROWS_AT_ONCE: Final = 2048
NEAR_LETTERS: Final = 30
"""Of a query, shown from the place of an error on."""


class QueryFailed(WarehouseError):  # noqa: N818 (says what is so)
    """A user's query that DuckDB refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a query gave."""

    columns: tuple[str, ...]
    """Names, each but once."""
    rows: Iterator[tuple[object, ...]]
    """Fetched as they are asked for, so that an answer may be larger than memory."""


def sql_rows(home: Path, query: str) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Run one query on the snapshot; return the columns' names and the rows.

    Raises:
        NoSnapshot: nothing was published yet.
        QueryFailed: with DuckDB's own words, on one line that points to the place.
    """
    with ask(home, query) as answer:
        return answer.columns, list(answer.rows)


@contextmanager
def ask(home: Path, query: str, *, release: str | None = None) -> Iterator[Answer]:
    """Run one query on the snapshot, or a release; it reaches no other file, changes no setting.

    Raises:
        NoSnapshot: nothing was published yet.
        ReleaseRefused: there is no such release.
        QueryFailed: here, or while rows are fetched.
    """
    with open_session(home, release=release) as session:
        yield session.ask(query)


@dataclass(frozen=True, slots=True)
class Session:
    """Queries to one and the same snapshot, one after another."""

    connection: duckdb.DuckDBPyConnection

    def ask(self, query: str, by_user: slice | None = None) -> Answer:
        """Run a query; the rows of an earlier one are gone then.

        `by_user` is the part of it that the user wrote, in which the places of errors are counted.

        Raises:
            QueryFailed: here, or while rows are fetched.
        """
        result = _run(self.connection, query, by_user)
        names = _apart([str(column[0]) for column in result.description])
        return Answer(columns=names, rows=_fetch(result, query))

    def check_condition(self, where: str) -> None:
        """Refuse what is no condition by itself, before it stands in brackets in a query.

        Raises:
            QueryFailed: it is empty, or its brackets would close those around it.
        """
        if not where.strip():
            raise QueryFailed(
                "--where is empty; say which articles, such as \"source_id = 'dawn'\", or leave "
                "it out for all of them"
            )
        head = "SELECT 1 WHERE "
        query, by_user = f"{head}{where}", slice(len(head), None)
        try:
            self.connection.extract_statements(query)
        except duckdb.Error as error:
            raise QueryFailed(explain_query(error, query, by_user)) from error

    def write_parquet(self, query: str, file: Path) -> int:
        """Write what a query gives to a Parquet file; return the number of rows.

        Raises:
            QueryFailed: by DuckDB, or as Parquet has no such type.
        """
        count = 0
        result = _run(self.connection, query)
        names = _apart([str(column[0]) for column in result.description])
        try:
            reader = result.to_arrow_reader(ROWS_AT_ONCE)
            schema = pa.schema([f.with_name(n) for f, n in zip(reader.schema, names, strict=True)])
            with pq.ParquetWriter(str(file), schema, compression="zstd") as writer:
                for batch in reader:
                    writer.write_batch(batch.rename_columns(list(names)))
                    count += batch.num_rows
        except pa.ArrowException as error:
            raise QueryFailed(f"{one_line(error)}; Parquet cannot hold that: cast it") from error
        except duckdb.Error as error:
            raise QueryFailed(explain_query(error, query)) from error
        return count


@contextmanager
def open_session(home: Path, *, release: str | None = None) -> Iterator[Session]:
    """Open the snapshot, or a release, for several queries, none of which sees another one.

    Raises:
        NoSnapshot: nothing was published yet.
        ReleaseRefused: there is no such release.
    """
    file = published_file(home) if release is None else find_release(home, release)
    with open_sealed(home, news=file) as connection, heed_interrupts(connection):
        yield Session(connection)


def explain_query(error: duckdb.Error, query: str, by_user: slice | None = None) -> str:
    """Put DuckDB's words on one line that ends with the place in what the user wrote."""
    kind, _, told = str(error).partition(": ")
    try:
        said = json.loads(told)
    except json.JSONDecodeError:
        return one_line(error)
    words = f"{kind}: {' '.join(said['exception_message'].split())}"
    if "position" not in said:
        return words
    before = query.encode()[: int(said["position"])].decode(errors="ignore")
    written, before = (query[by_user], before[by_user]) if by_user else (query, before)
    line, letter = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    near = written[len(before) :].split("\n", maxsplit=1)[0][:NEAR_LETTERS].strip()
    return f"{words} (line {line}, letter {letter}: {near or 'its end'})"


def _run(
    connection: duckdb.DuckDBPyConnection, query: str, by_user: slice | None = None
) -> duckdb.DuckDBPyConnection:
    try:
        _refuse_several(connection.extract_statements(query))
        # Unlike sql(), execute() says where in the query an error is.
        result: duckdb.DuckDBPyConnection | None = connection.execute(query)
    except duckdb.Error as error:
        raise QueryFailed(explain_query(error, query, by_user)) from error
    if result is None:
        raise QueryFailed('the query is empty; try "FROM articles LIMIT 5"')
    return result


def _refuse_several(statements: list[duckdb.Statement]) -> None:
    """Refuse to lose an answer; what prepares a question (CREATE TEMP …) gives none."""
    answers = [duckdb.ExpectedResultType.QUERY_RESULT]
    if any(one.expected_result_type == answers for one in statements[:-1]):
        raise QueryFailed(
            f"these are {len(statements)} questions, and only the last one would be answered; "
            "ask one at a time"
        )


def _fetch(result: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[object, ...]]:
    try:
        while rows := result.fetchmany(ROWS_AT_ONCE):
            yield from rows
    except duckdb.Error as error:
        raise QueryFailed(explain_query(error, query)) from error


def _apart(names: list[str]) -> tuple[str, ...]:
    """Tell columns of one name apart, as DuckDB does in subqueries: a, a_1."""
    apart: dict[str, None] = {}
    for name in names:
        number, told = 0, name
        while told in apart or (number and told in names):
            number += 1
            told = f"{name}_{number}"
        apart[told] = None
    return tuple(apart)


@contextmanager
def open_sealed(home: Path, **files: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Attach files, each under its name, to an instance of its own, and use the first.

    Settings belong to the instance, and all who open one file in a process share one.
    """
    with _spill_folder(home) as folder:
        config = {k: v for k, v in CONFIG.items() if k[0] == "a"} | {"temp_directory": folder}
        with duckdb.connect(":memory:", config=config) as connection:
            _seal(connection, files)
            yield connection


def _seal(connection: duckdb.DuckDBPyConnection, files: dict[str, Path]) -> None:
    path = next(iter(files.values()))
    try:
        for name, path in files.items():
            quoted = str(path).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS {name} (READ_ONLY)")
        connection.execute(f"USE {next(iter(files))}")
        for setting in SEAL:
            connection.execute(setting)
    except duckdb.Error as error:
        raise explain(path, error) from None


@contextmanager
def _spill_folder(home: Path) -> Iterator[str]:
    """Give a folder for what has no room in memory; none where the home is another's.

    Two processes that share one write over each other's rows: DuckDB 1.5.5 then ends, or answers
    wrongly without a word.
    """
    clear_dead(home, "tmp")
    with ExitStack() as stack:
        folder = ""
        with suppress(OSError):
            folder = str(stack.enter_context(part_of(home / "tmp", Path.mkdir))[0])
        yield folder
