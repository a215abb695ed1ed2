"""The boundaries of wards, for the map of a report; README.md says where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE = Path(__file__).with_name("ward22.parquet")
#: One degree in the units of the file.
DEGREE = 10_000

Ring = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class WardShape:
    """A ward's boundary: closed rings of longitude and latitude in ten-thousandths of a degree."""

    code: str
    rings: tuple[Ring, ...]


def ward_shapes(codes: Iterable[str]) -> dict[str, WardShape]:
    """Return the boundaries of wards by their codes; a ward whose boundary is not known is left out."""
    import duckdb

    listed = ", ".join(map(literal, sorted(set(codes)))) or "''"
    with duckdb.connect(":memory:") as connection:
        rows = connection.execute(
            f"SELECT ward_code, rings FROM read_parquet({literal(str(FILE))}) WHERE ward_code IN ({listed})"
        ).fetchall()
    return {code: WardShape(code, tuple(_ring(steps) for steps in rings)) for code, rings in sorted(rows)}


def _ring(steps: list[int]) -> Ring:
    """Return the points of a ring from its first point and the step to each next one."""
    return tuple(zip(accumulate(steps[0::2]), accumulate(steps[1::2]), strict=True))
