"""The task that waits for a person's word: Approve, Reject, or none within a week."""

# mypy: disallow-subclassing-any=False

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator

from dags.running import say

TO_THINK = timedelta(days=7)

ABOUT = """
Waits for a person's word: *Required Actions* shows what would change. Reject, or no answer for a
week: nothing is loaded, and the tasks after it are skipped.

**Asked twice?** An answer in the first seconds of a question can be lost (apache/airflow#67287):
give it again.

**Failed?** Airflow could not ask, or somebody marked it so. Nothing was written: *Clear* it.
"""


class Approval(ApprovalOperator):
    """Asks whether to load, and says in the note of its run what the answer was.

    It waits in no pool's slot and in no worker: Airflow parks it until somebody answers.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(
            task_display_name="Approve", defaults="Reject", response_timeout=TO_THINK,
            doc_md=ABOUT, **given,
        )  # fmt: skip

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Take the answer; where it is no Approve, Airflow skips what comes after."""
        if "error" not in event:
            say(_tell(event))
        return super().execute_complete(context, event)


def _tell(event: dict[str, Any]) -> str:
    who = event["responded_by_user"]
    if who is None:
        return f"nobody answered in {TO_THINK.days} days: nothing was loaded"
    name = str(who["name"] or who["id"])
    if event["chosen_options"] == [ApprovalOperator.APPROVE]:
        return f"approved by {name}"
    return f"rejected by {name}: nothing was loaded"
