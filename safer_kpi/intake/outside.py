"""The texts of a file that stand outside its table: titles, notes, malformed rows, other sheets, comments, properties.

A child writes them to a text copy in its working folder, to be searched for identifiers of people like all cells. It
imports only the standard library.
"""

from __future__ import annotations

import csv
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

OUTSIDE = "outside.csv"
"""The working folder's copy of these texts: kind and text, each quoted; there only if there is any."""
OUTSIDE_ROWS = "outside.parquet"
"""The same as Parquet, without repetitions."""
TEXT, AUTHOR = "text", "author"
"""The kinds: any text, and the name under which a program's user made or last changed the file."""
LONGEST = 2**15
"""The most characters of one text; a longer one is cut into pieces that overlap."""
_OVERLAP = 2**8


class Outside:
    """Write texts to the working folder; the file is made with the first one."""

    def __init__(self) -> None:
        self._opened = ExitStack()
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Write what is still held; closing twice changes nothing."""
        self._opened.close()

    def take(self, texts: Iterable[str | None], kind: str = TEXT) -> None:
        """Write the texts that are not blank."""
        rows = [(kind, piece) for text in texts if text and not text.isspace() for piece in _pieces(text)]
        if not rows:
            return
        if self._file is None:
            # The stack closes it: a file is made only once there is something to write.
            made = Path(OUTSIDE).open("w", encoding="utf-8", errors="replace", newline="")  # noqa: SIM115 (the line above)
            self._file = self._opened.enter_context(made)
        csv.writer(self._file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)


def _pieces(text: str) -> Iterable[str]:
    # Line ends, which a reader of the copy would take for the end of a record, are blanks here.
    plain = text.replace("\0", " ").replace("\r", " ").replace("\n", " ")
    if len(plain) <= LONGEST:
        return (plain,)
    return (plain[start : start + LONGEST] for start in range(0, len(plain), LONGEST - _OVERLAP))


def outside_of(parquet: Path) -> Path:
    """Return where the texts outside the table of a parsed file lie, if there are any."""
    return parquet.with_name(f"{parquet.name}.outside")


def keep_outside(work: Path, parquet: Path) -> None:
    """Move the texts outside the table from a working folder to their place beside the parsed file."""
    if (work / OUTSIDE_ROWS).exists():
        (work / OUTSIDE_ROWS).replace(outside_of(parquet))
