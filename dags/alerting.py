"""Sends an alert by Airflow's own notifiers: e-mail, or a webhook by connection id."""

# mypy: disallow-subclassing-any=False

from html import escape
from typing import TYPE_CHECKING, Any

import httpx
from airflow.exceptions import AirflowException
from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.sdk import BaseHook, BaseNotifier

if TYPE_CHECKING:
    from warehouse.alerts import Alert

TROUBLES = (AirflowException, OSError, ValueError, httpx.HTTPError)
"""What a notifier raises where a message does not get out."""
SECONDS = 20.0


class WebhookNotifier(BaseNotifier):
    """Posts a message to the address of a connection: its host, and its password as the path.

    Nothing of the message is a template: it may quote an outlet.
    """

    template_fields = ()

    def __init__(self, conn_id: str, message: dict[str, Any]) -> None:
        """Take Airflow's connection, and what to post as JSON."""
        super().__init__()
        self.conn_id = conn_id
        self.message = message

    def notify(self, context: Any) -> None:
        """Post it; the address is a secret, and in no message of an error."""
        del context
        conn = BaseHook.get_connection(self.conn_id)
        host = str(conn.host or "")
        url = f"{host.rstrip('/')}/{conn.password}" if conn.password else host
        if not url.startswith(("https://", "http://")):
            raise ValueError(f"connection {self.conn_id}: its host must begin with https://")
        try:
            status = httpx.post(url, json=self.message, timeout=SECONDS).status_code
        except httpx.HTTPError as error:
            raise ValueError(f"connection {self.conn_id}: {type(error).__name__}") from None
        if status >= httpx.codes.MULTIPLE_CHOICES:
            raise ValueError(f"connection {self.conn_id}: it answered HTTP {status}")


def send_alert(alert: "Alert", context: Any) -> None:
    """Send one message.

    Raises:
        TROUBLES: it did not get out.
    """
    kind, _, where = alert.channel.partition(":")
    if kind == "mailto":
        _mail(alert, where, context)
        return
    text = "\n".join((alert.subject, *alert.lines))
    message: dict[str, Any] = {"text": _plain(text) if kind == "slack" else text}
    if kind == "webhook":
        message |= {
            "opened": [one.incident_id for one in alert.opened],
            "closed": [one.incident_id for one in alert.closed],
        }
    WebhookNotifier(where, message)(dict(context))


def _mail(alert: "Alert", to: str, context: Any) -> None:
    said = "".join(f"<p>{escape(line)}</p>" for line in alert.lines)
    # The notifier renders its arguments as templates, and what an outlet says must be none: the
    # words come in by the context, which is rendered into and not again.
    words = {"khabar_subject": alert.subject, "khabar_words": f"{said}<p>{_WHERE}</p>"}
    notifier = SmtpNotifier(
        to=to, subject="{{ khabar_subject }}", html_content="{{ khabar_words }}"
    )
    notifier({**context, **words})


def _plain(text: str) -> str:
    """Escape what Slack reads as links and mentions."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_WHERE = "`khabar incidents` lists what is open; acknowledge or mute it there."
