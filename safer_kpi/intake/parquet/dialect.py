"""How large a feed's Parquet files may be, as a contract declares it."""

from __future__ import annotations

from dataclasses import dataclass

from safer_kpi.errors import ProjectError


@dataclass(frozen=True, kw_only=True)
class ParquetDialect:
    """How large a feed's Parquet files may be.

    Attributes:
        max_bytes: the largest file.
        max_unpacked: the most bytes its columns may unpack to, and the most that may be written of them.
        max_rows: the most rows; a column of one value takes no bytes, however many rows it has.

    Raises:
        ProjectError: a limit is below 1.
    """

    max_bytes: int = 2 * 2**30
    max_unpacked: int = 8 * 2**30
    max_rows: int = 50_000_000

    def __post_init__(self) -> None:
        if min(self.max_bytes, self.max_unpacked, self.max_rows) < 1:
            raise ProjectError("A limit of the Parquet file is below 1.", next_action="Declare limits of 1 or more.")
