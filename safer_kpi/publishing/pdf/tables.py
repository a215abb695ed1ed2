"""Read a table of the templates: its caption, its head and its rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

#: What sets the widths of the columns, by the class of a table.
_SHAPES = ("score", "wards", "feeds", "lines")


Read = Callable[["ET.Element"], list[Any]]


def table(element: ET.Element, read: Read) -> dict[str, Any]:
    """Return a table, of which ``read`` reads the cells.

    A row of one head cell over all columns is the head of the rows below it.
    """
    caption = element.find("caption")
    head = [row for part in element.findall("thead") for row in part]
    rows = [row for part in element if part.tag in {"tbody", "tfoot"} for row in part]
    classes = (element.get("class") or "").split()
    return {
        "kind": "table",
        "shape": next((name for name in _SHAPES if name in classes), ""),
        "columns": sum(int(cell.get("colspan", "1")) for cell in head[0]),
        "caption": [] if caption is None else read(caption),
        "head": [_cell(cell, read) for row in head for cell in row],
        "rows": [_row(row, read) for row in rows],
    }


def _row(row: ET.Element, read: Read) -> dict[str, Any]:
    classes = (row.get("class") or "").split()
    cells = [_cell(cell, read) for cell in row]
    return {"heads": len(row) == 1 and row[0].tag == "th", "strong": "balance" in classes, "cells": cells}


def _cell(cell: ET.Element, read: Read) -> dict[str, Any]:
    return {"span": int(cell.get("colspan", "1")), "right": cell.get("class") == "n", "nodes": read(cell)}
