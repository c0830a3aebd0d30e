"""What one machine's Airflow shows of itself: its ports, and that the doctor finds it well."""

import ipaddress
from datetime import UTC, datetime

import psutil
import pytest

from khabar.airflow.processes import find_marked
from khabar.doctor import examine
from khabar.settings import Settings
from tests.airflow_session import RealAirflow

pytestmark = pytest.mark.airflow


def listening(mark: str) -> dict[tuple[str, int], str]:
    """Map each address on which a process that carries the mark listens to its command."""
    found = {}
    for process in find_marked(mark):
        try:
            for one in process.net_connections("inet"):
                # UDP has no state: what is bound and not connected takes from anybody.
                if one.status == psutil.CONN_LISTEN or not (one.raddr or one.status != "NONE"):
                    found[one.laddr.ip, one.laddr.port] = " ".join(process.cmdline())[:200]
        except psutil.Error:
            continue
    return found


def test_every_port_is_loopbacks_also_while_an_ingest_runs(real_airflow: RealAirflow) -> None:
    crew, api, home = real_airflow.crew, real_airflow.api, real_airflow.home
    seen = listening(crew.mark)
    run_id = api.trigger("ingest", {"sources": [next(iter(real_airflow.town.outlets))]}, "a test")

    def has_ended() -> bool:
        seen.update(listening(crew.mark))
        return api.run("ingest", run_id).has_ended

    crew.wait_until(has_ended, 300, "the run did not end")
    assert ("127.0.0.1", home.port) in seen
    strangers = {at: who for at, who in seen.items() if not ipaddress.ip_address(at[0]).is_loopback}
    assert strangers == {}


def test_doctor_finds_a_running_airflow_well(real_airflow: RealAirflow) -> None:
    home = real_airflow.home
    settings = Settings(
        home=home.home, port=home.port, catalogue=real_airflow.town.sources_folder,
        loopback=" ".join(sorted(real_airflow.town.loopback)),
    )  # fmt: skip
    found = {one.what: one for one in examine(settings, datetime.now(UTC))}
    assert (found["airflow"].is_fine, found["airflow"].words) == (True, f"healthy at {home.url}")
    assert (found["port"].is_fine, found["port"].words) == (True, f"{home.port} is Airflow’s")
    assert {what for what, one in found.items() if not one.is_fine} <= {"disk"}
