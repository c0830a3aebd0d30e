"""The DAG `watch`: after each publish, and each hour, looks for what is wrong, and tells of it."""

# mypy: disallow-untyped-decorators=False
# (Airflow is not followed by mypy: its decorators are Any.)

from datetime import UTC, datetime, timedelta

from airflow.sdk import (
    AssetOrTimeSchedule,
    CronTriggerTimetable,
    chain,
    dag,
    get_current_context,
    task,
)
from airflow.sdk.exceptions import AirflowSkipException

from dags.running import DEFAULTS, SNAPSHOT, in_words, say
from khabar.settings import read_settings

ABOUT = """
Holds each outlet against its own four weeks and its promises, and the pipeline against its own;
opens an incident for what is wrong, closes it when it is over, and tells whom `KHABAR_ALERTS`
names: once when it opens, once when it closes, never of what is acknowledged or muted.

* **Green**: it looked. What it found is in its note; `khabar incidents` lists what is open.
* **Red**: it could not look, or an alert did not get out; the last line of the log says which. No
  alert is lost: the next run sends it.
* It asks no outlet, and writes no warehouse: it runs beside everything else, and also when nothing
  is published any more, which is when it is needed most.
"""


@task(task_display_name="Look", execution_timeout=timedelta(minutes=10))
def look() -> str:
    """Open an incident for what is wrong, close what is over.

    **Failed?** A fault of ours: send the log's last lines to the developers. Incidents stay as
    they were; `khabar watch` tries it again.
    """
    from warehouse.watch import watch as watch_all

    settings = read_settings()
    with in_words():
        report = watch_all(
            settings.home,
            settings.folders,
            datetime.now(UTC),
            disk_floor_mb=settings.disk_floor_mb,
            has_lake=settings.has_lake,
        )
    return say(report.line)


@task(task_display_name="Alert", execution_timeout=timedelta(minutes=10))
def alert() -> str:
    """Tell each channel of `KHABAR_ALERTS` what began and what is over.

    **Skipped** where there is nothing to tell, or nobody to tell it: that is in order.

    **Failed?** The log names the channel and what it answered. Mend its connection (*Admin*,
    *Connections*); the next run sends what did not get out.
    """
    from dags.alerting import NotSentError, send_alert
    from warehouse.alerts import find_untold, mark_told

    context, settings = get_current_context(), read_settings()
    now, told, lost = datetime.now(UTC), 0, []
    for channel in settings.channels:
        untold = find_untold(settings.home, channel, now)
        if untold is None:
            continue
        try:
            if untold.opened or untold.closed:
                send_alert(untold, context)
                told += 1
        except NotSentError as error:
            lost.append(f"{channel}: {error}")
        else:
            mark_told(settings.home, untold)
    if lost:
        raise ChildProcessError(say(f"alerts did not get out: {'; '.join(lost)}"))
    if not told:
        raise AirflowSkipException("nothing to tell, or nobody to tell it: see KHABAR_ALERTS")
    return say(f"told {told} of {len(settings.channels)} channels")


@task(task_display_name="Heartbeat", execution_timeout=timedelta(minutes=2))
def heartbeat() -> str:
    """Ask the address of `KHABAR_HEARTBEAT`, so that it notices when nothing is published.

    **Skipped** where none is set, this run is no publish's, or the address failed: the log of this
    task says which. It stands here, since who publishes shall not wait for the network.

    **Failed?** A fault of ours: send the log's last lines to the developers. Nothing else failed.
    """
    from warehouse.heartbeat import ping

    address = read_settings().heartbeat
    if not address:
        raise AirflowSkipException("KHABAR_HEARTBEAT is not set")
    if not get_current_context()["triggering_asset_events"]:
        raise AirflowSkipException("nothing was published just now")
    if not ping(address):
        raise AirflowSkipException("the address failed; see above")
    return "the address of KHABAR_HEARTBEAT was asked"


@dag(
    dag_id="watch",
    dag_display_name="Watch the outlets",
    description="After each publish and each hour: incidents opened, closed, and told",
    doc_md=ABOUT,
    # By the asset alone it would be blind when nothing is published: the case it is for.
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("50 * * * *", timezone="UTC"), assets=[SNAPSHOT]
    ),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    tags=["khabar", "upkeep"],
)
def watch() -> None:
    """Lay out the tasks."""
    chain(look(), alert())
    heartbeat()


watch()
