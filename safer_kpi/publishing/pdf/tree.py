"""Read the markup of the templates into blocks and words, the few kinds that ``report.typ`` can set.

A node is a text, or a mapping with its ``kind``. The markup is well-formed, so the standard library's parser reads it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from safer_kpi.publishing.pdf.drawings import drawing, is_wide, plot
from safer_kpi.publishing.pdf.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

Node = str | dict[str, Any]
_SPACE = re.compile(r"[ \t\r\n\f]+")
#: What XML does not allow, such as control characters in a comment.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INLINE = {"a", "bdi", "code", "data", "small", "span", "strong", "svg"}
#: The level of a heading is the one that its class shows.
_LEVELS = {"govuk-heading-l": 1, "govuk-heading-m": 2}
#: The kinds of words that look otherwise than the others, by the class that says so.
_WORDS = {
    "when": "line", "unit": "quiet", "quiet": "quiet", "state": "quiet", "lack": "quiet", "big": "strong",
    "strong": "strong", "place": "place", "letter": "strong", "govuk-caption-m": "quiet",
}  # fmt: skip


def read(markup: str) -> list[Node]:
    """Return the blocks of a report."""
    root = ET.fromstring(_FORBIDDEN.sub("\ufffd", markup))  # noqa: S314 (our own templates escape what they are given)
    return _Reader({name for one in root.iter() if (name := one.get("id"))}).blocks(root)


class _Reader:
    """Reads elements; ``ids`` are the places that a link can lead to."""

    def __init__(self, ids: set[str]) -> None:
        self.ids = ids
        self.alt = ""

    def blocks(self, element: ET.Element) -> list[Node]:
        """Return the blocks of an element; words beside blocks are a paragraph."""
        found: list[Node] = []
        run: list[Node] = []
        for item in _content(element):
            if isinstance(item, str) or (item.tag in _INLINE and not (item.tag == "svg" and is_wide(item))):
                run += self.words(item)
                continue
            found += _paragraph(run)
            run = []
            found += self.block(item)
        return found + _paragraph(run)

    def block(self, element: ET.Element) -> list[Node]:
        """Return what a block stands for; within an element that says it, a drawing has another text."""
        outer, self.alt = self.alt, element.get("data-alt", self.alt)
        read_one = {
            "dl": self._terms, "figcaption": self._paragraph, "h2": self._heading, "h3": self._heading,
            "h4": self._heading, "ol": self._list, "p": self._paragraph, "pre": self._listing,
            "summary": self._paragraph, "svg": self._drawing, "table": self._table, "ul": self._list,
        }.get(element.tag, self._part)  # fmt: skip
        found = read_one(element)
        self.alt = outer
        return found

    def line(self, element: ET.Element) -> list[Node]:
        """Return the words of an element."""
        return [node for item in _content(element) for node in self.words(item)]

    def words(self, item: ET.Element | str) -> list[Node]:
        """Return the words of a text or of an element within a line."""
        if isinstance(item, str):
            return [item]
        if item.tag == "svg":
            return [{"kind": "sign", "svg": drawing(item), "width": int(item.get("width", "0"))}]
        if item.tag == "code":
            return [{"kind": "code", "text": "".join(item.itertext())}]
        held = self.line(item)
        classes = _classes(item)
        if item.tag == "a":
            return self._link(item, held)
        if "verdict" in classes:
            look = next(name for name in classes if name.startswith("verdict--"))
            return [{"kind": "tag", "look": look.removeprefix("verdict--"), "nodes": _trimmed(held)}]
        kind = {"strong": "strong", "small": "quiet"}.get(item.tag)
        kind = kind or next((_WORDS[name] for name in classes if name in _WORDS), None)
        return held if kind is None else [{"kind": kind, "nodes": held}]

    def _part(self, element: ET.Element) -> list[Node]:
        """Return the blocks of a part, together where it says so."""
        classes = _classes(element)
        if "plot" in classes:
            return [self._picture(plot(element))]
        held: list[Node] = [{"kind": "contents"}] if element.tag == "nav" else self.blocks(element)
        if "govuk-inset-text" in classes:
            held = [{"kind": "inset", "nodes": held}]
        elif "kept" in classes or element.tag == "figure":
            held = [{"kind": "kept", "nodes": held}]
        return [{"kind": "sheet"}, *held] if "own-page" in classes else held

    def _paragraph(self, element: ET.Element) -> list[Node]:
        named = {"lead": "lead", "quiet": "quiet", "when": "quiet", "small": "quiet"}
        look = next((named[name] for name in _classes(element) if name in named), "")
        return _paragraph(self.line(element), "strong" if element.tag == "summary" else look)

    def _heading(self, element: ET.Element) -> list[Node]:
        classes = _classes(element)
        level = next((_LEVELS[name] for name in classes if name in _LEVELS), 3)
        heading = {"kind": "heading", "level": level, "id": element.get("id"), "nodes": _trimmed(self.line(element))}
        return [{"kind": "sheet"}, heading] if "own-page" in classes else [heading]

    def _list(self, element: ET.Element) -> list[Node]:
        kind = "legend" if "legend" in _classes(element) else "list"
        return [{"kind": kind, "numbered": element.tag == "ol", "items": [self.blocks(item) for item in element]}]

    def _terms(self, element: ET.Element) -> list[Node]:
        rows = [{"term": _trimmed(self.line(row[0])), "nodes": self.blocks(row[1])} for row in element]
        return [{"kind": "terms", "rows": rows}]

    def _listing(self, element: ET.Element) -> list[Node]:
        return [{"kind": "listing", "text": "".join(element.itertext())}]

    def _table(self, element: ET.Element) -> list[Node]:
        return [table(element, self.block)]

    def _drawing(self, element: ET.Element) -> list[Node]:
        return [self._picture(drawing(element), is_map="map" in _classes(element))]

    def _picture(self, svg: str, *, is_map: bool = False) -> Node:
        return {"kind": "drawing", "svg": svg, "alt": self.alt, "is_map": is_map}

    def _link(self, element: ET.Element, held: list[Node]) -> list[Node]:
        """Return a link to a place of the report, or the words alone where it leads to no such place."""
        page, _, anchor = element.get("href", "").partition("#")
        target = anchor or page.rpartition("/")[2]
        return [{"kind": "link", "to": target, "nodes": held}] if target in self.ids else held


def _content(element: ET.Element) -> Iterator[ET.Element | str]:
    """Yield the texts and elements of an element, with one space for any white space."""
    if element.text:
        yield _SPACE.sub(" ", element.text)
    for child in element:
        yield child
        if child.tail:
            yield _SPACE.sub(" ", child.tail)


def _classes(element: ET.Element) -> list[str]:
    return (element.get("class") or "").split()


def _paragraph(words: list[Node], look: str = "") -> list[Node]:
    trimmed = _trimmed(words)
    if trimmed and not isinstance(trimmed[0], str) and trimmed[0]["kind"] == "line":
        trimmed[0] = trimmed[0] | {"kind": "quiet"}  # the line is begun already
    return [{"kind": "paragraph", "look": look, "nodes": trimmed}] if trimmed else []


def _trimmed(words: list[Node]) -> list[Node]:
    """Return words without the space at both ends."""
    found = list(words)
    if found and isinstance(found[0], str):
        found[0] = found[0].lstrip(" ")
    if found and isinstance(found[-1], str):
        found[-1] = found[-1].rstrip(" ")
    return [node for node in found if node != ""]
