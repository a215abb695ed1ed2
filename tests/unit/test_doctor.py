"""``doctor``: each kind of fault is made, told with what mends it, and mended where safe; no secret is shown."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from safer_kpi import diagnosis
from safer_kpi import settings as settings_module
from safer_kpi.cli.main import app
from safer_kpi.diagnosis import clocks, examination
from safer_kpi.lake import connect, lease
from safer_kpi.lake.places import close_places
from safer_kpi.releases.keys import make_key
from safer_kpi.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SECRET = "canary-5ecret"  # noqa: S105 (planted, to be searched for)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SAFER_KPI_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A private home without a lake."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Path:
    settings = new_lake(tmp_path_factory.mktemp("lake") / "home")
    close_places(settings)  # the copy holds files where the lake has links into packages
    return settings.home


def asked(home: Path, *options: str) -> tuple[int, dict[str, list[tuple[str, str, str]]], str]:
    """Exit code, findings by check (status, found, mend), and all that was printed."""
    done = CliRunner().invoke(app, ["doctor", "--home", str(home), "--json", *options])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    rows: dict[str, list[tuple[str, str, str]]] = {}
    for row in json.loads(done.stdout)["rows"]:
        rows.setdefault(row["check"], []).append((row["status"], row["found"], row["mend"]))
    assert all(mend for found in rows.values() for status, _, mend in found if status != "ok")
    return done.exit_code, rows, done.output


def statuses(home: Path, check: str) -> list[str]:
    """What one check finds, without the others."""
    (looked,) = [look for name, look in examination.CHECKS if name == check]
    return [finding.status for finding in examination._looked(check, looked, Settings.load(home))]


def test_without_a_lake_nothing_is_wrong(tmp_path: Path) -> None:
    code, rows, _ = asked(tmp_path / "nowhere")
    assert code == 0
    assert [rows[check][0][0] for check in ("home", "catalogue")] == ["warning", "warning"]
    assert not (tmp_path / "nowhere").exists()


def test_a_new_lake_has_one_warning_its_key_and_nothing_is_left_in_it(lake: Path) -> None:
    before = sorted(path for path in lake.rglob("*") if path.is_file())
    code, rows, output = asked(lake)
    assert code == 0
    assert rows["catalogue"][0][0] == rows["clock"][0][0] == rows["rights"][0][0] == "ok"
    assert sorted(path for path in lake.rglob("*") if path.is_file()) == before
    assert "lies beside" not in output
    (lake / "state").mkdir(exist_ok=True)
    key = lake / "state" / "pseudonym.key"
    key.touch(0o600)
    key.write_text(SECRET * 4)
    code, rows, output = asked(lake)
    assert code == 0
    status, found, mend = rows["pseudonym key"][0]
    assert (status, "beside the data" in found) == ("warning", True)
    assert "SAFER_KPI_PSEUDONYM_KEY_FILE" in mend
    assert "SAFER_KPI_PSEUDONYM_KEY_COMMAND" in mend
    assert SECRET not in output
    key.unlink()


def test_csv_and_the_table_have_the_same_lines(home: Path) -> None:
    lines = CliRunner().invoke(app, ["doctor", "--home", str(home), "--csv"]).stdout.splitlines()
    assert lines[0] == "check,status,found,mend"
    assert len(lines) - 1 == len(
        json.loads(CliRunner().invoke(app, ["doctor", "--home", str(home), "--json"]).stdout)["rows"]
    )
    assert "No lake is here yet." in CliRunner().invoke(app, ["doctor", "--home", str(home)]).stdout


def test_rights_of_others_are_wrong_and_mended(home: Path) -> None:
    open_file = home / "partner.csv"
    open_file.write_text("")
    open_file.chmod(0o644)
    home.chmod(0o755)
    code, rows, _ = asked(home)
    assert (code, rows["rights"][0][0]) == (1, "wrong")
    code, rows, output = asked(home, "--fix")
    assert (code, rows["rights"][0][0]) == (0, "ok")
    assert json.loads(output)["mended"] == ["Took the rights of others from 2 files and folders."]
    assert [path.stat().st_mode & 0o777 for path in (home, open_file)] == [0o700, 0o600]


def test_work_files_are_left_while_a_command_writes_and_removed_after(home: Path) -> None:
    (home / "tmp" / ".intake-x").mkdir(parents=True, mode=0o700)
    (home / "tmp" / ".intake-x" / "rows.parquet").touch(0o600)
    (home / ".safer_kpi.duckdb.7").touch(0o600)
    (home / "safer_kpi.duckdb").write_bytes(b"whole")
    (home / "safer_kpi.duckdb").chmod(0o600)
    settings = Settings.load(home)
    with lease(settings):
        assert statuses(home, "work files") == ["ok"]
        asked(home, "--fix")
        assert (home / ".safer_kpi.duckdb.7").exists()
    assert statuses(home, "work files") == ["warning"]
    _, rows, output = asked(home, "--fix")
    assert rows["work files"][0][0] == "ok"
    assert "Removed 2 work files." in json.loads(output)["mended"]
    assert list((home / "tmp").iterdir()) == []
    assert (home / "safer_kpi.duckdb").read_bytes() == b"whole"


@pytest.mark.parametrize(
    ("variables", "status", "named"),
    [
        ({"SAFER_KPI_CATALOG": SECRET}, "warning", "SAFER_KPI_CATALOG"),
        ({"SAFER_KPI_CATALOGUE": f"mysql:{SECRET}"}, "wrong", "SAFER_KPI_CATALOGUE"),
        ({"SAFER_KPI_PROJECT": "/nowhere"}, "wrong", "project folder"),
        ({"SAFER_KPI_RAW": "{home}/data/raw"}, "wrong", "SAFER_KPI_DATA and SAFER_KPI_RAW"),
        ({"SAFER_KPI_INBOX": "{home}/raw"}, "wrong", "SAFER_KPI_RAW and the inbox"),
        ({"AWS_SECRET_ACCESS_KEY": SECRET}, "wrong", "AWS_ACCESS_KEY_ID"),
        ({"AWS_ENDPOINT_URL": f"http://u:{SECRET}@127.0.0.1:1"}, "warning", "AWS_ENDPOINT_URL"),
        ({"SAFER_KPI_SIGNING_KEY": "/nowhere/key"}, "wrong", "SAFER_KPI_SIGNING_KEY"),
        ({"SAFER_KPI_APPROVERS": "/nowhere/approvers"}, "wrong", "SAFER_KPI_APPROVERS"),
        ({"SAFER_KPI_SIGNING_PASSPHRASE": SECRET}, "warning", "SAFER_KPI_SIGNING_PASSPHRASE"),
        ({"SAFER_KPI_NOTIFY": SECRET}, "wrong", "SAFER_KPI_NOTIFY"),
        (
            {"SAFER_KPI_PSEUDONYM_KEY": SECRET * 4, "SAFER_KPI_PSEUDONYM_KEY_COMMAND": "true"},
            "warning",
            "SAFER_KPI_PSEUDONYM_KEY_COMMAND",
        ),
    ],
)
def test_settings_that_contradict_each_other_or_name_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], status: str, named: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(home=home))
    _, rows, output = asked(home)
    assert [(found, named in text) for found, text, _ in rows["settings"]] == [(status, True)]
    assert SECRET not in output


def test_every_setting_of_the_manual_is_known() -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `SAFER_KPI_(\w+)`", page, re.MULTILINE))
    assert told | {"STACK"} == settings_module._VARIABLES


def test_servers_that_do_not_answer_are_told_without_their_secrets(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFER_KPI_CATALOGUE", f"postgres:host=127.0.0.1 port=1 user=u password={SECRET} dbname=lake")
    monkeypatch.setenv("SAFER_KPI_DATA", "s3://bucket/data/")
    monkeypatch.setenv("SAFER_KPI_RAW", "s3://bucket/raw/")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://user:{SECRET}@127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", f"{SECRET}-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    code, rows, output = asked(home)
    assert code == 1
    assert [rows[check][0][0] for check in ("object storage", "Postgres")] == ["wrong", "wrong"]
    assert SECRET not in output


def test_a_damaged_a_lost_and_an_older_catalogue(home: Path, lake: Path) -> None:
    whole = (lake / "catalogue.sqlite").read_bytes()
    file = home / "catalogue.sqlite"
    file.touch(0o600)
    file.write_bytes(whole[:2048] + b"\xff" * 2048 + whole[4096:])
    assert statuses(home, "catalogue") == ["wrong"]
    file.write_bytes(b"no database at all, and longer than a header of one hundred bytes" * 4)
    assert statuses(home, "catalogue") == ["wrong"]
    file.unlink()
    (home / "raw" / "ab").mkdir(parents=True, mode=0o700)
    (home / "raw" / "ab" / "abcd").touch(0o400)
    assert statuses(home, "catalogue") == ["wrong"]


def test_the_pseudonym_key_must_be_the_one_of_the_lake(
    lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "elsewhere.key"
    key.touch(0o600)
    key.write_text(SECRET * 4)
    monkeypatch.setenv("SAFER_KPI_PSEUDONYM_KEY_FILE", str(key))
    assert statuses(lake, "pseudonym key") == ["ok"]
    key.chmod(0o640)
    assert statuses(lake, "pseudonym key") == ["wrong", "ok"]
    assert asked(lake, "--fix")[0] == 0
    with connect(Settings.load(lake)) as connection:
        number = connection.execute("SELECT max(entry) FROM journal.entry").fetchall()[0][0]
        change = "UPDATE journal.entry SET contract_version = ? WHERE entry = ?"
        ((former,),) = connection.execute(
            "SELECT contract_version FROM journal.entry WHERE entry = ?", [number]
        ).fetchall()
        connection.execute(change, ["1.0.0+key.00000000", number])
        assert statuses(lake, "pseudonym key") == ["wrong"]
        connection.execute(change, [former, number])
    key.write_text("short")
    code, _, output = asked(lake)
    assert code == 1
    assert "short\n" not in output


def test_keys_people_and_heads(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "mine"
    make_key(key)
    monkeypatch.setenv("SAFER_KPI_SIGNING_KEY", str(key))
    assert statuses(home, "signing key") == ["ok"]
    key.chmod(0o644)
    assert statuses(home, "signing key") == ["wrong"]
    key.chmod(0o600)
    key.write_text("no key")
    assert statuses(home, "signing key") == ["wrong"]
    approvers = home / "approvers"
    approvers.touch(0o600)
    approvers.write_text("A person without a key\n")
    assert statuses(home, "approvers") == ["wrong"]
    approvers.write_bytes(b"\xff\xfe")
    assert statuses(home, "approvers") == ["wrong"]
    approvers.write_text("")
    found = []
    for name in ("ada", "bo", "cy"):  # two must sign: with two people, no key could be exchanged after it is lost
        with approvers.open("a") as file:
            file.write(f"{name} {make_key(tmp_path / name)}\n")
        found += statuses(home, "approvers")
    assert found == ["warning", "warning", "ok"]
    heads = tmp_path / "heads.json"
    monkeypatch.setenv("SAFER_KPI_HEADS", str(heads))
    heads.write_text("[")
    assert statuses(home, "heads") == ["wrong"]
    heads.unlink()
    (home / "releases" / "2024-25-Q4").mkdir(parents=True)
    (home / "releases" / "2024-25-Q4" / "manifest.json").touch()
    assert statuses(home, "heads") == ["warning"]


def test_what_earlier_versions_and_a_dead_airflow_left(home: Path) -> None:
    (home / "kpi.duckdb").touch(0o600)
    assert statuses(home, "read files") == ["warning"]
    folder = home / "airflow"
    folder.mkdir(mode=0o700)
    assert statuses(home, "local Airflow") == ["ok"]
    (folder / "state.json").write_text('{"components": {"scheduler": {"pid": 1}}}')
    assert statuses(home, "local Airflow") == ["wrong"]


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [(dt.timedelta(), "ok"), (dt.timedelta(minutes=20), "warning"), (dt.timedelta(days=4000), "wrong")],
)
def test_a_clock_that_jumped(lake: Path, monkeypatch: pytest.MonkeyPatch, ahead: dt.timedelta, expected: str) -> None:
    real = clocks.utc_now
    monkeypatch.setattr(clocks, "utc_now", lambda: real() + ahead)
    assert statuses(lake, "clock") == [expected]
    monkeypatch.setattr(clocks, "utc_now", lambda: real() - ahead)
    assert statuses(lake, "clock")[-1] == ("warning" if ahead else "ok")


def test_a_finding_shows_what_is_found_and_runs_nothing_by_itself(home: Path) -> None:
    home.chmod(0o755)
    (finding,) = [each for each in diagnosis.examine(Settings.load(home)) if each.check == "rights"]
    assert home.stat().st_mode & 0o777 == 0o755
    assert finding.fix is not None
    assert set(finding.as_row()) == set(diagnosis.COLUMNS)
