"""Recognise a workbook by its first bytes and its ZIP directory, without unpacking anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from safer_kpi.errors import InputRefused
from safer_kpi.intake.content import BOM, LAND_ARCHIVE, kind_of
from safer_kpi.intake.zip import Part, key, parts_of

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.intake.workbook.dialect import WorkbookDialect

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The oldest .xls files are bare records.
_BARE_XLS = (b"\x09\x08", b"\x09\x04", b"\x09\x02\x06\x00", b"\x09\x00\x04\x00")
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_PIECE = 2**18
_SAVE_AS = "Ask the partner to open it in Excel and to save it as .xlsx."
_SEND_WORKBOOK = "Ask the partner for the Excel workbook (.xlsx) itself."
# By a part that only they have.
_OTHER_ZIPS: tuple[tuple[str, str, str], ...] = (
    ("xl/workbook.bin", "an Excel binary workbook (.xlsb)", _SAVE_AS),
    ("word/document.xml", "a Word document (.docx)", _SEND_WORKBOOK),
    ("ppt/presentation.xml", "a presentation (.pptx)", _SEND_WORKBOOK),
    ("index/document.iwa", "a Numbers document", "Ask the partner to export it as .xlsx."),
)


XLSX, ODS = "xlsx", "ods"
# The first part of an OpenDocument file is stored and not packed, so that this stands near its beginning.
_SPREADSHEET = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"


@dataclass(frozen=True, kw_only=True)
class WorkbookFound:
    """A file that looks like a workbook: its size in bytes, its kind, and the parts its directory names."""

    bytes: int
    kind: str
    parts: tuple[Part, ...]


def preflight_workbook(path: Path, dialect: WorkbookDialect) -> WorkbookFound:
    """Return what the bytes of a file are without unpacking them, in milliseconds and a few megabytes.

    Raises:
        InputRefused: the file is not a workbook within the dialect's limits. Rules: ``empty``, ``not_workbook``,
            ``encrypted``, ``macros``, ``truncated``, ``damaged``, ``duplicate_part``, ``bomb``, ``too_large``.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(512)
        if not head.startswith(_ZIP):
            raise _no_zip(head, file, dialect.max_bytes)
        if size > dialect.max_bytes:
            raise InputRefused(
                f"The file holds more than {dialect.max_bytes:,} bytes, the most its contract allows.",
                rule="too_large",
                next_action="Ask the partner to send it in parts, or raise the contract's limit.",
            )
        parts = parts_of(file, dialect)
    names = {key(part.name) for part in parts}
    _refuse_macros(names)
    if "mimetype" not in names:
        _refuse_other_zips(names)
        return WorkbookFound(bytes=size, kind=XLSX, parts=parts)
    if _SPREADSHEET not in head:
        raise _not("an OpenDocument file, but no spreadsheet (.ods)", "Ask the partner to save it as .xlsx or .ods.")
    return WorkbookFound(bytes=size, kind=ODS, parts=parts)


def _no_zip(head: bytes, file: BinaryIO, most: int) -> InputRefused:
    if not head.removeprefix(BOM).strip():
        return InputRefused(
            "The file is empty.",
            rule="empty",
            next_action="Ask the partner to send it again; a nil return still is a workbook.",
        )
    if head.startswith(_OLE) and _holds(file, _ENCRYPTED_STREAM, most):
        return InputRefused(
            "The workbook is protected by a password.",
            rule="encrypted",
            next_action="Ask the partner to send it without a password, by the agreed secure way.",
        )
    return _not(*_kind(head))


def _kind(head: bytes) -> tuple[str, str]:
    """Return what a file that is not a ZIP is, and what to do."""
    if head.startswith(_BARE_XLS):
        return "an old Excel file (.xls)", _SAVE_AS
    kind = kind_of(head)
    if kind is not None:
        excel_opens_it = "web page" in kind or "old Office" in kind
        return kind, _SAVE_AS if excel_opens_it else _SEND_WORKBOOK
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "of an unknown kind", _SEND_WORKBOOK
    return "plain text (CSV?)", "Ask the partner for the .xlsx, or land it under the feed that takes CSV."


def _refuse_macros(names: set[str]) -> None:
    if any(
        name.rsplit("/", 1)[-1] == "vbaproject.bin" or name.startswith(("xl/macrosheets/", "basic/", "scripts/"))
        for name in names
    ):
        raise InputRefused(
            "The workbook holds macros.",
            rule="macros",
            next_action="Ask the partner to save it as .xlsx, which has none; never enable them.",
        )


def _refuse_other_zips(names: set[str]) -> None:
    for mark, kind, next_action in _OTHER_ZIPS:
        if mark in names:
            raise _not(kind, next_action)
    if "[content_types].xml" not in names:
        inner = sorted({name.rsplit(".", 1)[-1] for name in names} & {"xlsx", "xls", "ods", "csv", "zip"})
        held = f"a ZIP archive with {' and '.join(inner)} inside" if inner else "a ZIP archive and no workbook"
        raise _not(held, LAND_ARCHIVE)


def _holds(file: BinaryIO, mark: bytes, most: int) -> bool:
    """Return whether the first bytes of a file, as many as a workbook may have, hold a mark."""
    file.seek(0)
    before = b""
    while file.tell() < most and (piece := file.read(_PIECE)):
        if mark in before + piece:
            return True
        before = piece[-len(mark) :]
    return False


def _not(kind: str, next_action: str) -> InputRefused:
    return InputRefused(
        f"The file is {kind}; a workbook (.xlsx or .ods) is what is read.", rule="not_workbook", next_action=next_action
    )
