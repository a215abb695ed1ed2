"""A chain of releases belongs to a lake: moved, copied or given another name, the lake keeps its checks."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi import CheckFailed, releases
from safer_kpi.cli.main import app
from safer_kpi.compute import published
from safer_kpi.lake import connect
from safer_kpi.landing.stored_checks import stored_checks
from safer_kpi.reading.verifying.verify import Terms, verify_folder
from safer_kpi.settings import Settings
from tests.reading.publishing import publish

FIRST, LAST = "2024-25-Q1", "2024-25-Q1.2"
OTHER = "f" * 32


def failed(home: Path) -> dict[tuple[str, str], str]:
    """What is wrong with a lake, in words, by check and subject."""
    with safer_kpi.open(home) as lake:
        rows = lake.verify().rows()
    return {(row["check"], row["subject"]): row["detail"] for row in rows if row["status"] == "failed"}


def set_identity(home: Path, lake_id: str | None) -> None:
    """A forger's work: another identity in the read file."""
    with duckdb.connect(str(home / "safer_kpi.duckdb")) as con:
        con.execute("UPDATE kpi.build SET lake_id = ?", [lake_id])


def list_again(home: Path) -> None:
    """Make the lists of the read file anew from the folders that are left, as a build does."""
    with duckdb.connect(str(home / "safer_kpi.duckdb")) as con:
        for table in ("certified", "certified_metric", "release", "certificate", "sealed", "approver_change"):
            con.execute(f"DROP TABLE kpi.{table}")
        published.write(con, home / "releases")


def test_a_release_states_its_lake_and_the_read_file_too(home: Path) -> None:
    with connect(Settings.load(home), read_only=True) as lake:
        [(lake_id,)] = lake.execute("SELECT lake_id FROM journal.lake").fetchall()
    with safer_kpi.open(home) as lake:
        assert lake.sql("SELECT lake_id FROM kpi.build").rows() == [{"lake_id": lake_id}]
        manifests = [row["manifest"] for row in lake.sql("SELECT manifest FROM kpi.sealed").rows()]
    assert [f'"lake_id":"{lake_id}"' in manifest for manifest in manifests] == [True, True]
    assert failed(home) == {}


@pytest.mark.parametrize("gone", [(FIRST, LAST), (LAST,)], ids=["all", "the last"])
def test_a_copy_elsewhere_misses_the_releases_that_were_dropped(home: Path, gone: tuple[str, ...]) -> None:
    """``home`` is a copy: nothing is remembered of its place, only of its identity."""
    for name in gone:
        shutil.rmtree(home / "releases" / name)
    list_again(home)
    detail = failed(home)["head", "releases"]
    assert ("has none now" in detail) == (len(gone) == 2)
    assert "restore the lake and its releases from backup" in detail


@pytest.mark.parametrize("lake_id", [OTHER, None], ids=["another", "none"])
def test_an_exchanged_identity_does_not_fit_the_releases(home: Path, lake_id: str | None) -> None:
    set_identity(home, lake_id)
    assert set(failed(home)) == {("identity", FIRST), ("identity", LAST)}


@pytest.mark.parametrize("lake_id", [OTHER, None], ids=["another", "none"])
def test_an_exchanged_identity_without_releases_is_found_by_its_place(
    settings: Settings, build: Callable[..., None], lake_id: str | None
) -> None:
    build(4)
    publish(settings)
    shutil.rmtree(settings.home / "releases" / FIRST)
    list_again(settings.home)
    set_identity(settings.home, lake_id)
    assert set(failed(settings.home)) == {("identity", "lake"), ("head", "releases")}


def test_an_identity_exchanged_in_the_journal_alone_is_found(home: Path) -> None:
    settings = Settings.load(home)
    with connect(settings) as lake:
        [(lake_id,)] = lake.execute("SELECT lake_id FROM journal.lake").fetchall()
        lake.execute("UPDATE journal.lake SET lake_id = ?", [OTHER])
    assert ("identity", "journal", "failed") in {check[:3] for check in stored_checks(settings, lake_id=lake_id)}
    with connect(settings) as lake:
        lake.execute("DELETE FROM journal.lake")
    assert ("identity", "journal", "failed") in {check[:3] for check in stored_checks(settings, lake_id=lake_id)}


def test_nothing_is_published_after_a_release_that_is_gone(settings: Settings, build: Callable[..., None]) -> None:
    """Or the new release would be the head that is remembered, and nobody would miss the one before."""
    build(4)
    publish(settings)
    shutil.rmtree(settings.home / "releases" / FIRST)
    build(4)
    with pytest.raises(CheckFailed, match=r"had releases, the last one .* and has none now"):
        releases.draft(settings, FIRST)


def test_a_lake_made_anew_in_the_same_place_is_told_so_by_a_person(
    settings: Settings, build: Callable[..., None]
) -> None:
    build(4)
    publish(settings)
    shutil.rmtree(settings.home)
    build(4)
    with pytest.raises(CheckFailed, match="run safer-kpi verify --forget"):
        releases.draft(settings, FIRST)
    forgotten = CliRunner().invoke(app, ["verify", "--forget", "--home", str(settings.home)])
    assert (forgotten.exit_code, forgotten.output[:10]) == (0, "Forgotten:")
    assert publish(settings) == FIRST
    assert failed(settings.home) == {}


def test_a_release_of_another_lake_in_the_chain_is_found(home: Path, tmp_path: Path) -> None:
    """A forger who holds the approvers' keys signs the last release anew, for another lake or for none."""
    import json

    from safer_kpi.reading.record import approval_message, canonical, checksum, record_hash
    from safer_kpi.releases.keys import read_key, sign

    keys = [read_key(path) for path in sorted((home / "state" / "keys").iterdir())]
    file = home / "releases" / LAST / "manifest.json"
    for lake_id in (OTHER, None):
        manifest = json.loads(file.read_bytes())
        manifest.pop("lake_id", None)
        manifest |= {"lake_id": lake_id} if lake_id else {}
        record = record_hash(manifest)
        for approval, key in zip(manifest["approvals"], keys, strict=True):
            approval["signature"] = sign(key, approval_message(record, approval))
        manifest["checksum"] = checksum(manifest)
        file.write_bytes(canonical(manifest))
        terms = Terms(heads=tmp_path / "none.json")
        wrong = {check[:2] for check in verify_folder(file.parent, terms) if check[2] == "failed"}
        assert ("identity", FIRST) in wrong


@pytest.mark.parametrize("content", ["[", "[]", '{"approvers of lake %s": {"people": 1}}'])
def test_a_damaged_file_of_heads_is_an_error_and_is_not_written_over(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    """Or everything that is known of all lakes would be forgotten without a word."""
    with connect(Settings.load(home), read_only=True) as lake:
        [(lake_id,)] = lake.execute("SELECT lake_id FROM journal.lake").fetchall()
    heads = tmp_path / "heads.json"
    heads.write_text(content.replace("%s", lake_id))
    monkeypatch.setenv("SAFER_KPI_HEADS", str(heads))
    with safer_kpi.open(home) as opened, pytest.raises(CheckFailed, match="remembers of lakes is damaged"):
        opened.verify()
    assert heads.read_text() == content.replace("%s", lake_id)


def test_a_lake_on_a_server_misses_its_releases(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What its read file carries is held against what this machine remembers of the lake's identity."""
    import fsspec

    monkeypatch.setenv("SAFER_KPI_CACHE", str(tmp_path / "cache"))
    shutil.rmtree(home / "releases" / LAST)
    list_again(home)
    filesystem = fsspec.filesystem("memory")
    filesystem.store.clear()
    filesystem.put(f"{home}/safer_kpi.duckdb", "/shelf/safer_kpi.duckdb")
    filesystem.put(f"{home}/releases/", "/shelf/releases/", recursive=True)
    with safer_kpi.open("memory://shelf") as opened:
        rows = opened.verify().rows()
    assert ("head", "releases") in {(row["check"], row["subject"]) for row in rows if row["status"] == "failed"}
