"""The data dictionary as Markdown, from the comments that the snapshot itself carries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from khabar.shown import plain
from warehouse.query import Session, open_session, sql_rows

RELATIONS: Final = """
    SELECT r.name, r.is_view, r.comment AS meaning, c.column_name, c.data_type, c.is_nullable,
      c.comment
    FROM (SELECT table_name AS name, false AS is_view, comment FROM duckdb_tables()
            WHERE NOT internal AND table_name <> 'alembic_version'
          UNION ALL
          SELECT view_name, true, comment FROM duckdb_views() WHERE NOT internal) r
      JOIN duckdb_columns() c ON c.table_name = r.name AND NOT c.internal
    ORDER BY r.is_view, r.name, c.column_index"""
MACROS: Final = """
    SELECT function_name, function_type, parameters, comment FROM duckdb_functions()
    WHERE NOT internal ORDER BY 1"""
FRAME: Final = (
    '%%{init: {"er": {"nodeSpacing": 25, "rankSpacing": 90, "minEntityHeight": 40}}}%%',
    "erDiagram",
    "  direction LR",
)
"""From left to right and close together: as drawn by itself it is too wide for its letters."""
PICTURED: Final = (
    "Each line is a column of this name; |o where it can be NULL. A `batch_id` is drawn only where "
    "it begins a table."
)
SNAPSHOT: Final = "SELECT snapshot_id FROM snapshot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column, as the snapshot describes it."""

    name: str
    kind: str
    is_nullable: bool
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One table or view, as the snapshot describes it."""

    name: str
    is_view: bool
    comment: str | None
    columns: tuple[Column, ...]


def read_relations(session: Session) -> list[Relation]:
    """Read what the snapshot says of its tables, then of its views."""
    found: dict[str, Relation] = {}
    for row in session.ask(RELATIONS).rows:
        name, is_view, meaning, column, kind, is_nullable, comment = row
        told = Column(
            name=str(column), kind=str(kind), is_nullable=bool(is_nullable),
            comment=None if comment is None else str(comment),
        )  # fmt: skip
        before = found[str(name)].columns if str(name) in found else ()
        found[str(name)] = Relation(
            name=str(name), is_view=bool(is_view), columns=(*before, told),
            comment=None if meaning is None else str(meaning),
        )  # fmt: skip
    return list(found.values())


def write_dictionary(home: Path) -> Iterator[str]:
    """Write tables, views and macros as lines of Markdown, with a picture of the tables."""
    with open_session(home) as session:
        relations = read_relations(session)
    tables = [one for one in relations if not one.is_view]
    ((snapshot_id,),) = sql_rows(home, SNAPSHOT)[1]
    yield from ("# The warehouse", "", f"Of snapshot {snapshot_id}; instants are in UTC.", "")
    yield from ("```mermaid", *FRAME, *_picture(tables), "```", "")
    yield PICTURED
    yield ""
    for title, some in (("Tables", tables), ("Views", [one for one in relations if one.is_view])):
        yield from (f"## {title}", "")
        for one in some:
            yield from describe(one)
    yield from ("## Macros", "")
    for name, kind, parameters, comment in sql_rows(home, MACROS)[1]:
        after = "FROM " if kind == "table_macro" else ""
        names = ", ".join(map(str, parameters)) if isinstance(parameters, list) else ""
        yield f"- `{after}{name}({names})`: {_text(str(comment or ''))}"


def describe(relation: Relation) -> Iterator[str]:
    """Write a table or view with its columns as lines of Markdown."""
    yield from (f"### {relation.name}", "", _text(relation.comment or ""), "")
    if relation.is_view:
        yield from ("| column | type | meaning |", "|---|---|---|")
    else:
        yield from ("| column | type | can be NULL | meaning |", "|---|---|---|---|")
    for one in relation.columns:
        null = [] if relation.is_view else ["yes" if one.is_nullable else "no"]
        yield f"| {' | '.join([f'`{one.name}`', one.kind, *null, _text(one.comment or '')])} |"
    yield ""


def _picture(tables: Sequence[Relation]) -> Iterator[str]:
    """Draw which column of a table names a row of another; DuckDB keeps no foreign keys."""
    keys = {}
    for table in tables:
        first = table.columns[0].name
        if first.endswith("_id") and table.name == _plural(first.removesuffix("_id")):
            keys[first] = table.name
    for table in tables:
        for place, column in enumerate(table.columns):
            target = keys.get(column.name, table.name)
            if target != table.name and (column.name != "batch_id" or place == 0):
                one = "|o" if column.is_nullable else "||"
                yield f"  {target} {one}--o{{ {table.name} : {column.name}"


def _plural(noun: str) -> str:
    if noun.endswith("y"):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith("ch") else f"{noun}s"


def _text(comment: str) -> str:
    """Escape what Markdown would read as its own in a comment."""
    safe = plain(" ".join(comment.split()))
    return safe.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
