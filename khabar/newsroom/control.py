"""The town's control endpoint: another process lets time pass, or makes an outlet misbehave."""

import json
from dataclasses import asdict
from urllib.parse import parse_qsl, urlsplit

from pydantic import TypeAdapter, ValidationError

from khabar.newsroom.faults import Fault
from khabar.newsroom.reply import Reply, Request
from khabar.newsroom.server import Site
from khabar.newsroom.town import Town

_FAULT = TypeAdapter(Fault)


def control_site(town: Town) -> Site:
    """Serve `/advance?hours=`, `/misbehave?outlet=&kind=&paths=`, `/heal`, `/truth` and `/log`."""

    def answer(request: Request) -> Reply:
        values = dict(parse_qsl(urlsplit(request.target).query))
        try:
            return _json(_act(town, request.path.strip("/"), values))
        except (KeyError, ValueError, ValidationError) as error:
            return _json({"error": " ".join(str(error).split())}, status=400)

    return Site(id="control", answer=answer, fault=lambda _: None, log=lambda _: None)


def _act(town: Town, action: str, values: dict[str, str]) -> object:
    if action == "advance":
        return asdict(town.advance(float(values["hours"])))
    if action in {"revise", "restore", "remove"}:
        getattr(town, action)(values["outlet"], int(values["index"]))
        return {"done": town.url(values["outlet"], int(values["index"]))}
    if action == "misbehave":
        outlet = values.pop("outlet")
        town.misbehave(outlet, _FAULT.validate_python(values))
        return {"done": outlet}
    if action == "heal":
        town.heal(values.get("outlet"))
        return {"done": values.get("outlet", "all")}
    if action == "truth":
        return [truth.as_json() for truth in town.truth(values.get("outlet"))]
    if action == "log":
        return [asdict(visit) | {"at": visit.at.isoformat()} for visit in town.log]
    raise KeyError(f"no action {action!r}")


def _json(value: object, status: int = 200) -> Reply:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Reply(status=status, body=body, content_type="application/json; charset=UTF-8")
