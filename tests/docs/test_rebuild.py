"""The demo's releases come out of their raw bytes again, as they came and in another order."""

from __future__ import annotations

import json
from subprocess import Popen

import pytest

from safer_kpi.demo.run import RELEASES
from tests.docs.conftest import Demo


@pytest.mark.parametrize("order", ["as they came", "newest first"])
def test_the_releases_are_recomputed_from_the_raw_bytes(
    demo: Demo, rebuilding: dict[str, Popen[str]], order: str
) -> None:
    out, errors = rebuilding[order].communicate()
    assert rebuilding[order].returncode == 0, errors
    rows = json.loads(out)["rows"]
    assert [(row["check"], row["subject"], row["status"]) for row in rows] == [
        ("rebuild", release, "ok") for release, _ in RELEASES
    ]
    # two of the files are refused and one is a duplicate; four more than those that came are the seeds
    files = len(list((demo.folder / "lake" / "partner-files").rglob("*.*")))
    assert rows[-1]["detail"] == f"the same row hash from {files - 3 + 4} deliveries"
