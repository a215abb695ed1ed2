"""A sealed publication: signed, checked by verify, made again byte for byte, and never changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from safer_kpi.cli.main import app
from safer_kpi.errors import ApprovedAlready, CheckFailed, NotFound, UsageError
from safer_kpi.publishing.sealing import approve_publication, draft_publication, seal_publication, templates_hash
from safer_kpi.reading.verifying.verify import Terms, verify_folder
from safer_kpi.settings import Settings

RELEASE, FIRST = "2024-25-Q1.2", "2024-25-Q1.2.restricted.1"


@pytest.fixture(scope="module")
def sealed(told_releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one sealed publication."""
    home = Path(shutil.copytree(told_releases, tmp_path_factory.mktemp("sealed") / "home"))
    settings = Settings.load(home)
    draft_publication(settings, RELEASE)
    approve_publication(settings, FIRST, name="Ada King", comment="read")
    approve_publication(settings, FIRST, name="Bo Lund")
    seal_publication(settings, FIRST)
    return home


@pytest.fixture
def home(sealed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sealed, tmp_path / "home"))


def wrong(folder: Path) -> list[tuple[str, str, str]]:
    return [(check, subject, detail) for check, subject, status, detail in verify_folder(folder) if status == "failed"]


def run(*words: str, code: int = 0) -> str:
    found = CliRunner().invoke(app, list(words))
    assert found.exit_code == code, found.output
    return " ".join(found.output.split())


def test_the_manifest_names_what_it_was_made_of(sealed: Path) -> None:
    manifest = json.loads((sealed / "publications" / FIRST / "manifest.json").read_bytes())
    release = json.loads((sealed / "releases" / RELEASE / "manifest.json").read_bytes())
    assert (manifest["release_id"], manifest["edition"], manifest["area"]) == (
        release["release_id"],
        "restricted",
        "L1",
    )
    assert manifest["before"]["release_id"] == "2024-25-Q1"
    assert manifest["templates_sha256"] == templates_hash()
    assert [approval["name"] for approval in manifest["approvals"]] == ["Ada King", "Bo Lund"]
    assert not (sealed / "publication-drafts" / FIRST).exists()


def test_verify_checks_it_by_itself_and_with_its_lake(sealed: Path) -> None:
    folder = sealed / "publications" / FIRST
    assert wrong(folder) == []
    subjects = {(check, subject) for check, subject, _, _ in verify_folder(folder, Terms())}
    assert {("publication", FIRST), ("made of", FIRST), ("approval", f"{FIRST} Ada King")} <= subjects
    assert FIRST in run("verify", FIRST, "--home", str(sealed))


@pytest.mark.parametrize(
    "name",
    [
        "site/index.html",
        "site/style/report.css",
        "site/metrics/1a-violence-and-sexual-offences.html",
        "site/report.xlsx",
        "site/data/numbers.csv",
    ],
)
def test_a_flipped_byte_is_named(home: Path, name: str) -> None:
    file = home / "publications" / FIRST / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert wrong(home / "publications" / FIRST) == [("file", f"{FIRST}/{name}", "SHA-256 differs")]
    assert name in run("verify", str(home / "publications" / FIRST), "--home", str(home), code=1)


def test_a_missing_and_an_added_file_are_named(home: Path) -> None:
    folder = home / "publications" / FIRST
    (folder / "site" / "data.html").unlink()
    (folder / "site" / "more.html").write_text("more", encoding="utf-8")
    assert wrong(folder) == [
        ("file", f"{FIRST}/site/data.html", "missing"),
        ("extra file", f"{FIRST}/site/more.html", "not in the manifest"),
    ]


def test_another_release_in_its_place_is_found(home: Path) -> None:
    shutil.copyfile(home / "releases" / "2024-25-Q1" / "manifest.json", home / "releases" / RELEASE / "manifest.json")
    assert wrong(home / "publications" / FIRST) == [
        ("made of", FIRST, f"release {RELEASE} here is another one than it was made of")
    ]


def test_a_changed_manifest_is_found(home: Path) -> None:
    file = home / "publications" / FIRST / "manifest.json"
    file.write_bytes(file.read_bytes().replace(b'"area":"L1"', b'"area":"L2"'))
    assert ("publication", FIRST, "the manifest was changed: its checksum differs") in wrong(file.parent)
    assert any("the signature does not match" in detail for _, _, detail in wrong(file.parent))


def test_it_is_made_again_byte_for_byte(home: Path) -> None:
    folder = home / "publications" / FIRST
    assert "each byte as this release makes it" in run("report", RELEASE, "--home", str(home), "--check", str(folder))
    (folder / "site" / "index.html").write_bytes(b"spoiled")
    assert "index.html differs" in run("report", RELEASE, "--home", str(home), "--check", str(folder), code=1)


def test_the_next_one_follows_it(home: Path) -> None:
    settings = Settings.load(home)
    record = draft_publication(settings, RELEASE)
    assert record["publication_id"] == "2024-25-Q1.2.restricted.2"
    assert record["previous"]["publication_id"] == FIRST
    for name in ("Ada King", "Bo Lund"):
        approve_publication(settings, record["publication_id"], name=name)
    seal_publication(settings, record["publication_id"])
    second = home / "publications" / record["publication_id"]
    assert ("follows", record["publication_id"], "ok", f"after {FIRST}") in verify_folder(second)
    assert ("superseded", FIRST, "ok", f"by {second.name}") in verify_folder(home / "publications" / FIRST)
    assert not [check for check in verify_folder(second) if check[0] == "superseded"]


def test_what_a_draft_needs(home: Path) -> None:
    settings = Settings.load(home)
    second = draft_publication(settings, RELEASE)["publication_id"]
    approve_publication(settings, second, name="Ada King")
    with pytest.raises(ApprovedAlready, match="Ada king has already approved"):
        approve_publication(settings, second, name="Ada  king")
    with pytest.raises(UsageError, match="has 1 of 2 approvals"):
        seal_publication(settings, second)
    index = home / "publication-drafts" / second / "site" / "index.html"
    index.write_bytes(b"other words")
    with pytest.raises(CheckFailed, match=r"changed after it was drafted: site/index\.html"):
        approve_publication(settings, second, name="Bo Lund")
    with pytest.raises(NotFound, match="No draft of a publication"):
        seal_publication(settings, "../releases")
    with pytest.raises(NotFound, match="No release 2019-20-Q1 is published here"):
        draft_publication(settings, "2019-20-Q1")


@pytest.mark.soak
def test_a_draft_before_another_was_sealed_is_out_of_date(told_releases: Path, tmp_path: Path) -> None:
    settings = Settings.load(Path(shutil.copytree(told_releases, tmp_path / "home")))
    early = draft_publication(settings, "2024-25-Q1")["publication_id"]
    late = draft_publication(settings, RELEASE)["publication_id"]
    for one in (early, late):
        for name in ("Ada King", "Bo Lund"):
            approve_publication(settings, one, name=name)
    seal_publication(settings, late)
    with pytest.raises(UsageError, match=f"after {early} was drafted"):
        seal_publication(settings, early)
