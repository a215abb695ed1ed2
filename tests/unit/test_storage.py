"""A lake in a bucket on one machine: its keys, ports and settings, and which home may have one."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from safer_kpi import stack
from safer_kpi.errors import UsageError
from safer_kpi.settings import Settings
from safer_kpi.stack import storage
from safer_kpi.stack.config import environment
from safer_kpi.stack.layout import Layout
from safer_kpi.stack.plan import plan


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(tmp_path / "a partner's lake")


@pytest.fixture
def layout(settings: Settings) -> Layout:
    made = Layout(settings.home / "airflow")
    made.logs.mkdir(parents=True)
    return made


def test_keys_stay_and_each_start_has_ports_of_its_own(settings: Settings, layout: Layout) -> None:
    first, second = storage.choose(settings, layout), storage.choose(settings, layout)
    assert (first.s3.key_id, first.s3.secret) == (second.s3.key_id, second.s3.secret)
    ports = json.loads(layout.storage.read_text())["ports"]
    assert len(set(ports.values())) == 4
    assert all(port + 10_000 not in ports.values() and port + 10_000 < 65_536 for port in ports.values())
    assert second.s3.endpoint == f"http://127.0.0.1:{ports['s3']}"
    assert storage.in_bucket(settings, layout) == second


def test_a_shell_reads_the_settings_and_their_owner_alone_the_file(settings: Settings, layout: Layout) -> None:
    chosen = storage.choose(settings, layout)
    for path in (layout.variables, layout.storage):
        assert path.stat().st_mode & 0o777 == 0o600
    done = subprocess.run(
        ["/bin/sh", "-c", f". {shlex.quote(str(layout.variables))}; env -0"],
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    told = dict(line.split("=", 1) for line in done.stdout.split("\0") if line)
    assert storage.variables(chosen).items() <= told.items()
    assert told["SAFER_KPI_DATA"] == "s3://lake/data/"
    # Airflow's tasks find the same lake, whatever the person's own variables say.
    assert storage.variables(chosen).items() <= environment(layout, chosen).items()


def test_the_server_is_a_component_prepared_before_airflow(settings: Settings, layout: Layout) -> None:
    assert plan(layout, 8080).stores == ()
    chosen = storage.choose(settings, layout)
    found = plan(layout, 8080)
    assert [spec.name for spec in found.stores] == [storage.NAME]
    assert [spec.name for spec in found.once] == ["prepare-storage", "prepare"]
    words = " ".join(found.stores[0].command)
    assert chosen.s3.secret not in words
    assert "-ip.bind=127.0.0.1" in words


def test_a_home_keeps_the_kind_of_lake_it_has(settings: Settings, layout: Layout) -> None:
    (settings.home / "catalogue.sqlite").touch()
    with pytest.raises(UsageError, match="holds a lake whose files lie in that folder"):
        stack.start(settings, port=0, production=True)
    assert not layout.storage.exists()
    (settings.home / "catalogue.sqlite").unlink()
    storage.choose(settings, layout)
    with pytest.raises(UsageError, match="lies in a bucket"):
        stack.start(settings, port=0)
