"""The drawings of the pages for a sheet: with a fixed size, and with the rules of the style sheet that dress them.

On a page a drawing is as wide as its place, and the style sheet of the site dresses it. On a sheet each drawing stands
by itself, so it carries its size and the rules for its own classes, in the font of the sheet.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from safer_kpi.publishing.site.render import STYLES

if TYPE_CHECKING:
    from collections.abc import Iterable

FONT = "Libertinus Serif"
#: How many pixels wide a drawing is that fills its place; others have a width of their own.
_WIDE = {"interval": 250, "bars": 240, "grid-row": 320, "map": 720, "spark": 120, "course": 200}
_PLOT = 900
#: The room at both sides of a field, for half of the text at its ends.
_ROOM = 10
#: A rule for some media or for pages, with the rules that it holds.
_AT_RULE = re.compile(r"@(?:media|page)\b[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_PAINTS = re.compile(r"\b(?:fill|stroke|font-size|display)\b")
_CLASS = re.compile(r"\.([\w-]+)")


def is_wide(svg: ET.Element) -> bool:
    """Return whether a drawing fills the width of its place, and is no sign within a line."""
    return _name(svg) in _WIDE


def drawing(svg: ET.Element) -> str:
    """Return a drawing by itself."""
    wide = _WIDE.get(_name(svg))
    if svg.get("width") == "100%" and wide is not None and svg.get("viewBox") is None:
        return _alone([_moved(svg, _ROOM, wide - 2 * _ROOM)], wide, svg.get("height", ""))
    *_, across, down = (svg.get("viewBox") or f"{svg.get('width')} {svg.get('height')}").split()
    return _alone([svg], svg.get("width", across) if wide is None else wide, svg.get("height", down))


def _name(svg: ET.Element) -> str:
    """Return what a drawing is, by its first class; the bars of a statement have none."""
    return (svg.get("class") or "course").split()[0]


def plot(parts: Iterable[ET.Element]) -> str:
    """Return a chart of which the axis and the field stand beside each other."""
    axis, field = parts
    left = int(axis.get("width", "0"))
    return _alone([_moved(axis, 0, left), _moved(field, left, _PLOT - left)], _PLOT, axis.get("height", ""))


def _moved(svg: ET.Element, x: int, width: int) -> ET.Element:
    """Return a copy of a drawing at another place, with a width in pixels."""
    copy = ET.Element("svg", dict(svg.attrib) | {"x": str(x), "width": str(width), "overflow": "visible"})
    copy.extend(svg)
    return copy


def _alone(parts: list[ET.Element], width: float | str, height: str) -> str:
    """Return drawings as one file of the given size, with the rules that dress them."""
    elements = [one for part in parts for one in part.iter()]
    used = {name for one in elements for name in (one.get("class") or "").split()}
    has_text = any(one.tag == "text" for one in elements)
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "width": str(width), "height": height})
    style = ET.SubElement(root, "style")
    style.text = "".join(rule for names, rule in _rules() if names <= used and (names or has_text))
    root.extend(parts)
    return ET.tostring(root, encoding="unicode")


@cache
def _rules() -> tuple[tuple[frozenset[str], str], ...]:
    """Return the rules of the style sheets that paint, one for each selector, with the classes that it names."""
    sheets = (STYLES[f"style/{name}.css"].read_text(encoding="utf-8") for name in ("report", "statement"))
    sheet = re.sub(r"/\*.*?\*/", "", "".join(sheets), flags=re.DOTALL)
    sheet = _AT_RULE.sub("", sheet)
    values = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", sheet)) | {"--font": f"'{FONT}'"}
    found = []
    for selectors, declared in _RULE.findall(sheet):
        if not _PAINTS.search(declared):
            continue
        body = re.sub(r"var\((--[\w-]+)\)", lambda name: values[name[1]], declared)
        for selector in selectors.split(","):
            alone = selector.replace(".statement ", "").strip()
            found.append((frozenset(_CLASS.findall(alone)), f"{alone}{{{body}}}"))
    return tuple(found)
