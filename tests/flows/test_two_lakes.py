"""Two lakes of one project, one of which was built before the project was edited."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from safer_kpi.compute import build
from safer_kpi.landing import Terms, land, parse_time
from safer_kpi.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("audits", "contracts", "linter", "macros", "models", "seeds", "config.yaml", "external_models.yaml")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    for part in PARTS:
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / part)
    return folder


def _land(settings: Settings, folder: Path, month: str, day: str) -> None:
    file = folder / f"{month}-dorset-street.csv"
    file.write_text(
        "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
        "Last outcome category,Context\n"
        f",{month},Dorset Police,Dorset Police,-1.8,50.7,On or near A Road,E01015272,Place 1A,Robbery,,\n",
        encoding="utf-8",
    )
    (receipt,) = land(settings, "police_street", [str(file)], terms=Terms(received_at=parse_time(day)))
    assert receipt.status == "accepted"


@pytest.mark.soak
def test_each_lake_reads_its_own_tables(project: Path, tmp_path: Path, new_lake: Callable[..., Settings]) -> None:
    """Two lakes of one project and an edited model that nothing reads: each goes on building."""
    # A staging model gets a column that nothing reads. SQLMesh lets the older lake keep the views above it under their
    # old names, which the newer lake has never had. Both know the same fingerprints of them.
    older = dataclasses.replace(new_lake(tmp_path / "older", built=True), project=project)
    newer = dataclasses.replace(new_lake(tmp_path / "newer"), project=project)
    _land(older, tmp_path, "2024-01", "2024-03-01T09:00Z")
    build(older)
    model = project / "models" / "staging" / "police_street.sql"
    text = model.read_text(encoding="utf-8")
    edited = text.replace("\nFROM ", ",\n  'unread'::TEXT AS unread /* Nothing reads it */\nFROM ", 1)
    assert edited != text
    model.write_text(edited, encoding="utf-8")
    build(older)
    _land(newer, tmp_path, "2024-01", "2024-03-01T09:00Z")
    build(newer)
    for number, settings in enumerate((older, newer, older)):
        _land(settings, tmp_path, f"2024-0{2 + number // 2}", f"2024-05-0{number + 1}T09:00Z")
        assert build(settings).entries == 1
