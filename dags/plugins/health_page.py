"""The plugin that puts the Health page into Airflow's menu, and a tab of it on each run."""

# mypy: disallow-subclassing-any=False
# (Airflow is not followed by mypy: its classes are Any.)

from typing import Any

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/khabar-health"


class HealthPage(AirflowPlugin):
    """The Health page."""

    name = "khabar_health"
    external_views = [  # noqa: RUF012 (as Airflow wants it)
        {
            "name": "Health",
            "href": f"{PREFIX}/",
            "destination": "nav",
            "url_route": "health",
            "nav_top_level": True,
            "icon": f"{PREFIX}/static/icon.svg",
            "icon_dark_mode": f"{PREFIX}/static/icon-dark.svg",
        },
        {
            "name": "Health",
            "href": f"{PREFIX}/run?dag={{DAG_ID}}&run={{RUN_ID}}",
            "destination": "dag_run",
            "url_route": "health-run",
        },
    ]

    @property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """Give the app; only the API server asks for it, and only there are the rooms imported."""
        from dags.health.app import app

        return [{"app": app, "url_prefix": PREFIX, "name": "Khabar's health"}]
