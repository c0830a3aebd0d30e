import pytest
from lxml.html import document_fromstring

from transforms.ad_boxes import MOST_WORDS, without_ads


def left(markup: str) -> str:
    page = document_fromstring(f"<body><p>News.</p>{markup}<p>More.</p></body>")
    return " ".join("".join(map(str, without_ads(page).itertext())).split())


@pytest.mark.parametrize(
    "markup",
    [
        '<div class="box advertisement">Buy <b>tea</b></div>',
        '<div id="div-gpt-ad-15-0"><p>Advertisement</p><p>Tea</p></div>',
        '<aside class="ad-slot">Tea</aside>',
        '<div class="ads"><div class="advert">Tea</div></div>',
    ],
)
def test_boxes_named_for_an_advertisement_are_left_out(markup: str) -> None:
    assert left(markup) in ("News.More.", "News. More.")


@pytest.mark.parametrize(
    "markup",
    [
        '<div class="adsense-free loads">Tea</div>',
        '<div class="has-ad-slot">Tea</div>',
        '<div class="ads"><article>Tea</article></div>',
        f'<div class="ads">{"tea " * (MOST_WORDS + 1)}</div>',
    ],
)
def test_what_only_sounds_like_one_stays(markup: str) -> None:
    assert "ea" in left(markup)


def test_the_page_itself_is_not_touched() -> None:
    page = document_fromstring('<body><p>News.</p><div class="ads">Tea</div></body>')
    assert without_ads(page) is not page
    assert "Tea" in "".join(map(str, page.itertext()))
    bare = document_fromstring('<body><p>News.</p><div class="ads"><script>x</script></div></body>')
    assert without_ads(bare) is bare
