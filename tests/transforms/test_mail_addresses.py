"""Mail addresses come out as a reader's browser shows them."""

import pytest

from tests.transforms.pages import PARAGRAPHS, html, make_page, story, to_article


def encoded(address: str, key: int = 0x5A) -> str:
    """Write an address as Cloudflare does."""
    return bytes([key, *(letter ^ key for letter in address.encode())]).hex()


def body_with(code: str) -> str:
    """Extract the last line of a text with a hidden address in it."""
    link = (
        f'<a href="/cdn-cgi/l/email-protection" class="__cf_email__" data-cfemail="{code}">'
        "[email&#160;protected]</a>"
    )
    last = f"Whoever lost a goat in the flood may write to {link} before the end of the month."
    page = html(f"<article><h1>Bridge</h1>{story(*PARAGRAPHS, last)}</article>")
    return (to_article(make_page(page)).body or "").splitlines()[-1]


def test_an_address_is_decoded() -> None:
    assert "write to goats@valley.example before" in body_with(encoded("goats@valley.example"))


@pytest.mark.parametrize("code", ["", "zz", "5", "5aff"])
def test_a_broken_address_is_left_as_it_is(code: str) -> None:
    assert "to [email protected] before" in body_with(code)
