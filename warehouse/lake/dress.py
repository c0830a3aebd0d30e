"""What the lake has beside its rows: views, macros and comments, as far as DuckLake keeps them."""

import hashlib
import re
from collections.abc import Collection

import duckdb

from warehouse.lake.connect import quoted
from warehouse.lake.parts import Digests, list_tables, named
from warehouse.views import ordered_scripts

_LEFT_OUT = ("comment on macro", "comment on column")
"""DuckLake has no room for these: comments of macros, and of the columns of views."""
_COMMENTS = """
SELECT table_name, NULL, comment FROM duckdb_tables() WHERE database_name = 'news'
UNION ALL
SELECT table_name, column_name, comment FROM duckdb_columns()
WHERE database_name = 'news' AND table_name IN (
    SELECT table_name FROM duckdb_tables() WHERE database_name = 'news')
ORDER BY ALL
"""
_OURS = re.compile(r"^create (view|macro) (\w+)", re.MULTILINE)
# DuckLake keeps a macro as text; read again, it is put otherwise.
_HELD = r"""
SELECT 'view ' || view_name, concat_ws(chr(10), sql, comment) FROM duckdb_views()
WHERE database_name = 'lake' AND schema_name = 'main' AND NOT internal
UNION ALL
SELECT 'macro ' || function_name,
    array_to_string(list_sort(list(
        concat_ws(chr(10), function_type, parameters::VARCHAR,
                  replace(replace(regexp_replace(macro_definition, '[()"\s]', '', 'g'),
                          'CAST''t''ASBOOLEAN', 'true'), 'CAST''f''ASBOOLEAN', 'false'))
    )), chr(10))
FROM duckdb_functions() WHERE database_name = 'lake' AND schema_name = 'main' AND NOT internal
GROUP BY function_name
UNION ALL
SELECT 'table ' || table_name, concat_ws(chr(10), any_value(t.comment),
    string_agg(column_name || ': ' || c.comment, chr(10) ORDER BY column_index))
FROM duckdb_tables() t JOIN duckdb_columns() c USING (database_name, schema_name, table_name)
WHERE database_name = 'lake' AND schema_name = 'main' GROUP BY table_name
"""
_MACROS = """
SELECT DISTINCT function_name, function_type = 'table_macro' FROM duckdb_functions()
WHERE database_name = 'lake' AND schema_name = 'main' AND NOT internal
"""


def dress_digest(con: duckdb.DuckDBPyConnection) -> str:
    """Digest all views, macros and comments that the lake shall have."""
    said = [*ordered_scripts(), *map(repr, con.execute(_COMMENTS).fetchall())]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def names_of_dress(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Name each `table X`, `view X` and `macro X` that a dressed lake has of ours."""
    made = {f"{kind} {name}" for kind, name in _OURS.findall("\n".join(ordered_scripts()))}
    return made | {f"table {name}" for name in list_tables(con, "news")}


def read_dress(con: duckdb.DuckDBPyConnection, names: Collection[str]) -> Digests:
    """Read what the lake has of these, as it stands in its catalogue."""
    held = con.execute(_HELD).fetchall()
    return {name: (0, hashlib.sha256(said.encode()).hexdigest())
            for name, said in held if name in names}  # fmt: skip


def dress_lake(con: duckdb.DuckDBPyConnection, ours: Collection[str]) -> None:
    """Write them anew in the place of `ours`; the lake is the default database."""
    for name in read_dress(con, ours):
        if name.startswith("view "):
            con.execute(f"DROP VIEW lake.{named(name.removeprefix('view '))}")
    for macro, is_table in con.execute(_MACROS).fetchall():
        if f"macro {macro}" in ours:
            con.execute(f"DROP MACRO {'TABLE ' if is_table else ''}lake.{named(macro)}")
    for script in ordered_scripts():
        for statement in script.split(";\n"):
            if statement.strip() and not statement.lstrip().startswith(_LEFT_OUT):
                con.execute(statement)
    for table, column, comment in con.execute(_COMMENTS).fetchall():
        if comment is not None:
            what = (
                f"COLUMN lake.{named(table)}.{named(column)}"
                if column
                else (f"TABLE lake.{named(table)}")
            )
            con.execute(f"COMMENT ON {what} IS {quoted(comment)}")
