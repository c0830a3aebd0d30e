"""Every address of a page, as keys by which its identity is learnt."""

from collections.abc import Iterable

from crawlers.urls import url_key
from transforms.article import KeyHow, PageKey


def page_keys(
    asked: str,
    redirects: Iterable[str],
    final_url: str | None,
    own: Iterable[tuple[str, KeyHow]],
) -> tuple[PageKey, ...]:
    """List the keys of a page, the asked one first, each once under its first role."""
    found: dict[str, KeyHow] = {asked: "asked"}
    said: list[tuple[str, KeyHow]] = [(url, "redirect") for url in redirects]
    if final_url:
        said.append((final_url, "final"))
    for url, how in (*said, *own):
        try:
            found.setdefault(url_key(url), how)
        except ValueError:
            continue
    return tuple(PageKey(url_key=key, how=how) for key, how in found.items())
