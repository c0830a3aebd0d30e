"""Which outlet a host, or a page, belongs to."""

import re
from collections.abc import Iterable, Mapping

from crawlers.catalogue import Source
from crawlers.urls import host_of

HostIndex = Mapping[str, tuple[Source, ...]]


def bare_host(host: str) -> str:
    """Strip from a host what does not tell outlets apart: case, a default port, `www.`."""
    return host.lower().removesuffix(":80").removesuffix(":443").removeprefix("www.")


def index_hosts(sources: Iterable[Source]) -> HostIndex:
    """Map hosts to their sources, as source_of_url() wants it."""
    exact: dict[str, tuple[Source, ...]] = {}
    for source in sources:
        for host in dict.fromkeys(map(str.lower, source.hosts)):
            exact[host] = (*exact.get(host, ()), source)
    return {bare_host(host): sharing for host, sharing in exact.items()} | exact


def sources_of_host(host: str, index: HostIndex) -> tuple[Source, ...]:
    """Find the sources that a host belongs to, with or without `www.`; the very host goes first."""
    return index.get(host.lower()) or index.get(bare_host(host)) or ()


def source_of_url(url: str, host: str, index: HostIndex) -> Source | None:
    """Find the source of a page; where several share its host, the article rules tell (BBC's)."""
    sharing = sources_of_host(host, index)
    told = (source for source in sharing[1:] if re.search(source.article, url))
    if len(sharing) > 1 and not re.search(sharing[0].article, url):
        return next(told, sharing[0])
    return sharing[0] if sharing else None


def is_on_site(url: str, source: Source) -> bool:
    """Tell whether a URL is on one of the outlet's hosts, with or without `www.`."""
    try:
        host = host_of(url)
    except ValueError:
        return False
    return bare_host(host) in {bare_host(name) for name in source.hosts}
