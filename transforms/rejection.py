"""Why a page is no article: an expected outcome, counted and stored."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Reason(StrEnum):
    """Every way in which a page is no article."""

    EMPTY = "empty"
    """No bytes, or no text at all."""
    NOT_HTML = "not_html"
    """A feed, an image, a script: anything but a web page."""
    TOO_LARGE = "too_large"
    """More bytes than any article has."""
    BROKEN = "broken"
    """Bytes that no parser makes a page of, or that took too long or too much memory."""
    CHALLENGE = "challenge"
    """A bot check in the article's place."""
    CONSENT = "consent"
    """A consent wall in the article's place."""
    LOGIN = "login"
    """A log-in form in the article's place."""
    PAYWALL = "paywall"
    """A paywall with no more than a stub of the text."""
    SOFT_404 = "soft_404"
    """'Not found', sent with status 200, or a redirect to the home or section page."""
    OUT_OF_SERVICE = "out_of_service"
    """Maintenance, a parked domain, a server's default page."""
    LISTING = "listing"
    """A home, section, author or search page."""
    MEDIA = "media"
    """A video, a gallery, a picture or a PDF viewer without text."""
    NO_TEXT = "no_text"
    """A page without a body that could be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A page that is no article, with its reason and what little it said."""

    source_id: str
    url: str
    url_key: str
    final_url: str
    fetched_at: datetime | None
    page_sha256: str
    record_id: str
    reason: Reason
    detail: str
    """One line for people: what gave it away."""
    title: str | None
    extractor_version: str


class Rejected(Exception):  # noqa: N818 (an outcome, not an error)
    """Raised by a step that finds that a page is no article; pipeline.py makes it a Rejection."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
