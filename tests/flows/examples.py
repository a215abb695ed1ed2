"""The worked examples of the definitions, written as the files a partner would send."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from safer_kpi.catalogue.definition import Definition
from safer_kpi.catalogue.feeds import Feed, load_feed
from safer_kpi.catalogue.layouts import Layout
from safer_kpi.landing import Terms, land
from safer_kpi.settings import Settings

Row = Mapping[str, str]
BETWEEN = " | "  # the rows of a header of several rows


FIRST = dt.datetime(2025, 1, 6, 9)


def land_examples(settings: Settings, definitions: Sequence[Definition], folder: Path) -> dict[str, list[str]]:
    """Land the files of all examples, each once; give per metric what was not accepted of its files."""
    refused: dict[str, list[str]] = {}
    at = FIRST
    for feed, files in _files_of(definitions).items():
        contract = load_feed(settings.project, feed)
        paths = [
            str(write_example(contract, name, _rows_of(definitions, metrics[0], feed, name), folder / metrics[0]))
            for (name, _), metrics in files.items()
        ]
        at += dt.timedelta(minutes=1)
        receipts = land(settings, feed, paths, terms=Terms(received_at=at))
        for receipt, metrics in zip(receipts, files.values(), strict=True):
            if receipt.status != "accepted":
                for metric_id in metrics:
                    refused.setdefault(metric_id, []).append(f"{receipt.status}: {receipt.error}")
    return refused


def _files_of(definitions: Sequence[Definition]) -> dict[str, dict[tuple[str, str], list[str]]]:
    """Per feed the files of all examples, and the metrics each is of: examples may share a file."""
    found: dict[str, dict[tuple[str, str], list[str]]] = {}
    for one in definitions:
        assert one.example is not None
        for feed, files in one.example.rows.items():
            for name, rows in files.items():
                found.setdefault(feed, {}).setdefault((name, repr(rows)), []).append(one.metric_id)
    return found


def _rows_of(definitions: Sequence[Definition], metric_id: str, feed: str, name: str) -> Sequence[Row]:
    return next(one.example.rows[feed][name] for one in definitions if one.metric_id == metric_id and one.example)


def write_example(feed: Feed, name: str, rows: Sequence[Row], folder: Path) -> Path:
    """The file ``name`` of ``feed`` holding ``rows``; a workbook where the contract's dialect is one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    header = _header(feed, rows)
    body = [[row.get(column, "") for column in header] for row in rows]
    if "workbook" in feed.dialect:
        _write_workbook(path, feed.dialect["workbook"], header, body)
        return path
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=feed.dialect.get("delimiter", ","), lineterminator="\n")
        writer.writerows([header, *body])
    return path


def _header(feed: Feed, rows: Sequence[Row]) -> list[str]:
    """The headers of the rows, then those of the layout that they leave out; what is no header of it is an error."""
    given = list(dict.fromkeys(column for row in rows for column in row))
    layout, columns = _layout(feed, given)
    made = _made_of_headers(feed, given)
    left_out = [column for column in layout.columns if column not in columns and column not in made]
    return [*given, *(_first_header(layout, column) for column in left_out)]


def _layout(feed: Feed, given: Sequence[str]) -> tuple[Layout, list[str | None]]:
    """The layout that knows most of the headers, and the column of each."""
    found = [(layout, [layout.headers.get(_plain(header)) for header in given]) for layout in feed.layouts]
    layout, columns = max(found, key=lambda one: sum(column is not None for column in one[1]))
    unknown = [
        header
        for header, column in zip(given, columns, strict=True)
        if column is None and _plain(header) not in feed.ignored_headers and not _is_value(feed, header)
    ]
    assert not unknown, f"{feed.name} knows no header {unknown}"
    return layout, columns


def _plain(header: str) -> str:
    return " ".join(header.replace("_", " ").split()).casefold()


def _first_header(layout: Layout, column: str) -> str:
    declared = (layout.schema.columns[column].metadata or {}).get("headers", ())
    return str(declared[0]) if declared else column


def _is_value(feed: Feed, header: str) -> bool:
    """Whether a header is itself a value, such as a year."""
    return feed.unpivot is not None and feed.is_value_header(header)


def _made_of_headers(feed: Feed, given: Sequence[str]) -> set[str]:
    """The columns that are made of headers and the cells below them."""
    if feed.unpivot is None or not any(_is_value(feed, header) for header in given):
        return set()
    return {feed.unpivot["name"], feed.unpivot["value"]}


def _write_workbook(path: Path, dialect: Mapping[str, Any], header: Sequence[str], body: list[list[str]]) -> None:
    """Notes, then the sheet of the contract: a title, the header's rows, the data, a footer."""
    workbook = Workbook()
    notes = workbook.active
    assert notes is not None
    notes.title = "Notes"
    notes.append(["About this workbook"])
    sheet = workbook.create_sheet(re.sub(r"[\\^$?*+().|\[\]]", "", dialect["sheet"]))
    sheet.append(["As agreed"])
    sheet.append([])
    for level in _levels(header, int(dialect.get("header_rows", 1))):
        sheet.append([name or None for name in level])
    if body:
        for row in body:
            sheet.append([int(cell) if cell.isdigit() else cell or None for cell in row])
    else:
        sheet.append(["Nil return"])
    workbook.save(path)


def _levels(header: Sequence[str], rows: int) -> list[list[str]]:
    """The rows of the header: the parts of each name from the top, a group's name over its first column only."""
    parts = [name.split(BETWEEN) for name in header]
    levels = [[part[level] if level < len(part) else "" for part in parts] for level in range(rows)]
    for level in levels[:-1]:
        for place in range(len(level) - 1, 0, -1):
            if len(parts[place]) > 1 and parts[place][0] == parts[place - 1][0] and level[place] == level[place - 1]:
                level[place] = ""
    return levels
