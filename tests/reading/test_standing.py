"""Which sealed publications stand, and which a later one of the same edition and kind supersedes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from safer_kpi.cli.main import app
from safer_kpi.reading.record import canonical, checksum

# By the moment of sealing. The last public edition is withdrawn, so the one before it stands; the assessment and the
# first public edition follow no other of their edition and kind.
SEALED = [
    ("2024-25-Q1.restricted.1", "report", "restricted", "2024-25-Q1", "2024-08-01 09:00:00", 2),
    ("2024-25-Q1.public.1", "report", "public", "2024-25-Q1", "2024-08-02 09:00:00", 3),
    ("2024-25-Q1.assessment.restricted.1", "assessment", "restricted", "2024-25-Q1", "2024-08-03 09:00:00", 2),
    ("2024-25-Q2.restricted.1", "report", "restricted", "2024-25-Q2", "2024-11-01 09:00:00", 2),
    ("2024-25-Q2.public.1", "report", "public", "2024-25-Q2", "2024-11-02 09:00:00", 4),
    ("2024-25-Q3.restricted.1", "report", "restricted", "2024-25-Q3", "2025-02-01 09:00:00", 2),
    ("2024-25-Q3.public.1", "report", "public", "2024-25-Q3", "2025-02-02 09:00:00", 3),
]
STATUS = [
    ("2024-25-Q1.restricted.1", "superseded", "2024-25-Q3.restricted.1"),
    ("2024-25-Q1.public.1", "superseded", "2024-25-Q2.public.1"),
    ("2024-25-Q1.assessment.restricted.1", "published", None),
    ("2024-25-Q2.restricted.1", "superseded", "2024-25-Q3.restricted.1"),
    ("2024-25-Q2.public.1", "published", None),
    ("2024-25-Q3.restricted.1", "published", None),
    ("2024-25-Q3.public.1", "withdrawn", None),
]


def write_manifest(home: Path, publication_id: str, **fields: Any) -> None:
    folder = home / "publications" / publication_id
    folder.mkdir(parents=True)
    manifest = {"publication_id": publication_id, "format": 1, "files": {}, **fields}
    (folder / "manifest.json").write_bytes(canonical(manifest | {"checksum": checksum(manifest)}))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    # Written in another order than that of sealing.
    for publication_id, kind, edition, release_id, published_at, approvals in sorted(SEALED):
        told = {"edition": edition, "release_id": release_id, "published_at": published_at}
        # The oldest manifests name no kind.
        named = {} if publication_id == "2024-25-Q1.restricted.1" else {"kind": kind}
        write_manifest(tmp_path, publication_id, **told, **named, approvals=[{}] * approvals)
    (tmp_path / "publications" / "2024-25-Q3.public.1.withdrawal.json").write_text("{}", encoding="utf-8")
    return tmp_path


def run(home: Path, *words: str, code: int = 0) -> str:
    found = CliRunner().invoke(app, ["publication", "list", "--home", str(home), *words])
    assert found.exit_code == code, found.output
    return found.output


def test_each_publication_says_how_it_stands(home: Path) -> None:
    rows = json.loads(run(home, "--json"))["rows"]
    assert [(row["publication_id"], row["status"], row["superseded_by"]) for row in rows] == STATUS
    known = [(row["kind"], row["edition"], row["release_id"], row["approvals"]) for row in rows]
    assert known == [(kind, edition, release_id, count) for _, kind, edition, release_id, _, count in SEALED]
    assert rows[0]["published_at"] == "2024-08-01T09:00:00Z"


def test_a_table_and_csv_have_the_same_rows(home: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run(home, "--csv"))))
    assert [(row["publication_id"], row["status"], row["superseded_by"] or None) for row in rows] == STATUS
    assert "2024-25-Q1.assessment.restricted.1" in run(home)


def test_a_lake_without_publications_says_so(tmp_path: Path) -> None:
    assert run(tmp_path) == "Nothing has been sealed yet.\n"
    assert json.loads(run(tmp_path, "--json")) == {"rows": []}
    assert run(tmp_path, "--csv").startswith("publication_id,kind,edition,release_id,published_at,status,")


@pytest.mark.parametrize("home", ["s3://bucket/lake", "no/such/home"])
def test_a_home_that_is_not_here_is_an_error(home: str) -> None:
    found = CliRunner().invoke(app, ["publication", "list", "--home", home])
    assert (found.exit_code, "is not on this machine" in found.output) == (2, True), found.output


@pytest.mark.parametrize("spoiled", [{"published_at": "yesterday"}, {"edition": None}, {"approvals": 2}, {"kind": []}])
def test_a_manifest_that_we_did_not_write_is_named(tmp_path: Path, spoiled: dict[str, Any]) -> None:
    whole = {"edition": "public", "release_id": "2024-25-Q1", "published_at": "2024-08-02 09:00:00", "approvals": []}
    write_manifest(tmp_path, "2024-25-Q1.public.1", **whole | spoiled)
    assert "The manifest of 2024-25-Q1.public.1 was changed" in " ".join(run(tmp_path, code=1).split())


def test_a_changed_manifest_is_named(home: Path) -> None:
    file = home / "publications" / "2024-25-Q2.public.1" / "manifest.json"
    file.write_bytes(file.read_bytes().replace(b"2024-25-Q2", b"2024-25-Q1"))
    assert "The manifest of 2024-25-Q2.public.1 was changed" in " ".join(run(home, code=1).split())
