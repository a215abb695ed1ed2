"""Whether what came is a file of the kind that its name says, and not a page that explains why it is not there."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from safer_kpi.errors import FetchFailed
from safer_kpi.intake.content import GZIP, kind_of

if TYPE_CHECKING:
    from pathlib import Path

_PAGES = ("text/html", "application/xhtml+xml", "image/", "audio/", "video/")
_ZIPS = (".zip", ".xlsx", ".xlsm", ".ods")
_HEADS = {".gz": GZIP, ".parquet": b"PAR1", **dict.fromkeys(_ZIPS, b"PK")}


def require_not_a_page(content_type: str, shown: str) -> None:
    """Raise if the answer calls itself a web page, a picture or a recording.

    Raises:
        FetchFailed: it does.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith(_PAGES):
        raise _not_it(shown, "a web page" if kind == "text/html" else f"content of the type {kind[:40]!r}")


def require_expected(path: Path, name: str, shown: str) -> None:
    """Raise if a file is not of the kind that its name's ending says.

    Raises:
        FetchFailed: it is empty, a web page, or without the first bytes (of an archive the end) of its kind.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise _not_it(shown, "an empty file")
    kind = kind_of(head)
    if kind == "a web page or XML document":
        raise _not_it(shown, kind)
    ending = next((ending for ending in _HEADS if name.lower().endswith(ending)), None)
    if ending is not None and not head.startswith(_HEADS[ending]):
        raise _not_it(shown, f"{kind or 'text'}, although its name ends in {ending}")
    if ending in _ZIPS and not zipfile.is_zipfile(path):
        raise _not_it(shown, "an archive without its end")


def _not_it(shown: str, what: str) -> FetchFailed:
    return FetchFailed(
        f"{shown} gave {what}, and not the file.",
        next_action="Nothing of it was kept. Look at the address in a browser; it may have moved.",
    )
