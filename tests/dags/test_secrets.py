"""A task takes the pseudonym key from the Airflow connection that the settings name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safer_kpi.orchestration.secrets import settings_with_key

KEY = "0123456789abcdef" * 4


@pytest.fixture(autouse=True)
def connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW_CONN_PSEUDONYM_KEY", json.dumps({"conn_type": "generic", "password": KEY}))
    for name in ("", "_FILE", "_COMMAND"):
        monkeypatch.delenv(f"SAFER_KPI_PSEUDONYM_KEY{name}", raising=False)


def test_a_task_asks_airflow_for_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_with_key().pseudonym_key == ""
    monkeypatch.setenv("SAFER_KPI_PSEUDONYM_KEY_CONNECTION", "pseudonym_key")
    settings = settings_with_key()
    assert settings.pseudonym_key == KEY
    assert KEY not in repr(settings)


def test_a_key_that_is_given_otherwise_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFER_KPI_PSEUDONYM_KEY_CONNECTION", "pseudonym_key")
    monkeypatch.setenv("SAFER_KPI_PSEUDONYM_KEY", "f" * 64)
    assert settings_with_key().pseudonym_key == "f" * 64
