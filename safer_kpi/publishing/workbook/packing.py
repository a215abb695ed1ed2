"""Pack a spreadsheet anew, so that its bytes depend on nothing but its parts."""

from __future__ import annotations

import io
import zipfile

#: What each part is dated; a ZIP archive knows no earlier year.
_DATED = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_PROPERTIES = "docProps/core.xml"
_END = b"</cp:coreProperties>"
_LANGUAGE = b"<dc:language>en-GB</dc:language>"


def repacked(content: bytes) -> bytes:
    """Return a spreadsheet with its parts as they are, and with its language among its properties.

    The parts are not compressed: the bytes of compressed ones depend on the zlib of the machine. The writer of the
    spreadsheet knows no property for the language, which a screen reader asks for.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(target, "w") as taken:
        for name in given.namelist():
            part = given.read(name)
            if name == _PROPERTIES:
                part = part.replace(_END, _LANGUAGE + _END)
            about = zipfile.ZipInfo(name, _DATED)
            about.create_system = _UNIX
            taken.writestr(about, part)
    return target.getvalue()
