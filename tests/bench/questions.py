"""What analysts ask of a published snapshot, against the same asked of a bare table by date."""
# ruff: noqa: S608 (only words written in this file go into its queries)

from functools import partial
from pathlib import Path

from tests.bench.figure import WALL, Figure, take_turns
from tests.bench.loads import bare_file
from warehouse.connection import connect, snapshot_file

GOAL_RATIO = 1.5
_WEEK = "dated_at >= (select max(dated_at) from articles) - interval 7 days"
_MIDDLE = """
select article_id from articles where rowid = (select count(*) // 2 from articles)
"""
ASKED = {
    "day x source, three years": "select dated_on, source_id, count(*) from articles group by all",
    "last 7 days by source": f"select source_id, count(*) from articles where {_WEEK} group by all",
    "top stories of a week": "select story_id, count(*), count(distinct source_id), min(title) "
    f"from articles where {_WEEK} group by all order by 2 desc, 1 limit 20",
    "freshness": "select source_id, max(dated_at), max(first_seen_at) from articles group by all",
    "one article by id": "from articles where article_id = {article_id}",
}
BY_VIEWS = {
    "daily_coverage, last 7 days": (
        "from daily_coverage where day >= (select max(dated_on) from articles) - 7",
        "last 7 days by source",
    ),
    "source_health": ("from source_health", "freshness"),
}
"""What views say beyond it, beside the question that they answer, too."""


def measure_questions(home: Path) -> list[Figure]:
    """Ask each question in a connection of its own, by turns."""
    with connect(bare_file(home), read_only=True) as con:
        [(some,)] = con.execute(_MIDDLE).fetchall()
    asked = {what: query.format(article_id=some) for what, query in ASKED.items()}
    figures = [_ask(home, what, query, query, GOAL_RATIO) for what, query in asked.items()]
    views = [_ask(home, what, ours, asked[bare], None) for what, (ours, bare) in BY_VIEWS.items()]
    return [*figures, *views]


def _ask(home: Path, what: str, ours: str, bare: str, reach: float | None) -> Figure:
    taken = take_turns(
        partial(_run, snapshot_file(home), ours), partial(_run, bare_file(home), bare), WALL
    )
    return Figure(
        what=f"{what} (bare: table by date)", ours=taken[0], bare=taken[1], unit="s", reach=reach
    )


def _run(file: Path, query: str) -> None:
    with connect(file, read_only=True) as con:
        con.execute(query).fetchall()
