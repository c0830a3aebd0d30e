"""A plain sitemap of everything an outlet has, which no page names: for load tests only."""

import re

from khabar.newsroom.outlets.listings import CHUNK, sitemap, sitemap_index
from khabar.newsroom.outlets.outlet import Outlet
from khabar.newsroom.reply import Reply, Request

BULK_ENTRANCE = "/bulk/sitemap.xml"


def bulk_reply(outlet: Outlet, request: Request) -> Reply | None:
    """Answer for the sitemap of everything; None for any other address."""
    count = outlet.calendar.count()
    if request.path == BULK_ENTRANCE:
        numbers = range((count + CHUNK - 1) // CHUNK)
        return sitemap_index(f"{outlet.origin}/bulk/sitemap-{number}.xml" for number in numbers)
    found = re.fullmatch(r"/bulk/sitemap-(\d+)\.xml", request.path)
    if found is None:
        return None
    first = int(found[1]) * CHUNK
    return sitemap(
        (outlet.origin + outlet.path(index), outlet.calendar.published(index))
        for index in range(first, min(first + CHUNK, count))
    )
