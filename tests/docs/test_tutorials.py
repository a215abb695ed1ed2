"""The tutorials, followed from an empty folder to their last line."""

from __future__ import annotations

from pathlib import Path

import pytest

import safer_kpi
from tests.docs.conftest import ROOT
from tests.docs.typed import Reader

pytestmark = pytest.mark.soak

TUTORIALS = ROOT / "docs" / "tutorial"


def test_both_can_be_followed(tmp_path: Path) -> None:
    """Every line that the two tutorials say to type, from an empty folder on."""
    reader = Reader(tmp_path)
    typed = [
        line
        for name in ("write-a-feed.md", "write-a-metric.md")
        for line in reader.follow((TUTORIALS / name).read_text(encoding="utf-8"))
    ]
    assert {line.split()[1] for line in typed if line.startswith("safer-kpi")} >= {"init", "land", "build", "compare"}
    # Five visits are in the corrected file: V-101 to V-104, and V-105, which the council had forgotten.
    with safer_kpi.open(reader.folder / "lake") as lake:
        (row,) = lake.metric("w1.visits", area="E08000021", period="2024-05", release="now").rows()
    assert (row["numerator"], row["status"]) == (5, "uncertified")
