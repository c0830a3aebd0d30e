"""The form of the DAG `reprocess`: which rows are to be extracted again, and why."""

from datetime import date
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param

from dags.running import SOURCE_IDS

if TYPE_CHECKING:
    from crawlers.batch import Reprocess

PARAMS = {
    "reason": Param(
        type="string", minLength=1, title="Reason", description="Why; kept with the batch"
    ),
    "sources": Param(
        [],
        type="array",
        items={"type": "string"},
        examples=SOURCE_IDS,
        title="Sources",
        description="Only these outlets; empty: all that have articles",
    ),
    "from": Param(
        None, type=["null", "string"], format="date", title="From",
        description="First day of the articles; empty: from the beginning",
    ),
    "to": Param(
        None, type=["null", "string"], format="date", title="To",
        description="Last day of the articles; empty: to the end",
    ),
    "extractor_version": Param(
        None, type=["null", "string"], title="Extractor version",
        description="Only rows whose extractor_version begins so; empty: all but today's",
    ),
    "only_rejected": Param(
        False, type="boolean", title="Only rejected pages",
        description="Pages that were rejected, and no rows of articles",
    ),
    "dry_run": Param(
        False, type="boolean", title="Dry run", description="Extract and compare, load nothing"
    ),
    "most_changed": Param(
        0.2, type="number", minimum=0, maximum=1, title="Most changed",
        description="Share of the rows that may change, and of the rejected pages that may become "
        "articles, without anybody's approval",
    ),
    "revert": Param(
        None, type=["null", "string"], title="Revert",
        description="Id of a reprocess's batch: put back what it replaced, and nothing else",
    ),
}  # fmt: skip


def read_form(params: Any) -> "Reprocess":
    """Read what was asked for.

    Raises:
        ValueError: it names no day.
    """
    from crawlers.batch import Reprocess

    first, last = (date.fromisoformat(params[one]) if params[one] else None
                   for one in ("from", "to"))  # fmt: skip
    return Reprocess(
        reason=params["reason"], first_on=first, last_on=last,
        made_by=params["extractor_version"] or None, only_rejected=params["only_rejected"],
    )  # fmt: skip
