"""What a local Airflow is told: who may log in, which settings hold, where its files lie."""

import configparser
import os
from pathlib import Path

import pytest

from safer_kpi.errors import UsageError
from safer_kpi.settings import Settings
from safer_kpi.stack import people
from safer_kpi.stack.config import environment, write_config
from safer_kpi.stack.layout import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    folder = tmp_path / "lake" / "airflow"
    folder.mkdir(parents=True)
    return Layout(folder)


def test_names_hold_spaces_and_roles_are_airflows():
    assert people.parse(["A. Sample (police):user", "admin : ADMIN"]) == {
        "A. Sample (police)": "user",
        "admin": "admin",
    }


@pytest.mark.parametrize("word", ["A. Sample", "a,b:user", "a:b:user", "$HOME:user", "~:user", ":user", "a\nb:user"])
def test_a_name_that_the_settings_would_split_is_refused(word):
    with pytest.raises(UsageError, match="names no user"):
        people.parse([word])


def test_an_unknown_role_is_refused():
    with pytest.raises(UsageError, match="is not a role"):
        people.parse(["A. Sample:approver"])


def test_whoever_was_named_once_is_known_to_the_next_start(layout):
    assert people.remember(layout, {"A. Sample": "user"}) == {"admin": "admin", "A. Sample": "user"}
    first = people.give_passwords(layout, ["admin", "A. Sample"])
    assert people.remember(layout, {"B. Sample": "user"}) == {
        "admin": "admin",
        "A. Sample": "user",
        "B. Sample": "user",
    }
    assert set(people.give_passwords(layout, ["admin", "A. Sample", "B. Sample"])) == {"B. Sample"}
    assert people.passwords(layout).items() > first.items()
    assert layout.passwords.stat().st_mode & 0o777 == 0o600


def test_keys_are_made_once_and_only_the_owner_reads_them(layout):
    settings = Settings.load(layout.folder.parent)
    written = []
    for port in (8080, 8081):
        write_config(layout, settings, port=port, people={"A. Sample": "user", "B. 100 Sample": "op"})
        config = configparser.ConfigParser()
        config.read(layout.config)
        written.append(config)
    assert written[0]["core"]["fernet_key"] == written[1]["core"]["fernet_key"]
    assert written[1]["core"]["simple_auth_manager_users"] == "A. Sample:user,B. 100 Sample:op"
    assert written[1]["api"]["base_url"] == "http://127.0.0.1:8081"
    assert layout.config.stat().st_mode & 0o777 == 0o600


def test_the_environment_may_tune_it_but_not_make_it_another_airflow(layout, monkeypatch):
    for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
        monkeypatch.delenv(name)  # what a test of the DAGs has set in this process
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "postgresql://elsewhere/airflow")
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY_CMD", "cat key")
    monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "8")
    monkeypatch.setenv("AIRFLOW_HOME", "/elsewhere")
    settings = Settings.load(layout.folder.parent)
    told = environment(layout, settings)
    assert {name: value for name, value in told.items() if name.startswith("AIRFLOW")} == {
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW_HOME": str(layout.folder),
        "AIRFLOW_CONFIG": str(layout.config),
    }
    assert told["SAFER_KPI_HOME"] == str(settings.home)
    assert told["SAFER_KPI_INBOX"] == str(settings.home / "inbox")


def test_a_path_too_long_for_a_socket_gets_a_short_one():
    # 107 bytes are the kernel's limit; "/.s.PGSQL.5432" takes 14 of them and "/socket" 7.
    longest = Layout(Path("/" + "a" * 85))
    assert longest.sockets == longest.folder / "socket"
    assert len(str(Layout(Path("/" + "a" * 86)).sockets)) < 60
