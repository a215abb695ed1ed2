"""Write a copy of the content that DuckDB reads best: unpacked, in UTF-8, with one kind of line end."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from safer_kpi.intake.content import pieces

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.intake.dialect import Dialect
    from safer_kpi.intake.found import Preflight


def normalise(source: Path, found: Preflight, dialect: Dialect, target: Path) -> None:
    """Write ``target``; values keep every character.

    Line ends are unified only if no record contains one.

    Raises:
        InputRefused: as ``pieces`` does.
    """
    decode = None if found.encoding == "utf-8" else codecs.getincrementaldecoder(found.encoding)("strict").decode
    shorten = found.newline == "mixed" and found.plain
    held = b""
    with target.open("wb") as out:
        for piece in pieces(source, dialect, compressed=found.compressed):
            text = piece if decode is None else decode(piece).encode()
            if shorten:
                text = held + text
                # A line end may be cut in two by the edge of a piece.
                held = b"\r" if text.endswith(b"\r") else b""
                text = text[: len(text) - len(held)].replace(b"\r\n", b"\n")
            out.write(text)
        if decode is not None:
            out.write(decode(b"", True).encode())
        out.write(held)
