"""The small published lake of ``tests/publishing``, read through other doors: the web, SQL, programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.inbox.publisher import Publisher, publishing
from tests.publishing.conftest import told_releases  # noqa: F401 (pytest finds fixtures by their names here)

RELEASE = "2024-25-Q1.2"


@pytest.fixture
def folder(told_releases: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: F811 (pytest passes the fixture)
    """The correction of the quarter, violence 58: 31 + 12 + 15; a demo's lake here trusts others."""
    monkeypatch.setenv("SAFER_KPI_HOME", str(told_releases))
    return told_releases / "releases" / RELEASE


@pytest.fixture
def server() -> Iterator[Publisher]:
    with publishing() as publisher:
        yield publisher


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for copies, empty."""
    monkeypatch.setenv("SAFER_KPI_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "safer_kpi"
