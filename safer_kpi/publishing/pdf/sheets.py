"""Set the blocks of a report on sheets, with Typst."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from safer_kpi.publishing.pdf.drawings import FONT
from safer_kpi.publishing.site.documents import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.publishing.model.report import Report

TEMPLATE = Path(__file__).with_name("report.typ")
_UNKNOWN = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


def sheets(blocks: Sequence[Any], report: Report) -> bytes:
    """Return the PDF of some blocks.

    A character that no font of Typst's has is written as its code point, such as ``[U+4E2D]``.
    """
    import typst

    content = {
        "title": f"{DOCUMENTS[report.kind].title} {report.area}, {report.period}",
        "mark": report.mark,
        "release": report.release.release_id,
        "font": FONT,
        "blocks": blocks,
    }
    document = json.dumps(content, ensure_ascii=False)
    # Typst reads no font of the machine, and the day is the release's, so that every machine makes the same bytes.
    compiler = typst.Compiler(TEMPLATE, root=TEMPLATE.parent, ignore_system_fonts=True)
    day = report.release.published_at.replace(microsecond=0, tzinfo=dt.UTC)
    while True:
        try:
            made = compiler.compile(sys_inputs={"document": document}, pdf_standards="ua-1", timestamp=day)
        except typst.TypstError as refused:
            readable = _readable(document, str(refused.diagnostic))
            if readable == document:
                raise
            document = readable
        else:
            return cast("bytes", made)  # one file, as a PDF is


def _readable(document: str, complaint: str) -> str:
    """Return the document with the characters that a complaint names written as their code points."""
    named = "".join(_UNKNOWN.findall(complaint))
    unknown = {letter for letter in _ESCAPED.sub(lambda one: chr(int(one[1], 16)), named) if ord(letter) > 126}
    for letter in sorted(unknown):
        document = document.replace(letter, f"[U+{ord(letter):04X}]")
    return document
