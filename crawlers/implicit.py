"""Implicit sources: the outlets of pages that were imported, where no source file names them."""

import re

from crawlers.catalogue import Expectations, Source
from crawlers.urls import registered_domain

MAX_LABEL = 63
MAX_NAME = 200
"""Its files' names are this and 30 more, and 255 is the most."""
NO_SUCH_HOST = "no host can have the name in its address"


def implicit_source(host: str) -> Source | None:
    """Make the source of a host that has no source file: `web:<registered domain>`.

    It promises nothing, so that an import of nothing but section pages is not held back. None
    where nobody can have a host of this name (RFC 1035, 2.3.4), or it is too long for our files.
    """
    domain = registered_domain(host)
    name = re.sub(r"[^a-z0-9._-]", "_", domain).strip("_.-")
    labels = name.split(".")
    if len(name) > MAX_NAME or not all(re.search("[a-z0-9]", one) for one in labels):
        return None
    if any(len(one) > MAX_LABEL for one in labels):
        return None
    return Source(
        id=f"web:{name}",
        name=domain,
        home=f"https://{domain}/",
        languages=(),
        timezone=None,
        hosts=(domain,),
        expect=Expectations(max_rejected_share=1.0),
        verified=False,
    )
