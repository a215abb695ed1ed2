"""From draft to verified release, over the small lake of conftest.py."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import duckdb
import pytest

import safer_kpi
from safer_kpi import CheckFailed, NotFound, UsageError, releases
from safer_kpi.domain.reconcile import statements
from safer_kpi.lake import connect
from safer_kpi.releases.content import write_content
from safer_kpi.settings import Settings
from tests.reading.publishing import publish

drafting = import_module("safer_kpi.releases.draft")  # the package has a function of that name

VIOLENCE, OUTCOMES = "1a.violence_and_sexual_offences", "1c.violence_positive_outcomes"


def test_a_release_is_what_a_call_without_one_means(home: Path) -> None:
    with safer_kpi.open(home) as lake:
        [latest] = lake.metric(VIOLENCE, area="L1", by="quarter").rows()
        [first] = lake.metric(VIOLENCE, area="L1", by="quarter", release="2024-25-Q1", definition=1).rows()
        [now] = lake.metric(VIOLENCE, area="L1", by="quarter", release="now").rows()
    assert (latest["value"], latest["status"], latest["release_id"]) == (58, "certified", "2024-25-Q1.2")
    assert (first["value"], first["status"], first["release_id"]) == (56, "certified", "2024-25-Q1")
    assert (now["value"], now["status"], now["release_id"]) == (58, "uncertified", None)


def test_releases_reconcile_to_the_last_unit(home: Path) -> None:
    with safer_kpi.open(home) as lake:
        rows = lake.compare("2024-25-Q1", "2024-25-Q1.2", metric=VIOLENCE, area="L1", by="quarter").rows()
        everything = lake.compare("2024-25-Q1", "2024-25-Q1.2").rows()
        back = lake.compare("2024-25-Q1.2", "2024-25-Q1", metric=VIOLENCE, area="L1", by="quarter").rows()
    assert [(row["cause"], row["amount"]) for row in rows] == [
        (None, 56), ("reverted", -14), ("late", 2), ("reclassified", -1), ("new", 15), (None, 58)
    ]  # fmt: skip
    assert [row["amount"] for row in back] == [58, 14, -2, 1, -15, 56]
    assert all(each.residual == 0 for each in statements(everything))


def test_a_release_folder_stands_alone(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # away from a ./lake, the demo's say, that lists other approvers
    folder = tmp_path / "elsewhere" / "2024-25-Q1"
    shutil.copytree(home / "releases" / "2024-25-Q1", folder)
    with safer_kpi.open(folder) as lake:
        [row] = lake.metric(VIOLENCE, area="L1", by="quarter").rows()
        assert (row["value"], row["status"]) == (56, "certified")
        assert [each["status"] for each in lake.verify().rows()].count("failed") == 0
        assert lake.trace(VIOLENCE, area="L1", period="2024-25-Q1").rows()
        [known] = lake.metric(VIOLENCE, area="L1", period="2024-04", known_at="2024-07-15").rows()
        assert known["value"] == 30
        with pytest.raises(UsageError, match="holds no live data"):
            lake.metric(VIOLENCE, release="now")
        with pytest.raises(UsageError, match="later than the last entry of this release"):
            lake.metric(VIOLENCE, known_at="2024-12-01")
        assert lake.releases().rows()[-1]["release_id"] == "2024-25-Q1"


def test_releases_lying_side_by_side_are_compared_without_the_lake(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "releases", tmp_path / "shelf")
    with safer_kpi.open(tmp_path / "shelf" / "2024-25-Q1.2") as lake:
        rows = lake.compare("2024-25-Q1", "2024-25-Q1.2", metric=VIOLENCE, area="L1", by="quarter").rows()
    assert [row["amount"] for row in rows] == [56, -14, 2, -1, 15, 58]


def test_a_new_definition_is_a_line_of_its_own(settings: Settings, build: Callable[..., None]) -> None:
    build(4)
    publish(settings)
    build(7, definition=2, positive_weight=3)  # every outcome now counts three times
    with safer_kpi.open(settings.home) as lake:
        count = lake.compare("2024-25-Q1", "now", metric=OUTCOMES, area="L1", by="quarter").rows()
        share = lake.compare("2024-25-Q1", "now", metric="1c.violence_positive_outcome_share", area="L1").rows()
        unchanged = lake.compare("2024-25-Q1", "now", metric=VIOLENCE, area="L1", by="quarter").rows()
    # 6 as certified; the same evidence makes 18; four outcomes progressed, each three: 30
    assert [(row["cause"], row["delivery_id"], row["amount"]) for row in count] == [
        (None, None, 6), ("definition", None, 12), ("progressed", 5, 12), (None, None, 30)
    ]  # fmt: skip
    assert all(each.residual == 0 for each in statements(share))
    assert "definition" in {row["cause"] for row in share}
    assert "definition" not in {row["cause"] for row in unchanged}


def test_a_release_is_drafted_approved_by_two_and_published_once(
    settings: Settings, build: Callable[..., None]
) -> None:
    build(4)
    release_id = releases.draft(settings, "2024-25-Q1")["release_id"]
    with pytest.raises(UsageError, match="0 of 2 approvals"):
        releases.publish(settings, release_id)
    releases.approve(settings, release_id, name="Ada King")
    with pytest.raises(UsageError, match="has already approved"):
        releases.approve(settings, release_id, name="  ada  KING ")
    with pytest.raises(UsageError, match="1 of 2 approvals"):
        releases.publish(settings, release_id)
    assert releases.drafts(settings)[0]["approved_by"] == ["Ada King"]
    releases.approve(settings, release_id, name="Bo Lund")
    manifest = releases.publish(settings, release_id)
    assert [each["name"] for each in manifest["approvals"]] == ["Ada King", "Bo Lund"]
    assert (manifest["last_entry"], manifest["edition"], manifest["previous"]) == (4, "restricted", None)
    assert releases.drafts(settings) == []
    with pytest.raises(UsageError, match="never changes"):
        releases.publish(settings, release_id)
    with pytest.raises(UsageError, match="would correct it"):
        releases.draft(settings, "2024-25-Q1")
    assert releases.draft(settings, "2024-25-Q1", reason="late rows")["release_id"] == "2024-25-Q1.2"


@pytest.mark.parametrize("left", ["all of it", "its record alone", "an empty folder"])
def test_a_publication_that_could_not_remove_its_draft_is_finished_by_the_next(
    settings: Settings, build: Callable[..., None], tmp_path: Path, left: str
) -> None:
    build(4)
    release_id = releases.draft(settings, "2024-25-Q1")["release_id"]
    for name in ("Ada King", "Bo Lund"):
        releases.approve(settings, release_id, name=name)
    folder = settings.home / "drafts" / release_id
    kept = Path(shutil.copytree(folder, tmp_path / "kept"))
    manifest = releases.publish(settings, release_id)
    if left == "all of it":
        shutil.copytree(kept, folder)
    else:
        folder.mkdir()
    if left == "its record alone":
        shutil.copy(kept / "draft.json", folder)
    assert releases.publish(settings, release_id) == manifest
    assert not folder.exists()
    with pytest.raises(UsageError, match="never changes"):
        releases.publish(settings, release_id)
    shutil.copytree(kept, folder)
    (folder / "draft.json").write_text((folder / "draft.json").read_text().replace("Bo Lund", "Cy Moss"))
    with pytest.raises(UsageError, match="never changes"):
        releases.publish(settings, release_id)  # another draft, which nobody has published


def test_nobody_writes_while_a_draft_is_made(
    settings: Settings, build: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a build and a compaction could drop the snapshot that it will name."""
    held = []

    def look(*given: object, **named: object) -> dict[str, object]:
        with (settings.home / "lease.lock").open("rb") as lease, pytest.raises(BlockingIOError):
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held.append(True)
        return write_content(*given, **named)

    build(4)
    monkeypatch.setattr(drafting, "write_content", look)
    releases.draft(settings, "2024-25-Q1")
    assert held == [True]


def test_a_draft_needs_everything_built(settings: Settings, build: Callable[..., None]) -> None:
    with pytest.raises(NotFound, match="Nothing has been built"):
        releases.draft(settings, "2024-25-Q1")
    build(4)
    with connect(settings) as con:
        con.execute("INSERT INTO journal.entry (entry, posted_at, kind) VALUES (5, TIMESTAMP '2024-10-01', 'delivery')")
    with pytest.raises(UsageError, match="Entries 5 to 5 are not built"):
        releases.draft(settings, "2024-25-Q1")


@pytest.mark.parametrize("name", ["2024-25", "2024-25-Q5", "2024-26-Q1", "../x", "2024-25-Q1.1", "2024-25-Q1/../x"])
def test_a_release_has_a_quarter_s_name(settings: Settings, build: Callable[..., None], name: str) -> None:
    build(4)
    with pytest.raises(UsageError):
        releases.draft(settings, name)


def test_a_quarter_that_has_not_ended_is_not_drafted(settings: Settings, build: Callable[..., None]) -> None:
    build(4)
    with pytest.raises(UsageError, match="has not ended"):
        releases.draft(settings, "2098-99-Q1")


def test_people_approve_what_was_drafted(settings: Settings, build: Callable[..., None]) -> None:
    build(4)
    release_id = releases.draft(settings, "2024-25-Q1")["release_id"]
    releases.approve(settings, release_id, name="Ada King")
    folder = settings.home / "drafts" / release_id
    (folder / "area.parquet").write_bytes(b"something else")
    with pytest.raises(CheckFailed, match=r"area\.parquet"):
        releases.approve(settings, release_id, name="Bo Lund")
    assert releases.draft(settings, "2024-25-Q1")["release_id"] == release_id
    assert releases.drafts(settings)[0]["approved_by"] == []  # a new draft, nobody has seen it


def test_the_row_hash_can_be_computed_by_hand(home: Path) -> None:
    folder = home / "releases" / "2024-25-Q1"
    rows = duckdb.sql(f"SELECT * FROM '{folder}/observation.parquet'").df().astype(object)
    parts: dict[tuple[str, str], list[str]] = {}
    with safer_kpi.open(folder) as lake:
        for row in lake.sql("SELECT * FROM kpi.certified").rows():
            names = ("metric_id", "definition_version", "area_code", "period_type", "period", "breakdown")
            fields = [str(row[name]) for name in names]
            fields += ["" if row[name] is None else str(row[name]) for name in ("numerator", "denominator")]
            fields += ["" if row[name] is None else f"{row[name]:.12e}" for name in ("value", "lower", "upper")]
            fields += ["" if row[name] is None else row[name] for name in ("method", "status")]
            fields += ["" if row["coverage"] is None else f"{row['coverage']:.12e}"]
            parts.setdefault((row["metric_id"], row["area_code"]), []).append("\t".join(fields))
    assert len(rows) == sum(len(lines) for lines in parts.values()) == 4 * 5 * 4  # metrics, areas, periods
    lines = [
        "\t".join([*key, hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()]) for key, found in parts.items()
    ]
    expected = hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
    assert json.loads((folder / "manifest.json").read_text())["row_hash"] == expected


def test_a_remote_release_is_fetched_checked_and_kept(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fsspec

    monkeypatch.setenv("SAFER_KPI_CACHE", str(tmp_path / "cache"))
    filesystem = fsspec.filesystem("memory")
    filesystem.store.clear()
    filesystem.put(f"{home}/releases/", "/shelf/", recursive=True)
    with safer_kpi.open("memory://shelf/2024-25-Q1.2") as lake:
        assert lake.compare("2024-25-Q1", "2024-25-Q1.2", metric=VIOLENCE, area="L1", by="quarter").rows()
    filesystem.store.clear()  # offline from here on
    with safer_kpi.open("memory://shelf/2024-25-Q1.2") as lake:
        [row] = lake.metric(VIOLENCE, area="L1", by="quarter").rows()
    assert row["value"] == 58


def test_a_remote_file_that_differs_from_its_manifest_is_refused(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fsspec

    monkeypatch.setenv("SAFER_KPI_CACHE", str(tmp_path / "cache"))
    filesystem = fsspec.filesystem("memory")
    filesystem.store.clear()
    filesystem.put(f"{home}/releases/", "/shelf/", recursive=True)
    filesystem.pipe_file("/shelf/2024-25-Q1/area.parquet", b"other")
    with pytest.raises(CheckFailed, match=r"area\.parquet does not have the SHA-256"):
        safer_kpi.open("memory://shelf/2024-25-Q1")


def test_a_release_that_came_after_a_lake_was_opened_is_read(
    settings: Settings, build: Callable[..., None], tmp_path: Path
) -> None:
    build(4)
    publish(settings)
    read = tmp_path / "read"
    shutil.copytree(settings.home, read)
    build(5)
    second = publish(settings, reason="late rows")
    with safer_kpi.open(read) as lake:
        shutil.copytree(settings.home / "releases" / second, read / "releases" / second)
        alias = lake.book.attach(read / "releases" / second / "release.duckdb")
        assert lake.book.read(f"SELECT count(*) > 0 FROM {alias}.kpi.ledger")[1] == [(True,)]
