"""Who may see the page, who may press its buttons, and from where."""

from typing import Annotated
from urllib.parse import urlsplit

from airflow.api_fastapi.auth.managers.models.resource_details import (
    AccessView,
    DagAccessEntity,
)
from airflow.api_fastapi.core_api.security import (
    GetUserDep,
    requires_access_dag,
    requires_access_view,
)
from fastapi import Depends, HTTPException, Request

DAG = "ingest"
may_read = requires_access_view(AccessView.PLUGINS)
may_edit = requires_access_dag("PUT", DagAccessEntity.TASK_INSTANCE, DAG)


def has_buttons(request: Request, user: GetUserDep) -> bool:
    """Tell whether this user may do what the buttons do."""
    try:
        may_edit(request, user)
    except HTTPException:
        return False
    return True


def same_origin(request: Request) -> None:
    """Refuse what another site's page makes a browser send with the user's cookie.

    Browsers say where a form comes from; one that says nothing is refused
    (cheatsheetseries.owasp.org, Cross-Site Request Forgery Prevention).
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        is_ours = site == "same-origin"
    else:
        origin = urlsplit(request.headers.get("origin", ""))
        is_ours = bool(origin.netloc) and origin.netloc == request.headers.get("host")
    if not is_ours:
        raise HTTPException(403, "This button was not pressed on this page: open it and try again")


HasButtons = Annotated[bool, Depends(has_buttons)]
BUTTON = (Depends(same_origin), Depends(may_edit))
"""What every POST depends on."""
