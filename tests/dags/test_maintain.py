"""What the maintenance DAG does where there is little to maintain: a new Airflow may run it before the first file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from safer_kpi.errors import CheckFailed, NotFound
from safer_kpi.reading.verifying.heads import remember
from safer_kpi.settings import Settings


@pytest.fixture
def maintain() -> Any:
    """The tasks; they import Airflow, which takes its time."""
    from safer_kpi.orchestration import maintain as tasks

    return tasks


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SAFER_KPI_HOME", str(tmp_path / "lake"))
    return tmp_path / "lake"


def test_nothing_is_done_where_nothing_was_landed(home: Path, maintain: Any) -> None:
    assert maintain.remove_orphans() == maintain.compact_lake() == maintain.verify_releases() == 0
    assert not home.exists() or not list(home.rglob("*.sqlite"))


def test_nothing_is_verified_where_nothing_was_built(
    home: Path, maintain: Any, new_lake: Callable[..., Settings]
) -> None:
    new_lake(home)
    assert maintain.verify_releases() == 0


def test_a_read_file_that_is_gone_is_not_passed_over(
    home: Path, maintain: Any, new_lake: Callable[..., Settings]
) -> None:
    new_lake(home, built=True).kpi_file.unlink()
    with pytest.raises(NotFound):
        maintain.verify_releases()


def test_a_lake_that_is_known_to_have_had_releases_is_not_passed_over(
    home: Path, maintain: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = tmp_path / "heads.json"
    monkeypatch.setenv("SAFER_KPI_HEADS", str(heads))
    remember(heads, head="a" * 64, chain="b" * 64, releases=home / "releases", lake_id="c" * 32)
    with pytest.raises(CheckFailed, match="had releases, the last one aaaaaaaaaaaa, and now it has not even a build"):
        maintain.verify_releases()
