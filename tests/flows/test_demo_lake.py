"""A demo removes its own lake when it is asked to, and never anything that a person has put there."""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from safer_kpi.cli.main import app
from safer_kpi.demo import own
from safer_kpi.demo.generator import write_street
from safer_kpi.demo.partner import sample_partner
from safer_kpi.demo.run import RELEASES, own_lookup, run
from safer_kpi.errors import LeaseHeld, UsageError
from safer_kpi.lake import lease
from safer_kpi.landing import land, revert
from safer_kpi.landing.posting import Terms
from safer_kpi.reading.verifying.heads import head_at, head_of_lake, remember
from safer_kpi.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
AT = dt.datetime(2024, 7, 1, 9)


@pytest.fixture
def made(first_file: Path, tmp_path: Path) -> Settings:
    return Settings.load(Path(shutil.copytree(first_file, tmp_path / "lake")))


@pytest.fixture(scope="module")
def first_file(new_lake: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo's lake as it stands after its first file: seeds, one delivery of its own, the approvers, one release."""
    settings = new_lake(tmp_path_factory.mktemp("demo") / "lake")
    own.begin(settings.home)
    own.note_seeds(settings)
    land_file(settings, settings.home / "partner-files" / "2024-06-14" / "2024-04-dorset-street.csv", "2024-04")
    own.note(settings.home, *settings.home.glob("partner-files/*/*"))
    for name in ("approvers", "releases/2023-24-Q4/manifest.json"):
        write(settings.home / name, "the demo's")
        own.note(settings.home, settings.home / name)
    write(settings.home / "releases" / "2023-24-Q4" / "ledger.parquet", "the demo's")
    for name in ("safer_kpi.duckdb", "safer_kpi.dev.duckdb"):
        write(settings.home / name, "a build's")
    (settings.home / "inbox" / "police_street").mkdir(parents=True)
    return settings.home


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def land_file(settings: Settings, file: Path, month: str) -> int:
    write_street(file, sample_partner(own_lookup(settings.project)), month, rows=20)
    (receipt,) = land(settings, "police_street", [str(file)], terms=Terms(published=AT, received_at=AT))
    assert receipt.status == "accepted"
    return receipt.delivery_id


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".lock"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_lake_that_holds_the_demo_alone_is_removed(made: Settings) -> None:
    assert made.heads is not None
    place, other = made.home / "releases", made.home.parent / "other" / "releases"
    remember(made.heads, head="0" * 64, chain="2" * 64, releases=place, lake_id="demo")
    remember(made.heads, head="1" * 64, chain="3" * 64, releases=other, lake_id="another")
    done = CliRunner().invoke(app, ["demo", "--remove", "--home", str(made.home)])
    assert done.exit_code == 0, done.output
    assert "was removed" in done.output
    assert list(made.home.iterdir()) == []
    # The next lake made here has other releases.
    assert (head_at(made.heads, place), head_of_lake(made.heads, "demo")) == (None, None)
    assert (head_at(made.heads, other), head_of_lake(made.heads, "another")) == ("1" * 64, "1" * 64)


def test_a_removal_is_told_as_json(made: Settings) -> None:
    done = CliRunner().invoke(app, ["demo", "--remove", "--json", "--home", str(made.home)])
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"rows": [{"home": str(made.home), "action": "removed"}]}
    assert list(made.home.iterdir()) == []


def landed(settings: Settings) -> None:
    land_file(settings, settings.home.parent / "2024-05-dorset-street.csv", "2024-05")


def reverted(settings: Settings) -> None:
    revert(settings, _last_delivery(settings), reason="tried", person="A. Person")


def _last_delivery(settings: Settings) -> int:
    import safer_kpi.lake

    with safer_kpi.lake.connect(settings, read_only=True) as connection:
        return int(connection.execute("SELECT max(delivery_id) FROM journal.delivery").fetchall()[0][0])


def put(name: str) -> Callable[[Settings], None]:
    return lambda settings: write(settings.home / name, "a person's")


# What a person did, and the words that say so. The template's seeds are deliveries 1 to 4, the demo's own file is 5.
PERSONS = {
    "a file was landed": (landed, r"delivery 6 \(police_street\)"),
    "a delivery was reverted": (reverted, r"entry 6 \(a reversal\)"),
    "a release was published": (put("releases/2024-25-Q1/manifest.json"), "1 file in releases/2024-25-Q1"),
    "a release was withdrawn": (put("releases/2023-24-Q4.withdrawal.json"), "1 file in releases"),
    "a release was exchanged": (put("releases/2023-24-Q4/manifest.json"), "2 files in releases/2023-24-Q4"),
    "a draft waits": (put("drafts/2024-25-Q1/draft.json"), "1 file in drafts/2024-25-Q1"),
    "a draft was rejected": (put("drafts/2024-25-Q1.rejected.json"), "1 file in drafts"),
    "a report was sealed": (
        put("publications/2024-25-Q1.restricted.1/manifest.json"),
        "1 file in publications/2024-25-Q1.restricted.1",
    ),
    "a comment was written": (put("commentary/2024-25-Q1.yaml"), "1 file in commentary"),
    "a file was dropped": (put("inbox/police_street/2024-07-secret.csv"), "1 file in inbox"),
    "a file lies beside": (put("notes.txt"), "1 file in the home itself"),
    "a partner's file was edited": (
        put("partner-files/2024-06-14/2024-04-dorset-street.csv"),
        "1 file in partner-files",
    ),
    "an approver was added": (put("approvers"), "1 file in the home itself"),
    "a local Airflow ran": (put("airflow/passwords.json"), "1 file in airflow"),
}


@pytest.mark.parametrize("what", PERSONS)
def test_what_a_person_put_there_is_never_removed(made: Settings, what: str) -> None:
    do, words = PERSONS[what]
    do(made)
    before = contents(made.home)
    with pytest.raises(UsageError, match=rf"was not removed\. It holds what the demo did not make: {words}\.") as told:
        own.remove(made)
    assert "secret" not in str(told.value)
    assert "--home" in told.value.next_action
    for option in ("--remove", "--replace"):
        done = CliRunner().invoke(app, ["demo", option, "--home", str(made.home)])
        assert (done.exit_code, "was not removed" in done.output) == (2, True)
    assert contents(made.home) == before


def test_a_lake_in_use_is_not_removed(made: Settings) -> None:
    with lease(made), pytest.raises(LeaseHeld):
        own.remove(made)
    assert (made.home / "catalogue.sqlite").is_file()


def test_a_demo_of_an_earlier_version_is_left_to_the_person(made: Settings) -> None:
    (made.home / own.MARKER).write_text("A demo's lake: every record in it is made up. It may be deleted.\n")
    before = contents(made.home)
    with pytest.raises(UsageError, match="an earlier version made it and kept no record of its files"):
        own.remove(made)
    assert contents(made.home) == before


def test_a_folder_that_is_no_demo_is_not_removed(tmp_path: Path) -> None:
    write(tmp_path / "mine.txt", "mine")
    for option in ((), ("--replace",), ("--remove",)):
        done = CliRunner().invoke(app, ["demo", *option, "--home", str(tmp_path)])
        assert done.exit_code == 2
        assert "not a demo" in done.output
    assert contents(tmp_path) == {"mine.txt": b"mine"}


def test_a_demo_that_is_there_is_shown_and_not_made_anew(made: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    landed(made)
    before = contents(made.home)
    with pytest.raises(UsageError, match=r"is not finished.*demo --replace --home"):
        run(made.home, Console(quiet=True))
    for release_id, _ in RELEASES:
        write(
            made.home / "releases" / release_id / "manifest.json", before["releases/2023-24-Q4/manifest.json"].decode()
        )
    shown: list[str] = []
    monkeypatch.setattr("safer_kpi.demo.run.present", lambda story, _: shown.append(story.second_release))
    printed = io.StringIO()
    run(made.home, Console(file=printed, width=200))
    assert shown == ["2024-25-Q4"]
    assert "demo's lake was there already. To make it anew: safer-kpi demo --replace --home" in printed.getvalue()
    assert before.items() <= contents(made.home).items()


@pytest.mark.parametrize("persons", [False, True])
def test_make_clean_removes_a_demo_that_holds_nothing_else(made: Settings, tmp_path: Path, persons: bool) -> None:
    if persons:
        landed(made)
    # The Makefile alone, in a folder of its own: what it removes besides is not this checkout's.
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    program = tmp_path / ".venv" / "bin" / "safer-kpi"
    write(program, f'#!/bin/sh\nSAFER_KPI_PROJECT={ROOT} exec {ROOT}/.venv/bin/safer-kpi "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        [shutil.which("make") or "make", "clean"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (made.home / "catalogue.sqlite").is_file() is persons, done.stdout + done.stderr
    assert ("delivery 6 (police_street)" in done.stderr) is persons
    assert not program.exists()
