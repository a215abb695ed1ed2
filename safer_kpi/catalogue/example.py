"""The worked example of a definition: rows as a partner sends them, and the number they make."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, TypeAlias

from safer_kpi.catalogue.lines import read_document
from safer_kpi.catalogue.suggestions import nearest
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from safer_kpi.catalogue.lines import Document

Rows: TypeAlias = "Mapping[str, Mapping[str, tuple[Mapping[str, str], ...]]]"


@dataclass(frozen=True, kw_only=True)
class Example:
    """Rows and what they come to.

    Attributes:
        says: the example in a sentence.
        rows: per feed and file name the rows of the file, each a mapping of the partner's header to the text below it.
        area: the area the number is of.
        period: the period it is of, as periods are written.
        breakdown: ``all``, or the part of a breakdown.
        arithmetic: how the number comes from the rows.
        numerator: the numerator of the observation.
        denominator: its denominator, None for a count.
        value: its value, None where it has none.
    """

    says: str
    rows: Rows
    area: str
    period: str
    breakdown: str = "all"
    arithmetic: str
    numerator: float | None
    denominator: float | None
    value: float | None


_REQUIRED = {field.name for field in fields(Example)} - {"breakdown", "rows"}
_NUMBERS = ("numerator", "denominator", "value")
_TEXTS = ("says", "area", "period", "arithmetic")
_NOTHING = ("null", "~")
EXPECTED = "expected.yaml"


def read_folder(folder: Path) -> Example | None:
    """Read the worked example in a folder; None if there is no such folder.

    ``expected.yaml`` says what comes out. Beside it stands a folder per feed, with the partner's files as CSV, each
    named as the partner names it; the rows of a workbook stand in ``<name of the workbook>.csv``.

    Raises:
        ProjectError: a file is missing or is not CSV, or a key is missing, unknown or of the wrong kind.
    """
    if not folder.is_dir():
        return None
    if not (folder / EXPECTED).is_file():
        raise ProjectError(f"examples/{folder.name}: {EXPECTED} is missing.")
    document = replace(read_document(folder / EXPECTED), name=f"examples/{folder.name}/{EXPECTED}")
    rows: dict[str, dict[str, tuple[dict[str, str], ...]]] = {}
    for path in sorted(folder.glob("*/*.csv")):
        name = path.name.removesuffix(".csv") if path.name.endswith(".xlsx.csv") else path.name
        rows.setdefault(path.parent.name, {})[name] = _csv_rows(path)
    if not rows:
        raise ProjectError(f"examples/{folder.name}: no file of a partner is in a folder of its feed.")
    return _example(document, (), rows)


def read_example(document: Document, place: tuple[str | int, ...], metric_id: str) -> Example:
    """Read the example that stands in the definition itself, under ``example``: the form of older projects.

    Raises:
        ProjectError: a key is missing, unknown, empty or of the wrong kind.
    """
    place = (*place, "example")
    return _example(document, place, _rows(document, place, metric_id), metric_id)


def _example(document: Document, place: tuple[str | int, ...], rows: Rows, metric_id: str = "") -> Example:
    data, written = document.data, document.written(place)
    for step in place:
        data = data[step]
    told = f"{metric_id}: " if metric_id else ""
    if not isinstance(data, dict):
        raise document.error(place, f"{told}an example is a mapping of keys.")
    if missing := sorted(_REQUIRED - set(data)):
        raise document.error(place, f"{told}the example lacks {', '.join(missing)}.")
    known = _REQUIRED | {"breakdown", *(["rows"] if place else [])}
    for name in data:
        if name not in known:
            raise document.error((*place, name), f"{told}unknown key {name} of the example.", nearest(str(name), known))
    for name in _NUMBERS:
        number = data[name]
        if number is not None and (not isinstance(number, int | float) or isinstance(number, bool)):
            raise document.error((*place, name), f"{told}{name} of the example must be a number or null.")
    for name in _TEXTS:
        if not isinstance(written[name], str) or not written[name].strip():
            raise document.error((*place, name), f"{told}{name} of the example must be text.")
    return Example(
        rows=rows,
        breakdown=str(written.get("breakdown", "all")),
        **{name: written[name] for name in _TEXTS},
        **{name: data[name] for name in _NUMBERS},
    )


def _csv_rows(path: Path) -> tuple[dict[str, str], ...]:
    """Return the rows of a file, each by header; every one has as many cells as the header."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = list(csv.reader(file)) or [[]]
    for number, line in enumerate(lines, start=2):
        if len(line) != len(header):
            where = "/".join(("examples", *path.parts[-3:]))
            raise ProjectError(f"{where}: row {number} has {len(line)} cells, the header has {len(header)}.")
    return tuple(dict(zip(header, line, strict=True)) for line in lines)


def _rows(document: Document, place: tuple[str | int, ...], metric_id: str) -> Rows:
    """Return the files of each feed; a file may hold no row (a nil return), an example must hold a file."""
    feeds = document.written((*place, "rows"))
    shape = document.error(
        (*place, "rows"),
        f"{metric_id}: rows of the example must be feed: {{file: [{{header: value}}, …]}}, with at least one file.",
    )
    if not isinstance(feeds, dict) or not feeds:
        raise shape
    found: dict[str, dict[str, tuple[dict[str, str], ...]]] = {}
    for feed, files in feeds.items():
        if not isinstance(files, dict) or not files:
            raise shape
        for name, rows in files.items():
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise shape
            if not all(isinstance(value, str) for row in rows for value in row.values()):
                raise shape
            texts = tuple({key: "" if value in _NOTHING else value for key, value in row.items()} for row in rows)
            found.setdefault(feed, {})[name] = texts
    return found
