"""Lists of codes that contracts share with the models: read from ``seeds``, so that both know the same ones."""

from __future__ import annotations

import csv
from pathlib import Path

_SEEDS = Path(__file__).resolve().parent.parent / "seeds"


def codes(seed: str, column: str) -> list[str]:
    """The distinct values of one column of a seed, in its order."""
    with (_SEEDS / seed).open(encoding="utf-8", newline="") as lines:
        return list(dict.fromkeys(row[column] for row in csv.DictReader(lines)))
