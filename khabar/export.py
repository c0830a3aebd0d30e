"""Articles by month as files, with what proves where they come from; whole or not at all."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crawlers.batch import write_json
from khabar.dictionary import describe, read_relations
from khabar.row_files import write_rows
from khabar.unfinished import when_whole
from warehouse.digest import file_digest
from warehouse.query import Session, open_session

PICK: Final = """
CREATE TEMP TABLE picked AS
SELECT article_id, strftime(dated_on, '%Y-%m') AS month FROM articles WHERE (
"""
MONTHS: Final = "SELECT month, count(*) FROM picked GROUP BY month ORDER BY month"
ROWS: Final = """
SELECT * FROM articles
WHERE dated_on BETWEEN DATE '{month}-01' AND last_day(DATE '{month}-01')
  AND article_id IN (SELECT article_id FROM picked)
ORDER BY dated_at, article_id"""
QUERY: Final = """\
-- What the articles-* files hold, together, of snapshot {snapshot_id}
SELECT * FROM articles WHERE (
{where}
) ORDER BY dated_at, article_id;
"""
SNAPSHOT: Final = """
SELECT snapshot_id, batch_id, strftime(published_at, '%Y-%m-%dT%H:%M:%SZ') AS published_at,
  schema_version, code_version FROM snapshot"""
README: Final = """\
# Articles of snapshot {snapshot_id}

{count:,} articles, a file a month of `dated_on`. `query.sql` is what was asked, `snapshot.json` of
which snapshot. `sha256sum -c SHA256SUMS` proves that the files are as they were written.

"""


class ExportRefusedError(Exception):
    """An export that cannot be made; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was exported."""

    folder: Path
    snapshot_id: str
    articles: int
    files: int
    """Of articles, one a month."""


def export_articles(
    home: Path, folder: Path, *, where: str, kind: str, release: str | None = None
) -> Exported:
    """Write the articles of a condition, of the snapshot or a release, to a new folder.

    Raises:
        ExportRefusedError: the folder has something in it, or no article is chosen.
        QueryFailed: the condition is not good SQL.
        ReleaseRefused: there is no such release.
    """
    folder = folder.resolve()
    _refuse(folder)
    with open_session(home, release=release) as session, when_whole(folder, Path.mkdir) as part:
        session.check_condition(where)
        columns, row = _one(session, SNAPSHOT)
        told = dict(zip(columns, row, strict=True))
        by_user = slice(len(PICK), len(PICK) + len(where))
        list(session.ask(f"{PICK}{where}\n)", by_user).rows)
        months = {str(month): int(str(count)) for month, count in session.ask(MONTHS).rows}
        if not months:
            raise ExportRefusedError("no article is chosen by --where: nothing was written")
        counts = {f"articles-{month}.{kind}": count for month, count in months.items()}
        for (name, count), month in zip(counts.items(), months, strict=True):
            written = write_rows(session, ROWS.format(month=month), part / name, kind)
            if written != count:
                raise RuntimeError(f"{name}: {written} rows written of {count}")
        sum_up = told | {"where": where, "articles": sum(months.values()), "files": counts}
        write_json(part / "snapshot.json", sum_up)
        snapshot_id = str(told["snapshot_id"])
        query = QUERY.format(snapshot_id=snapshot_id, where=where)
        (part / "query.sql").write_text(query, "utf-8")
        _write_readme(session, part, snapshot_id, sum(months.values()))
        _write_checksums(part)
    return Exported(
        folder=folder, snapshot_id=snapshot_id, articles=sum(months.values()), files=len(months)
    )


def _refuse(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise ExportRefusedError(f"{folder}: is a file; name a folder that is new or empty")
    if folder.is_dir() and any(folder.iterdir()):
        raise ExportRefusedError(
            f"{folder}: has something in it, which an export would mix with; name a folder that "
            "is new or empty"
        )


def _one(session: Session, query: str) -> tuple[tuple[str, ...], tuple[object, ...]]:
    answer = session.ask(query)
    return answer.columns, next(answer.rows)


def _write_readme(session: Session, part: Path, snapshot_id: str, count: int) -> None:
    (articles,) = (one for one in read_relations(session) if one.name == "articles")
    lines = "\n".join(describe(articles))
    head = README.format(snapshot_id=snapshot_id, count=count)
    (part / "README.md").write_text(head + lines, "utf-8")


def _write_checksums(part: Path) -> None:
    """Flush every file and write their SHA-256, as sha256sum reads them."""
    lines = []
    for path in sorted(part.iterdir()):
        with path.open("rb") as file:
            os.fsync(file.fileno())
        lines.append(f"{file_digest(path)}  {path.name}\n")
    (part / "SHA256SUMS").write_text("".join(lines), "utf-8")
