"""A data file beside the pages of a report."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

#: The folder of the data files in a report.
DATA = "data"


@dataclass(frozen=True, kw_only=True, slots=True)
class DataFile:
    """One file of the folder ``data``.

    Attributes:
        name: its name.
        says: what it holds, for a reader.
        rows: how many rows it has; None for a file that describes the others.
        content: its bytes.
    """

    name: str
    says: str
    rows: int | None
    content: bytes

    @property
    def size(self) -> int:
        """The number of its bytes."""
        return len(self.content)

    @property
    def sha256(self) -> str:
        """The SHA-256 of its bytes."""
        return hashlib.sha256(self.content).hexdigest()
