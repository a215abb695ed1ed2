"""Whatever is changed in what a read file calls certified is refused when it is read, by metric and area."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import duckdb
import pytest

import safer_kpi
from safer_kpi import CheckFailed
from safer_kpi.reading.record import approval_message, canonical, checksum, record_hash
from safer_kpi.reading.sealing.signatures import approver_line
from safer_kpi.releases.keys import make_key, read_key, sign

VIOLENCE, RELEASE = "1a.violence_and_sexual_offences", "2024-25-Q1.2"


def _edit(file: Path, sql: str) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute(sql)


def _refused(home: Path, *, area: str | None = "L1", release: str | None = None) -> str:
    with safer_kpi.open(home) as lake, pytest.raises(CheckFailed) as refusal:
        lake.metric(VIOLENCE, area=area, by="quarter", release=release).rows()
    return str(refusal.value)


def _columns(file: Path) -> dict[str, str]:
    with duckdb.connect(str(file), read_only=True) as connection:
        rows = connection.execute("DESCRIBE kpi.certified").fetchall()
    return {row[0]: row[1] for row in rows if row[0] not in {"metric_id", "area_code", "release_id"}}


def test_a_change_of_any_column_is_refused(home: Path) -> None:
    file = home / "safer_kpi.duckdb"
    whole = file.read_bytes()
    other = {"VARCHAR": "'x'", "DATE": "DATE '1999-01-01'", "TIMESTAMP": "TIMESTAMP '1999-01-01'", "DOUBLE": "0.5"}
    columns = _columns(file)
    assert len(columns) > 18
    for column, kind in columns.items():
        file.write_bytes(whole)
        _edit(
            file,
            f"UPDATE kpi.certified SET {column} = {other.get(kind, '7')} WHERE area_code = 'L1' "
            f"AND metric_id = '{VIOLENCE}' AND release_id = '{RELEASE}' AND period = '2024-25-Q1'",
        )
        assert f"{VIOLENCE} in L1" in _refused(home), column


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM kpi.certified WHERE period = '2024-04'",
        f"DELETE FROM kpi.certified WHERE metric_id = '{VIOLENCE}' AND area_code = 'L1'",
        "INSERT INTO kpi.certified SELECT * FROM kpi.certified",
        "INSERT INTO kpi.certified SELECT * REPLACE ('L1' AS area_code) FROM kpi.certified WHERE area_code <> 'L1'",
        "UPDATE kpi.certified SET area_code = CASE area_code WHEN 'L1' THEN 'W1' WHEN 'W1' THEN 'L1' ELSE 'X' END",
        "UPDATE kpi.certified SET release_id = '2024-25-Q1.2' WHERE release_id = '2024-25-Q1'",
        "ALTER TABLE kpi.certified ADD COLUMN placed DOUBLE DEFAULT 0.1",
        "ALTER TABLE kpi.certified DROP COLUMN note",
        "UPDATE kpi.release SET status = 'withdrawn' WHERE release_id = '2024-25-Q1.2'",
        "DELETE FROM kpi.sealed",
        "UPDATE kpi.sealed SET seals = NULL",
        "UPDATE kpi.sealed SET seals = replace(seals, 'a', 'b')",
        "UPDATE kpi.sealed SET manifest = replace(manifest, 'Ada', 'Eve')",
        "UPDATE kpi.sealed SET manifest = NULL",
        "DROP TABLE kpi.sealed; UPDATE kpi.certified SET value = 1",
    ],
)
def test_rows_columns_and_seals_taken_added_or_exchanged_are_refused(home: Path, sql: str) -> None:
    _edit(home / "safer_kpi.duckdb", sql)
    assert RELEASE in _refused(home, release=RELEASE)


def test_what_was_not_touched_is_read(home: Path) -> None:
    _edit(home / "safer_kpi.duckdb", f"UPDATE kpi.certified SET value = 1 WHERE metric_id <> '{VIOLENCE}'")
    with safer_kpi.open(home) as lake:
        [row] = lake.metric(VIOLENCE, area="L1", by="quarter").rows()
    assert (row["value"], row["status"]) == (58, "certified")  # 56 - 14 + 2 - 1 + 15


def test_a_read_file_is_checked_offline_against_trusted_keys(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file alone, without its releases: whoever re-seals it needs the keys of people the reader trusts."""
    alone = tmp_path / "alone" / "safer_kpi.duckdb"
    alone.parent.mkdir()
    shutil.copy(home / "safer_kpi.duckdb", alone)
    manifest = json.loads((home / "releases" / RELEASE / "manifest.json").read_bytes())
    trusted = tmp_path / "trusted"
    lines = [approver_line(each["name"], each["public_key"]) for each in manifest["approvals"]]
    trusted.write_text("\n".join(lines))
    monkeypatch.setenv("SAFER_KPI_APPROVERS", str(trusted))
    with safer_kpi.open(alone) as lake:
        assert [row["value"] for row in lake.metric(VIOLENCE, area="L1", by="quarter").rows()] == [58]
    trusted.write_text(lines[0])
    assert "approvals do not hold" in _refused(alone)


def test_a_file_without_its_seals_is_not_certified_where_keys_are_trusted(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forger takes the list of manifests out, as if an old version had written the file."""
    alone = tmp_path / "alone" / "safer_kpi.duckdb"
    alone.parent.mkdir()
    shutil.copy(home / "safer_kpi.duckdb", alone)
    _edit(alone, f"DROP TABLE kpi.sealed; UPDATE kpi.certified SET value = 1 WHERE metric_id = '{VIOLENCE}'")
    manifest = json.loads((home / "releases" / RELEASE / "manifest.json").read_bytes())
    trusted = tmp_path / "trusted"
    trusted.write_text("\n".join(approver_line(each["name"], each["public_key"]) for each in manifest["approvals"]))
    monkeypatch.setenv("SAFER_KPI_APPROVERS", str(trusted))
    assert "carries no manifest" in _refused(alone)


def test_a_manifest_sealed_again_without_a_key_is_refused(home: Path, tmp_path: Path) -> None:
    """A forger without any key: the numbers, the seals and the manifest agree, and no signature does."""
    alone = tmp_path / "safer_kpi.duckdb"
    shutil.copy(home / "safer_kpi.duckdb", alone)
    manifest = json.loads((home / "releases" / RELEASE / "manifest.json").read_bytes())
    before = record_hash(manifest)
    manifest["row_hash"] = "0" * 64
    manifest["checksum"] = checksum(manifest)
    assert record_hash(manifest) != before
    text = canonical(manifest).decode().replace("'", "''")
    _edit(alone, f"UPDATE kpi.sealed SET manifest = '{text}' WHERE release_id = '{RELEASE}'")
    assert "the signature does not match" in _refused(alone)


def test_a_release_file_is_checked_like_the_read_file(home: Path) -> None:
    folder = home / "releases" / RELEASE
    _edit(folder / "release.duckdb", f"UPDATE kpi.certified SET upper = 9 WHERE metric_id = '{VIOLENCE}'")
    assert f"{VIOLENCE} in L1" in _refused(folder)


def test_the_keys_of_another_lake_that_one_stands_beside_decide_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "elsewhere" / "lake"
    other.mkdir(parents=True)
    (other / "approvers").write_text(approver_line("C. Sample", make_key(tmp_path / "key")) + "\n", encoding="utf-8")
    monkeypatch.chdir(other.parent)
    with safer_kpi.open(home / "releases" / RELEASE) as release:
        assert release.metric(VIOLENCE, area="L1", by="quarter").rows()
    # Those of the home that the release lies in do.
    shutil.copy(other / "approvers", home / "approvers")
    assert "is not trusted" in _refused(home / "releases" / RELEASE)


def test_numbers_of_a_withdrawn_release_are_read_as_withdrawn(home: Path) -> None:
    """A withdrawal marks the rows, as the export does here, and they are checked all the same."""
    file = home / "safer_kpi.duckdb"
    _edit(
        file,
        f"UPDATE kpi.release SET status = 'withdrawn' WHERE release_id = '{RELEASE}'; UPDATE kpi.certified "
        f"SET status = 'withdrawn' WHERE release_id = '{RELEASE}' AND status IN ('certified', 'provisional')",
    )
    with safer_kpi.open(home) as lake:
        [row] = lake.metric(VIOLENCE, area="L1", by="quarter", release=RELEASE).rows()
    assert (row["value"], row["status"]) == (58, "withdrawn")
    _edit(file, "UPDATE kpi.certified SET value = 57")
    assert f"{VIOLENCE} in L1" in _refused(home, release=RELEASE)


def _found(home: Path) -> list[str]:
    with safer_kpi.open(home) as lake:
        return [row["subject"] for row in lake.verify().rows() if row["status"] == "failed"]


def test_verify_checks_all_of_the_read_file(home: Path) -> None:
    assert _found(home) == []
    _edit(
        home / "safer_kpi.duckdb",
        f"UPDATE kpi.certified SET lower = 1 WHERE release_id = '{RELEASE}' AND area_code = 'L1'",
    )
    assert _found(home) == [RELEASE]


def test_verify_compares_a_release_without_seals_with_its_parquet(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As earlier versions made them: the manifests name no seals, and nobody set trusted keys."""
    monkeypatch.setenv("SAFER_KPI_HEADS", str(tmp_path / "heads.json"))
    _unseal(home)
    assert _found(home) == []
    with safer_kpi.open(home) as lake:
        assert [row["value"] for row in lake.metric(VIOLENCE, area="L1", by="quarter").rows()] == [58]
    _edit(home / "safer_kpi.duckdb", f"UPDATE kpi.certified SET lower = 1 WHERE release_id = '{RELEASE}'")
    assert _found(home) == [RELEASE]


def _unseal(home: Path) -> None:
    """Make the last release one of an earlier version, signed again with keys of the same people's names."""
    folder = home / "releases" / RELEASE
    manifest = json.loads((folder / "manifest.json").read_bytes())
    del manifest["files"]["seals.json"]
    (folder / "seals.json").unlink()
    for approval in manifest["approvals"]:
        key = read_key(next(iter((home / "state" / "keys").glob(f"{approval['name'].split()[0].lower()}-*"))))
        approval["signature"] = sign(key, approval_message(record_hash(manifest), approval))
    manifest["checksum"] = checksum(manifest)
    text = canonical(manifest)
    (folder / "manifest.json").write_bytes(text)
    quoted = text.decode().replace("'", "''")
    sha256 = hashlib.sha256(text).hexdigest()
    _edit(
        home / "safer_kpi.duckdb",
        f"UPDATE kpi.sealed SET manifest = '{quoted}', seals = NULL WHERE release_id = '{RELEASE}'; "
        f"UPDATE kpi.release SET manifest_sha256 = '{sha256}' WHERE release_id = '{RELEASE}'",
    )
