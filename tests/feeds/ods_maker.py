"""OpenDocument spreadsheets of the tests, their XML written by hand as LibreOffice writes it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from typing import Any

from tests.feeds.workbook_maker import NOISE, packed

SPACE = "urn:oasis:names:tc:opendocument:xmlns"
MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
_NAMESPACES = " ".join(
    f'xmlns:{name}="{SPACE}:{space}:1.0"'
    for name, space in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("draw", "drawing"),
        ("manifest", "manifest"),
    )
)
HIDING = (
    '<office:automatic-styles><style:style style:name="ta2" style:family="table">'
    '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
)


def text(value: str, attributes: str = "") -> str:
    return f'<table:table-cell office:value-type="string" {attributes}><text:p>{value}</text:p></table:table-cell>'


def number(value: str, attributes: str = "", kind: str = "float") -> str:
    cell = f'office:value-type="{kind}" office:value="{value}" {attributes}'
    return f"<table:table-cell {cell}><text:p>shown</text:p></table:table-cell>"


def blank(times: int = 1) -> str:
    return f'<table:table-cell table:number-columns-repeated="{times}"/>'


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def sheet(*rows: str, name: str = "Data", attributes: str = "", before: str = "") -> str:
    return f'<table:table table:name="{name}" {attributes}>{before}{"".join(rows)}</table:table>'


def content(*sheets: str, styles: str = "", head: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<office:document-content {_NAMESPACES}>{styles}'
        f"<office:body><office:spreadsheet>{''.join(sheets)}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )


def manifest(inner: str = "") -> str:
    entry = f'<manifest:file-entry manifest:full-path="content.xml">{inner}</manifest:file-entry>'
    return f"<manifest:manifest {_NAMESPACES}>{entry}</manifest:manifest>"


def document(xml: str, *, extra: dict[str, Any] | None = None) -> bytes:
    """A document around its content; the first part is stored, as the format asks."""
    parts = {"content.xml": xml, "META-INF/manifest.xml": manifest(), **(extra or {})}
    rest = packed({"mimetype": MIMETYPE, **parts})
    return _first_stored(rest)


def _first_stored(data: bytes) -> bytes:
    import io

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            made = zipfile.ZipInfo(entry.filename, entry.date_time)
            made.compress_type = zipfile.ZIP_STORED if entry.filename == "mimetype" else zipfile.ZIP_DEFLATED
            new.writestr(made, old.read(entry))
    return out.getvalue()


HEADER = row(text("Ward"), text("Count"), blank(16_382))
TABLE = (HEADER, row(text("north"), number("3")), row(text("south"), text("&lt;5")))
GOOD = document(content(sheet(*TABLE)))
_DOCTYPE = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
_FILLED = row(text("north"), number("3"), attributes='table:number-rows-repeated="{}"')


def _of(*rows: str, **options: Any) -> bytes:
    return document(content(sheet(HEADER, *rows), **options))


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "a row repeated a million times": (lambda: _of(_FILLED.format(1_048_000) * 2), "bomb"),
    "a row repeated beyond the grid": (lambda: _of(row(text("x"), attributes=_REPEATED.format(1_048_576))), "far_cell"),
    "rows of many cells repeated": (
        lambda: _of(row(number("1", 'table:number-columns-repeated="900"'), attributes=_REPEATED.format(3000))),
        "bomb",
    ),
    "a cell repeated beyond the columns": (
        lambda: _of(row(text("x", 'table:number-columns-repeated="16384"'))),
        "far_cell",
    ),
    "a number of repetitions that is none": (lambda: _of(row(attributes=_REPEATED.format("many"))), "damaged"),
    "no repetition": (lambda: _of(row(attributes=_REPEATED.format(0))), "damaged"),
    "a text repeated for gigabytes": (
        lambda: _of(row(text("x" * 30_000), attributes=_REPEATED.format(100_000))),
        "bomb",
    ),
    "a billion blanks in a cell": (lambda: _of(row(text('<text:s text:c="999999999"/>'))), "too_large"),
    "a text of 32,768 characters": (lambda: _of(row(text("x" * 32_768))), "too_large"),
    "one far cell": (lambda: _of(row(attributes=_REPEATED.format(1_048_576)), row(text("x"))), "far_cell"),
    "entities": (lambda: _of(head=_DOCTYPE), "entities"),
    "tags in tags in tags": (lambda: _of(row("<x>" * 100)), "bomb"),
    "XML cut short": (lambda: document(content(sheet(*TABLE))[:-60]), "damaged"),
    "no spreadsheet": (lambda: document(content().replace("spreadsheet>", "text>")), "damaged"),
    "a row in a row": (lambda: _of("<table:table-row><table:table-row/></table:table-row>"), "damaged"),
    "a cell outside rows": (lambda: _of(text("x")), "damaged"),
    "a number that is none": (lambda: _of(row(text("north"), number("three"))), "damaged"),
    "an endless number": (lambda: _of(row(text("north"), number("1E999"))), "damaged"),
    "no content": (lambda: document("", extra={"content.xml": ""}), "damaged"),
    "a password": (
        lambda: document(content(sheet(*TABLE)), extra={"META-INF/manifest.xml": manifest(_LOCKED)}),
        "encrypted",
    ),
    "macros": (lambda: document(content(sheet(*TABLE)), extra={"Basic/Standard/Module1.xml": NOISE}), "macros"),
    "a hidden sheet alone": (
        lambda: document(content(sheet(*TABLE, attributes='table:style-name="ta2"'), styles=HIDING)),
        "sheet",
    ),
    "too many sheets": (lambda: document(content(*[sheet(name=f"s{n}") for n in range(201)])), "too_large"),
    "a second table": (lambda: document(content(sheet(*TABLE, row(), *TABLE))), "second_table"),
    "a formula nobody calculated": (
        lambda: _of(row(text("north"), '<table:table-cell table:formula="of:=1+1"/>')),
        "formula",
    ),
}
_REPEATED = 'table:number-rows-repeated="{}"'
_LOCKED = "<manifest:encryption-data/>"
