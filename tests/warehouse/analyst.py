"""An analyst in a process of its own, with a stock client: asks questions over and over.

`python analyst.py SNAPSHOT < QUESTIONS` asks until SIGTERM, then prints a report as JSON; the
questions are a JSON list.
"""

import json
import signal
import sys
from contextlib import closing

import duckdb

is_over = False


def end(_number: int, _frame: object) -> None:
    """Let this round be the last."""
    global is_over  # noqa: PLW0603 (a signal has no other way in)
    is_over = True


def look(file: str, questions: list[str], balance: str) -> tuple[str, int, list[str]]:
    """Ask everything on one connection; tell the state, how many rows came, what does not fit."""
    off = []
    with closing(duckdb.connect(file, read_only=True)) as con:
        (begun,) = con.execute("SELECT snapshot_id, counts FROM snapshot").fetchall()
        rows = sum(len(con.execute(question).fetchall()) for question in questions)
        for name, told in json.loads(begun[1]).items():
            (found,) = con.execute(f"SELECT count(*), count(hash(t)) FROM {name} t").fetchall()  # noqa: S608
            if found != (told, told):
                off.append(f"{begun[0]}: {found} rows of {name}, told {told}")
        if con.execute(balance).fetchall() != [(True,)]:
            off.append(f"{begun[0]}: a batch without its ledger, or a ledger without its batch")
        if con.execute("SELECT snapshot_id, counts FROM snapshot").fetchall() != [begun]:
            off.append(f"{begun[0]}: became another while it was open")
    return begun[0], rows, off


def main(file: str) -> None:
    """Ask until told to stop."""
    signal.signal(signal.SIGTERM, end)
    given = json.load(sys.stdin)
    seen: dict[str, int] = {}
    rounds, errors = 0, []
    while not is_over:
        try:
            snapshot_id, rows, off = look(file, given["questions"], given["balance"])
        except (duckdb.Error, OSError) as error:
            errors.append(f"{type(error).__name__}: {str(error)[:300]}")
            continue
        errors += off
        rounds += 1
        if seen.setdefault(snapshot_id, rows) != rows:
            errors.append(f"{snapshot_id}: {seen[snapshot_id]} rows, then {rows}")
    sys.stdout.write(json.dumps({"rounds": rounds, "errors": errors, "seen": list(seen)}))


if __name__ == "__main__":
    main(sys.argv[1])
