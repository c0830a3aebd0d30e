"""The dead weight around a text: styles, scripts, menus and footers, as heavy as on real pages."""

from functools import lru_cache
from html import escape
from random import Random

STYLE_BYTES, SCRIPT_BYTES = 30 * 1024, 28 * 1024
_BLOCKS = ["site", "menu", "card", "grid", "hero", "widget", "ticker", "share", "footer", "modal"]
_PARTS = ["header", "item", "title", "image", "meta", "link", "badge", "list", "button", "inner"]
_RULES = [
    "display:flex;align-items:center;justify-content:space-between",
    "margin:0 auto;padding:.75rem 1.25rem;max-width:1180px",
    "color:#1d2530;background:#fff;border-bottom:1px solid #e3e7ec",
    "font:600 1.05rem/1.4 Georgia,serif;letter-spacing:.01em",
    "transition:opacity .2s ease-in-out,transform .2s ease-in-out",
    "position:relative;overflow:hidden;border-radius:4px",
]


@lru_cache(maxsize=64)
def style(name: str) -> str:
    """Write a style sheet in the page, as themes do."""
    rng = Random(f"style/{name}")  # noqa: S311
    rules = ["body{margin:0}.screen-reader-text{position:absolute;left:-9999px}"]
    size = 0
    while size < STYLE_BYTES:
        rule = (
            f".{name}-{rng.choice(_BLOCKS)}__{rng.choice(_PARTS)}--{rng.randint(1, 99)}"
            f"{{{rng.choice(_RULES)};order:{rng.randint(0, 40)}}}"
        )
        rules.append(rule)
        size += len(rule)
    return f"<style id='{name}-inline-css'>{''.join(rules)}</style>"


@lru_cache(maxsize=64)
def script(name: str) -> str:
    """Write a script in the page that does nothing at length."""
    rng = Random(f"script/{name}")  # noqa: S311
    lines = [f"window.{name}=window.{name}||{{}};"]
    size = 0
    while size < SCRIPT_BYTES:
        part, key = rng.choice(_PARTS), rng.randint(1000, 99999)
        line = (
            f"{name}.{part}{key}=function(e){{var t=document.querySelector('.{name}-{part}');"
            f"if(t&&e.type==='scroll'){{t.style.top=(window.scrollY%{key})+'px'}}return t}};"
        )
        lines.append(line)
        size += len(line)
    return f"<script>{''.join(lines)}</script>"


def menu(name: str, links: list[tuple[str, str]]) -> str:
    """Write the menu, twice as real pages have it: for wide screens and for phones."""
    items = "".join(
        f'<li class="{name}-menu__item menu-item menu-item-type-taxonomy">'
        f'<a class="menu-link" href="{escape(url)}">{escape(text)}</a></li>'
        for url, text in links
    )
    return (
        f'<header class="{name}-site__header" role="banner">'
        f'<nav class="desktop" aria-label="Main"><ul>{items}</ul></nav>'
        f'<nav class="mobile" aria-label="Mobile" hidden><ul>{items}</ul></nav></header>'
    )


def boxes(name: str, heading: str, links: list[tuple[str, str]]) -> str:
    """Write a block of related links."""
    cards = "".join(
        f'<div class="{name}-card__item"><a href="{escape(url)}" rel="bookmark">'
        f'<svg width="120" height="68" viewBox="0 0 120 68"><path d="M0 0h120v68H0z"/></svg>'
        f'<span class="{name}-card__title">{escape(text)}</span></a></div>'
        for url, text in links
    )
    return f'<aside class="{name}-related"><h3>{escape(heading)}</h3>{cards}</aside>'


def paragraphs(texts: tuple[str, ...] | list[str], **attributes: str) -> str:
    """Write paragraphs of plain text."""
    marks = "".join(f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items())
    return "\n".join(f"<p{marks}>{escape(text, quote=False)}</p>" for text in texts)
