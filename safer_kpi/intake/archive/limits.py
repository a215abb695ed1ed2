"""How large an archive may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ArchiveLimits:
    """How large an archive may be, and how many files it may hold.

    Attributes:
        max_bytes: the largest archive.
        max_unpacked: the most bytes that its files may unpack to.
        max_expansion: the largest ratio of unpacked to packed bytes, judged past 16 MB.
        max_files: the most files.
    """

    max_bytes: int = 4 * 2**30
    max_unpacked: int = 16 * 2**30
    max_expansion: int = 200
    max_files: int = 9_000
