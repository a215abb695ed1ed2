"""A public edition from draft to seal: protected, audited, signed by three people, and read without its lake."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path

import duckdb
import pypdf
import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi.cli.main import app
from safer_kpi.errors import UsageError
from safer_kpi.publishing import make_report, protection
from safer_kpi.publishing.public.drafting import NotSafe, draft_public
from safer_kpi.publishing.sealing import seal_publication
from safer_kpi.reading.verifying.verify import verify_folder
from safer_kpi.settings import Settings
from tests.publishing import read_back
from tests.publishing.conftest import TITLES
from tests.publishing.public.conftest import ADA, BO, CY, DI, FIRST, RELEASE, approve, spoil
from tests.reading.conftest import OUTCOMES, VIOLENCE

pytestmark = pytest.mark.e2e


def run(*words: str, code: int = 0) -> str:
    found = CliRunner().invoke(app, list(words))
    assert found.exit_code == code, found.output
    return " ".join(found.output.split())


def wrong(folder: Path) -> list[tuple[str, str, str]]:
    return [(check, subject, detail) for check, subject, status, detail in verify_folder(folder) if status == "failed"]


def test_the_manifest_tells_how_it_was_made(alone: Path) -> None:
    manifest = json.loads((alone / "manifest.json").read_bytes())
    assert (manifest["publication_id"], manifest["edition"], manifest["release_id"]) == (FIRST, "public", RELEASE)
    assert (manifest["approvals_required"], manifest["previous"]) == (3, None)
    assert manifest["audit"]["passed"] is True
    assert len(manifest["audit"]["models"]) == 3
    assert json.loads((alone / "audit.json").read_bytes()) == manifest["audit"]


def test_figures_are_near_what_was_counted(alone: Path) -> None:
    # North 24, South 34, elsewhere 0; the whole, of two wards, is the sum of its parts.
    rows = safer_kpi.open(alone).metric(VIOLENCE, period="2024-25-Q1").rows()
    shown = {row["area_code"]: row["value"] for row in rows}
    for code, count in {"W1": 24, "W2": 34, "L1:elsewhere": 0}.items():
        assert shown[code] % 5 == 0
        assert abs(shown[code] - count) <= 4
    assert shown["L1"] == shown["W1"] + shown["W2"] + shown["L1:elsewhere"]


def test_verify_needs_no_lake(alone: Path) -> None:
    assert wrong(alone) == []
    checks = {check: (status, detail) for check, _, status, detail in verify_folder(alone)}
    assert checks["officer"] == ("ok", "a data protection officer signed it")
    assert checks["audit"] == ("ok", "it passed")
    assert checks["made of"] == ("open", f"release {RELEASE} is not here")


@pytest.mark.parametrize(
    "name", ["public.duckdb", "certified.parquet", "privacy.html", "site/methods.html", "site/data/numbers.parquet"]
)
def test_a_flipped_byte_is_named(alone: Path, tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(alone, tmp_path / FIRST))
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    assert ("file", f"{FIRST}/{name}", "SHA-256 differs") in wrong(folder)


def test_the_report_is_made_again_of_the_edition_alone(alone: Path, tmp_path: Path) -> None:
    said = run("report", str(alone), "--home", str(tmp_path), "--check", str(alone))
    assert "each byte as this release makes it" in said


def test_commands_read_it_like_any_other(alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFER_KPI_HOME", str(tmp_path))  # a demo's lake in the working folder trusts its own people
    assert "Seatown outside its wards" in run("show", VIOLENCE, "--home", str(alone))
    assert "a data protection officer signed it" in run("verify", "--home", str(alone))
    said = run("export", str(alone), "--out", str(tmp_path / "files"))
    assert "Numbers for everybody: small counts are protected" in said
    package = json.loads((tmp_path / "files" / "datapackage.json").read_bytes())
    assert package["title"] == f"Release {RELEASE}, public edition"
    assert "A public edition holds no evidence" in run("compare", "2024-25-Q1", RELEASE, "--home", str(alone), code=2)


def test_everything_in_the_report_is_found_in_the_edition(alone: Path) -> None:
    edition = read_back.Releases(alone, None)
    counted = marks = sentences = 0
    for file in sorted((alone / "site").rglob("*.html")):
        page = read_back.parse(file.read_bytes())
        counted += read_back.check_figures(page, edition)
        marks += read_back.check_marks(page, edition)
        sentences += read_back.check_sentences(page, edition, TITLES)
        read_back.check_charts(page, edition)
    # North, South, elsewhere and the whole on the page of wards and in print, and the headline measures.
    assert counted > 12
    assert marks > 2
    assert sentences > 5


def test_its_data_files_hold_nothing_that_the_edition_does_not(alone: Path) -> None:
    data = alone / "site" / "data"
    tables = {
        "numbers": "certified",
        "verdicts": "certified_verdict",
        "areas": "area",
        "strategy": "certified_strategy",
    }
    with duckdb.connect(str(alone / "public.duckdb"), read_only=True) as con:
        for name, source in tables.items():
            rows = f"SELECT * FROM read_parquet('{data / name}.parquet')"
            assert con.execute(f"SELECT count(*) FROM ({rows} EXCEPT SELECT * FROM kpi.{source})").fetchall() == [(0,)]
    # On its pages are the figures of North, South, elsewhere and the whole.
    held = duckdb.read_parquet(str(data / "numbers.parquet")).filter(f"metric_id = '{VIOLENCE}'")
    assert {row[0] for row in held.project("area_code").fetchall()} == {"W1", "W2", "L1:elsewhere", "L1"}
    package = json.loads((data / "datapackage.json").read_bytes())
    assert package["title"] == f"Numbers of the report of release {RELEASE}, public edition"


def test_its_pages_say_how_figures_are_protected(alone: Path) -> None:
    methods = (alone / "site" / "methods.html").read_text(encoding="utf-8")
    privacy = (alone / "privacy.html").read_text(encoding="utf-8")
    for text in (protection.ATTACKER, protection.PROMISE, protection.ZERO_AND_FIVE, protection.NOT_PROMISED):
        assert text in methods
        assert text in privacy
    assert "figures of wards may not add up to those of the whole area" in methods
    page = (alone / "site" / "metrics" / "1a-violence-and-sexual-offences.html").read_text(encoding="utf-8")
    assert "Rounded to a multiple of 5 to protect people: at most 4 above or below the count." in page
    changes = (alone / "site" / "changes.html").read_text(encoding="utf-8")
    assert "This is the first public edition: there is none to compare it with." in changes
    wards = (alone / "site" / "wards.html").read_text(encoding="utf-8")
    assert "Seatown outside its wards" in wards
    assert "Open Government Licence v3.0" in privacy  # the legal basis in the contract of police_street
    assert "a withdrawal says that the edition no longer stands" in privacy
    for file in (alone / "site").rglob("*.html"):
        assert "partners only" not in file.read_text(encoding="utf-8").replace("which is for partners only", "")


def test_nothing_restricted_is_in_its_bytes(alone: Path, drafted: Path) -> None:
    key = (drafted / "state" / "publication.key").read_text(encoding="ascii").strip()
    canaries = [
        key,
        "2024-04b.csv",
        "population.csv",
        "coast/2024-05",
        "June came again",
        f"{5:064d}",
        "data.police.uk/",
    ]
    for path in sorted(path for path in alone.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = b"\n".join(archive.read(name) for name in archive.namelist())
        if path.suffix == ".pdf":
            content += "".join(page.extract_text() for page in pypdf.PdfReader(path).pages).encode()
        assert not [canary for canary in canaries if canary.encode() in content], path.name


def test_a_data_protection_officer_must_sign(drafted: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(drafted, tmp_path / "home"))
    settings = Settings.load(home)
    approve(home, ADA, BO)
    with pytest.raises(UsageError, match="has 2 of 3 approvals"):
        seal_publication(settings, FIRST)
    approve(home, CY)
    with pytest.raises(UsageError, match="No data protection officer has approved"):
        seal_publication(settings, FIRST)
    approve(home, DI)
    assert len(seal_publication(settings, FIRST)["approvals"]) == 4


def test_what_the_audit_finds_is_named_at_the_terminal_alone(drafted: Path, tmp_path: Path) -> None:
    # Outcomes are said to contain violence, of which there is more: the auditor's model is wrong, and it says so.
    home = Path(shutil.copytree(drafted, tmp_path / "home"))
    shutil.rmtree(home / "publication-drafts")
    public = f'"contains": ["{VIOLENCE}"], "method": "exact"'
    spoil(
        home / "releases" / RELEASE,
        f"""UPDATE kpi.metric SET definition = replace(definition, '"method": "exact"', '{public}')
        WHERE metric_id = '{OUTCOMES}'""",
    )
    with pytest.raises(NotSafe, match="The audit found") as refused:
        draft_public(Settings.load(home), RELEASE)
    assert VIOLENCE not in str(refused.value)
    assert not list((home / "publication-drafts").iterdir())
    found = CliRunner().invoke(app, ["publish", RELEASE, "--home", str(home)])
    assert found.exit_code == 1
    assert VIOLENCE in found.stderr


def test_a_withdrawal_says_what_it_does_not_undo(drafted: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(drafted, tmp_path / "home"))
    approve(home, ADA, BO, DI)
    seal_publication(Settings.load(home), FIRST)
    folder = home / "publications" / FIRST
    figures = duckdb.read_parquet(str(folder / "published.parquet")).shape[0]
    said = run("publication", "withdraw", FIRST, "--by", ADA, "--reason", "a wrong rule", "--home", str(home), "--json")
    assert f"the protected figures that this edition published first ({figures}) stay known" in said
    checks = {check: detail for check, _, _, detail in verify_folder(folder)}
    assert checks["withdrawal"].startswith("withdrawn by Ada King: a wrong rule")
    [row] = safer_kpi.open(folder).metric(VIOLENCE, area="L1", period="2024-25-Q1").rows()
    assert row["status"] == "withdrawn"
    with pytest.raises(UsageError, match="is withdrawn: a wrong rule"):
        make_report(str(folder))


@pytest.mark.soak
def test_the_next_edition_keeps_what_was_published(drafted: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(drafted, tmp_path / "home"))
    approve(home, ADA, BO, DI)
    seal_publication(Settings.load(home), FIRST)
    record = draft_public(Settings.load(home), RELEASE)
    second = record["publication_id"]
    assert second == "2024-25-Q1.public.2"
    assert record["previous"]["publication_id"] == FIRST
    folders = home / "publications" / FIRST, home / "publication-drafts" / second
    assert (folders[0] / "published.parquet").read_bytes() == (folders[1] / "published.parquet").read_bytes()
