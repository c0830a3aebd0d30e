"""Pages that would kill, hang or fill a careless reader, each by name."""

import json
from collections.abc import Callable

from tests.transforms.pages import article_html, html, ld, story

MEGA = 1_000_000
LINE = "The river rose. "


def _bytes(markup: str) -> bytes:
    return markup.encode()


def _deep_json(depth: int) -> str:
    return ld(f'{{"@type":"NewsArticle","headline":{"[" * depth}{"]" * depth}}}')


def _broken_utf8() -> bytes:
    return article_html().encode().replace(b" the ", b" \xc3\x28\xff\xed\xa0\x80the ")


HOSTILE: dict[str, Callable[[], bytes]] = {
    "divs nested 100,000 deep": lambda: _bytes(html("<div>" * 100_000 + story())),
    "inline tags nested 100,000 deep": lambda: _bytes(html("<b><i>" * 50_000 + story())),
    "tables nested 20,000 deep": lambda: _bytes(html("<table><tr><td>" * 20_000 + story())),
    "lists nested 50,000 deep": lambda: _bytes(html("<ul><li>" * 50_000 + story())),
    "drawings nested 50,000 deep": lambda: _bytes(html("<svg>" * 50_000 + story())),
    "paragraphs never closed": lambda: _bytes(html(f"<article>{'<p>' + LINE * 3:}" * 20_000)),
    "30 MB of one line": lambda: _bytes(html("<p>" + LINE * (30 * MEGA // len(LINE)) + "</p>")),
    "9 MB of one line": lambda: _bytes(html("<p>" + LINE * (9 * MEGA // len(LINE)) + "</p>")),
    "9 MB of one word": lambda: _bytes(html("<p>" + "a" * 9 * MEGA + "</p>")),
    "5 MB of blanks": lambda: _bytes(article_html(above="<p>" + " " * 5 * MEGA + "</p>")),
    "a headline of 2 MB": lambda: _bytes(html(f"<h1>{LINE * 125_000}</h1>{story()}")),
    "nothing but NULs": lambda: b"\x00" * MEGA,
    "NULs between all letters": lambda: b"\x00".join(
        bytes([one]) for one in article_html().encode()
    ),
    "broken UTF-8": _broken_utf8,
    "UTF-16 that says it is UTF-8": lambda: article_html(
        '<meta charset="utf-8">'
    ).encode("utf-16"),
    "an unheard-of charset": lambda: _bytes(article_html('<meta charset="x-mars">')),
    "XML as HTML": lambda: _bytes(
        '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><r><p>&a;</p></r>'
    ),
    "a feed as HTML": lambda: _bytes(
        '<?xml version="1.0"?><rss version="2.0"><channel><item/></channel></rss>'
    ),
    "an entity bomb": lambda: _bytes(
        '<!DOCTYPE h [<!ENTITY a "lol">'
        + "".join(
            f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10)
        )
        + f"]>{article_html(above='<p>&k;</p>')}"
    ),
    "a flood of entities": lambda: _bytes(article_html(above="<p>" + "&amp;&#x62;&x;" * 300_000)),
    "200,000 links": lambda: _bytes(
        html("".join(f'<a href="/{n}">Water rises in town {n}</a> ' for n in range(200_000)))
    ),
    "50,000 links and an article": lambda: _bytes(
        article_html(above="".join(f'<a href="/{n}">Rain on day {n}</a>' for n in range(50_000)))
    ),
    "a million line breaks": lambda: _bytes(article_html(above="<br>" * MEGA)),
    "a million line breaks between words": lambda: _bytes(html("<p>" + "a<br>" * MEGA)),
    "100,000 scripts between words": lambda: _bytes(
        html("<script></script>Water. " * 100_000)
    ),
    "50,000 paragraphs": lambda: _bytes(html(f"<article>{f'<p>{LINE * 4}</p>' * 50_000}")),
    "20,000 headings": lambda: _bytes(html(f"<h1>{LINE}</h1>" * 20_000 + story())),
    "50,000 times": lambda: _bytes(html("<time>9 March 2026</time>" * 50_000 + story())),
    "50,000 date lines": lambda: _bytes(
        html("<p>Published on 99 Mar 2026 at 99:99</p>" * 50_000 + story())
    ),
    "a JSON-LD script of 5 MB": lambda: _bytes(
        article_html(ld(json.dumps({"@type": "NewsArticle", "articleBody": LINE * 312_500})))
    ),
    "JSON-LD of 200,000 nodes": lambda: _bytes(
        article_html(ld(json.dumps([{"@type": "Person", "@id": f"#{n}"} for n in range(200_000)])))
    ),
    "JSON-LD that is broken for 5 MB": lambda: _bytes(
        article_html(ld('{"@type":"NewsArticle","a":"' + '\\"\\,}' * MEGA))
    ),
    "JSON-LD nested 100,000 deep": lambda: _bytes(article_html(_deep_json(100_000))),
    "JSON-LD of 50,000 authors": lambda: _bytes(
        article_html(
            ld(json.dumps({"@type": "NewsArticle", "author": [f"Z K{n}" for n in range(50_000)]}))
        )
    ),
    "20,000 JSON-LD scripts": lambda: _bytes(article_html(ld('{"@type":"NewsArticle"}') * 20_000)),
    "100,000 meta tags": lambda: _bytes(
        article_html("".join(f'<meta name="n{n}" content="{n}">' for n in range(100_000)))
    ),
    "100,000 meta tags of one name": lambda: _bytes(
        article_html("".join(f'<meta name="author" content="Zala {n}">' for n in range(100_000)))
    ),
    "100,000 canonical links": lambda: _bytes(
        article_html("".join(f'<link rel="canonical" href="/{n}">' for n in range(100_000)))
    ),
    "an attribute of 5 MB": lambda: _bytes(article_html(above=f"<p id={'a' * 5 * MEGA}>")),
    "a description of 5 MB": lambda: _bytes(
        article_html(f'<meta name="keywords" content="{"flood, " * 700_000}">')
    ),
    "100,000 attributes": lambda: _bytes(
        article_html(above="<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">.</p>")
    ),
    "80,000 lines in an article": lambda: _bytes(
        article_html(above="<pre>" + "".join(f"{n} rose and fell\n" for n in range(80_000)))
    ),
    "a closing word of 100,000 letters": lambda: _bytes(html(story() + "<p>" + "Ab9/" * 25_000)),
    "200 headlines of 5,000 letters": lambda: _bytes(
        html("".join(f"<h1>{LINE * 300}{n}</h1>" for n in range(200)) + f"<p>{LINE * 301}</p>")
    ),
    "sidebars nested 230 deep": lambda: _bytes(
        html("<div class=sidebar>" * 230 + "a<br>" * 50_000 + story() + "</div>" * 230)
    ),
    "headlines nested 100 deep around 5 MB": lambda: _bytes(
        html("<h1><a href=/x>" * 100 + "abc def " * 625_000 + "</a></h1>" * 100)
    ),
    "tag boxes nested 200 deep around 3 MB": lambda: _bytes(
        article_html(
            above="".join(f"<div class=tags><a href=/tag/{n}>tag {n}</a>" for n in range(200))
            + "abc def " * 400_000 + "</div>" * 200
        )
    ),
    "5,000 links in a class of 1 MB": lambda: _bytes(
        article_html(
            above=f"<div class='{'aB ' * 350_000}'>"
            + "".join(f"<a href=/x/{n}>x{n}</a>" for n in range(5_000)) + "</div>"
        )
    ),
    "20,000 date lines that nobody reads": lambda: _bytes(
        html("".join(f"<p>Published 29 F{n:05x}x 2019</p>" for n in range(20_000)) + story())
    ),
    "CDATA bombs": lambda: _bytes(article_html(above="<![CDATA[" * 300_000 + "]]>" * 300_000)),
    "comments never closed": lambda: _bytes(article_html(above="<!-- " * 300_000)),
    "half tags": lambda: _bytes(article_html(above="<" * MEGA)),
    "a title never closed": lambda: _bytes("<html><head><title>" + article_html() * 500),
}  # fmt: skip
