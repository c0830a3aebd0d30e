"""Pages that are listed among articles and are none: videos, soft 404s, consent walls."""

from html import escape
from typing import TYPE_CHECKING

from khabar.newsroom import frame
from khabar.newsroom.truth import Kind

if TYPE_CHECKING:
    from khabar.newsroom.outlets.outlet import Outlet


def decoy_page(outlet: "Outlet", kind: Kind, index: int) -> str:
    """Print what an outlet shows in an article's place."""
    missing = outlet.wording.missing
    if kind == "soft_404":
        return outlet.dress(f"{missing} | {outlet.name}", f"<main><h1>{missing}</h1></main>")
    if kind == "consent":
        return _consent_wall(outlet)
    title = outlet.title(index)
    main = (
        f'<main><h1>{escape(title)}</h1><figure><video controls width="640" '
        f'src="/media/{index}.mp4"></video></figure><p>{outlet.wording.video}</p></main>'
    )
    head = '<meta property="og:type" content="video.other">'
    return outlet.dress(title, main, head=head, related=index)


def _consent_wall(outlet: "Outlet") -> str:
    # As real ones are: bare, without the site's menu, and with a good deal of text.
    wording = outlet.wording
    return (
        f'<!DOCTYPE html>\n<html lang="{outlet.language}" dir="{wording.direction}"><head>'
        f"{outlet.charset_meta()}<title>{wording.consent_title}</title>"
        f'<meta name="robots" content="noindex">{frame.style("consent")}</head><body>'
        f'<div class="consent-form"><h1>{wording.consent_title}</h1>'
        f"{frame.paragraphs(wording.consent)}"
        '<form action="/consent" method="post"><button name="all">OK</button></form></div>'
        f"{frame.script('consent')}</body></html>\n"
    )
