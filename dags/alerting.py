"""Sends an alert by Airflow's own notifiers: e-mail, Slack, or a webhook, by connection id."""

from html import escape
from typing import TYPE_CHECKING, Any

from airflow.exceptions import AirflowException
from airflow.providers.http.notifications.http import HttpNotifier
from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier
from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.sdk import BaseHook, BaseNotifier
from airflow.sdk.log import mask_secret, redact

if TYPE_CHECKING:
    from warehouse.alerts import Alert

SECONDS = 20
MAX_SAID = 200


class NotSentError(Exception):
    """A message did not get out; it names the connection and why, and no secret."""


def send_alert(alert: "Alert", context: Any) -> None:
    """Send one message.

    Notifiers render their arguments as templates, and what an outlet says must be none: the words
    come in by the context, which is rendered into and not again.

    Raises:
        NotSentError: it did not get out.
    """
    kind, _, where = alert.channel.partition(":")
    words = {"khabar_subject": alert.subject, "khabar_words": _words(alert, kind)}
    conn_id = where
    try:
        if kind == "mailto":
            notifier = _letter(where)
            conn_id = notifier.smtp_conn_id
        elif kind == "slack":
            notifier = _slack(where)
        else:
            words["khabar_path"] = _secret_path(where)
            notifier = _webhook(alert, where)
        notifier({**context, **words})
    except Exception as error:  # noqa: BLE001 (a connection's address and extra are anybody's text:
        # http.client, urllib, requests, smtplib and hooks each break on it in a way of their own)
        raise NotSentError(f"connection {conn_id}: {_explain(error, kind)}") from None


def _explain(error: Exception, kind: str) -> str:
    """Say why; errors of libraries quote the address, which is the secret of all but mail."""
    if isinstance(error, AirflowException | NotSentError) or kind == "mailto":
        return str(redact(" ".join(str(error).split())))[:MAX_SAID] or type(error).__name__
    return type(error).__name__


def _letter(to: str) -> Any:
    subject, content = "{{ khabar_subject }}", "{{ khabar_words }}"
    return SmtpNotifier(to=to, subject=subject, html_content=content)


def _slack(conn_id: str) -> BaseNotifier:
    # Slack's hook asks with the password stripped, and a page that was not found quotes it.
    mask_secret(str(BaseHook.get_connection(conn_id).password or "").strip())
    # It is asked again by the next watch: a retry of its own might tell twice.
    return SlackWebhookNotifier(
        slack_webhook_conn_id=conn_id, text="{{ khabar_words }}", timeout=SECONDS,
        retry_handlers=[],
    )  # fmt: skip


def _webhook(alert: "Alert", conn_id: str) -> BaseNotifier:
    message = {
        "text": "{{ khabar_words }}",
        "opened": [one.incident_id for one in alert.opened],
        "closed": [one.incident_id for one in alert.closed],
    }
    # Where it is led elsewhere (a login page) nobody is told: that is an error, as a 404 is.
    options = {"timeout": SECONDS, "max_redirects": 0}
    return HttpNotifier(
        http_conn_id=conn_id, endpoint="{{ khabar_path }}", json=message, extra_options=options
    )


def _secret_path(conn_id: str) -> str:
    """Give the path that only the connection's password knows; with a login it is no path."""
    conn = BaseHook.get_connection(conn_id)
    if not conn.schema and not str(conn.host or "").startswith(("https://", "http://")):
        # The hook would take plain http, and tell everybody on the way.
        raise NotSentError("its host must begin with https://")
    return "" if conn.login else str(conn.password or "")


def _words(alert: "Alert", kind: str) -> str:
    """Lay the message out as its channel reads it."""
    if kind == "mailto":
        return "".join(f"<p>{escape(line)}</p>" for line in (*alert.lines, _WHERE))
    text = "\n".join((alert.subject, *alert.lines))
    # Slack reads links and mentions into these.
    return escape(text, quote=False) if kind == "slack" else text


_WHERE = "`khabar incidents` lists what is open; acknowledge or mute it there."
