"""What a page's elements are called: by class, id, relation and property of microdata."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from lxml.html import HtmlElement


@dataclass(frozen=True, kw_only=True)
class ElementNames:
    """Every element of a page, in page order, with its names in one line."""

    elements: tuple[HtmlElement, ...]
    lines: tuple[str, ...]
    """The class, id, rel and itemprop of each element."""
    marked: tuple[HtmlElement, ...]
    """Those with microdata, or RDFa, which says `property`."""

    @cached_property
    def _lowered(self) -> dict[str, str]:
        # Templates repeat their names: a page has three times as many elements as such lines.
        return {line: line.lower() for line in dict.fromkeys(self.lines)}

    @cached_property
    def _text(self) -> str:
        return "\n".join(self._lowered.values())

    def lines_with(self, words: Iterable[str]) -> frozenset[str]:
        """Choose the lines that hold one of the words, given in small letters, in any letters."""
        # Most words stand in no line, which one look at all of them shows.
        near = [word for word in words if word in self._text]
        lines = self._lowered.items() if near else ()
        return frozenset(line for line, lowered in lines if any(word in lowered for word in near))


def read_names(tree: HtmlElement) -> ElementNames:
    """Note the names of all elements on one walk through a page."""
    elements = tuple(tree.iter())
    lines: list[str] = []
    marked: list[HtmlElement] = []
    for element in elements:
        read = element.get
        prop = read("itemprop")
        lines.append(f"{read('class', '')} {read('id', '')} {read('rel', '')} {prop or ''}")
        if prop is not None or read("property") is not None:
            marked.append(element)
    return ElementNames(elements=elements, lines=tuple(lines), marked=tuple(marked))
