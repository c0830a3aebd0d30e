"""Mail addresses that Cloudflare took out of a page, for its script to put back."""

from lxml.html import HtmlElement

from transforms.encoding import clean_characters

ENCODED = "data-cfemail"


def decode_addresses(tree: HtmlElement) -> None:
    """Write each address where "[email protected]" stands: its bytes, xor the first."""
    for element in tree.xpath(f"//*[@{ENCODED}]"):
        try:
            key, *letters = bytes.fromhex(element.get(ENCODED) or "")
            address = bytes(letter ^ key for letter in letters).decode()
        except ValueError:
            continue
        for child in element:
            element.remove(child)
        element.text = clean_characters(address)
