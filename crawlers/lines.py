"""From the answer to a page's request to its ledger line."""

import hashlib
from dataclasses import dataclass

from crawlers.answers import Reply, Trouble, status_reason
from crawlers.ask import Ask
from crawlers.page import Disposition, FailReason, Fetch, SkipReason
from crawlers.records import NOT_MODIFIED, SAME_PAYLOAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an answer means for the ledger."""

    disposition: Disposition
    reason: FailReason | SkipReason | None = None
    detail: str | None = None
    revisit: str | None = None
    page_sha256: str | None = None


def outcome_of(reply: Reply | Trouble, ask: Ask) -> Outcome:
    """Say what an answer means for the ledger."""
    if isinstance(reply, Trouble):
        # A Location that is no address is a broken answer, which may be mended tomorrow.
        reason = "bad_response" if reply.reason == "bad_url" else reply.reason
        return Outcome(disposition="failed", reason=reason, detail=reply.detail)
    status = reply.last.status
    before = ask.known.page_sha256 if ask.known else None
    if status == 304 and before:
        return Outcome(disposition="not_modified", revisit=NOT_MODIFIED, page_sha256=before)
    if 200 <= status < 300:
        digest = hashlib.sha256(reply.body).hexdigest()
        if digest == before:
            return Outcome(disposition="not_modified", revisit=SAME_PAYLOAD, page_sha256=digest)
        return Outcome(disposition="fetched", page_sha256=digest)
    return Outcome(disposition="failed", reason=status_reason(status), detail=f"HTTP {status}")


def line_of(source_id: str, ask: Ask, reply: Reply | Trouble, outcome: Outcome) -> Fetch:
    """Write the line of a page that was asked."""
    last = reply.exchanges[-1] if reply.exchanges else None
    hops = [exchange.url for exchange in reply.exchanges]
    answer = reply if isinstance(reply, Reply) else None
    refused_at = reply.refused_at if isinstance(reply, Trouble) else None
    return Fetch(
        source_id=source_id,
        url=ask.url,
        url_key=ask.url_key,
        entrance=ask.entrance,
        listed=ask.listed,
        disposition=outcome.disposition,
        reason=outcome.reason,
        detail=outcome.detail,
        status=last.status if last else None,
        final_url=(hops[-1] if len(hops) > 1 else ask.url) if answer else refused_at,
        redirects=tuple(hops[1:] if refused_at else hops[1:-1]),
        fetched_at=last.fetched_at if last else None,
        page_sha256=outcome.page_sha256,
        body_bytes=len(answer.body) if answer else None,
        etag=answer.header("ETag") if answer else None,
        last_modified=answer.header("Last-Modified") if answer else None,
        item=ask.item,
    )
