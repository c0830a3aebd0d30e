"""Sends an alert by Airflow's own notifiers: e-mail, Slack, or a webhook, by connection id."""

from html import escape
from typing import TYPE_CHECKING, Any

from airflow.exceptions import AirflowException
from airflow.providers.http.notifications.http import HttpNotifier
from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier
from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.sdk import BaseHook, BaseNotifier

if TYPE_CHECKING:
    from warehouse.alerts import Alert

TROUBLES = (AirflowException, OSError, ValueError)
"""What send_alert() raises where a message does not get out."""
SECONDS = 20
MAX_SAID = 200


def send_alert(alert: "Alert", context: Any) -> None:
    """Send one message.

    Notifiers render their arguments as templates, and what an outlet says must be none: the words
    come in by the context, which is rendered into and not again.

    Raises:
        TROUBLES: it did not get out; the message names no secret.
    """
    kind, _, where = alert.channel.partition(":")
    words = {"khabar_subject": alert.subject, "khabar_words": _words(alert, kind)}
    if kind == "mailto":
        subject, content = "{{ khabar_subject }}", "{{ khabar_words }}"
        SmtpNotifier(to=where, subject=subject, html_content=content)({**context, **words})
        return
    if kind == "slack":
        # It is asked again by the next watch: a retry of its own might tell twice.
        notifier = SlackWebhookNotifier(
            slack_webhook_conn_id=where, text="{{ khabar_words }}", timeout=SECONDS,
            retry_handlers=[],
        )  # fmt: skip
    else:
        words["khabar_path"] = _secret_path(where)
        notifier = _webhook(alert, where)
    _notify(notifier, where, {**context, **words})


def _webhook(alert: "Alert", where: str) -> BaseNotifier:
    message = {
        "text": "{{ khabar_words }}",
        "opened": [one.incident_id for one in alert.opened],
        "closed": [one.incident_id for one in alert.closed],
    }
    # Where it is led elsewhere (a login page) nobody is told: that is an error, as a 404 is.
    options = {"timeout": SECONDS, "max_redirects": 0}
    return HttpNotifier(
        http_conn_id=where, endpoint="{{ khabar_path }}", json=message, extra_options=options
    )


def _secret_path(conn_id: str) -> str:
    """Give the path that only the connection's password knows; with a login it is no path."""
    conn = BaseHook.get_connection(conn_id)
    if not conn.schema and not str(conn.host or "").startswith(("https://", "http://")):
        # The hook would take plain http, and tell everybody on the way.
        raise ValueError(f"connection {conn_id}: its host must begin with https://")
    return "" if conn.login else str(conn.password or "")


def _notify(notifier: BaseNotifier, conn_id: str, context: dict[str, Any]) -> None:
    try:
        notifier(context)
    except AirflowException as error:
        raise ValueError(f"connection {conn_id}: {str(error)[:MAX_SAID]}") from None
    except (OSError, ValueError) as error:  # these quote the address, which is the secret
        raise ValueError(f"connection {conn_id}: {type(error).__name__}") from None


def _words(alert: "Alert", kind: str) -> str:
    """Lay the message out as its channel reads it."""
    if kind == "mailto":
        return "".join(f"<p>{escape(line)}</p>" for line in (*alert.lines, _WHERE))
    text = "\n".join((alert.subject, *alert.lines))
    # Slack reads links and mentions into these.
    return escape(text, quote=False) if kind == "slack" else text


_WHERE = "`khabar incidents` lists what is open; acknowledge or mute it there."
