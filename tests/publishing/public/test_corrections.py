"""A correction and a new series from the command to the record that people sign, and to the next edition."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi.cli.main import app
from safer_kpi.engine import open_engine
from safer_kpi.publishing.public.content import put_together
from safer_kpi.publishing.public.drafting import draft_public
from safer_kpi.publishing.public.figures import published_figures
from safer_kpi.publishing.sealing import seal_publication
from safer_kpi.settings import Settings
from tests.publishing.conftest import TITLES
from tests.publishing.public.conftest import ADA, BO, DI, FIRST, RELEASE, approve, published, spoil, write_edition
from tests.reading.conftest import VIOLENCE

#: The release before, in which the quarter counts 56.
BEFORE = "2024-25-Q1"
SECOND = "2024-25-Q1.public.2"
QUARTER = "2024-25-Q1"
#: Seatown's violence alone, without its wards, so that it is exact: 58.
WITHOUT_WARDS = f"""UPDATE kpi.metric
SET definition = replace(definition, '"grain": "ward"', '"grain": "local_authority"') WHERE metric_id = '{VIOLENCE}'"""


def refused(*words: str) -> str:
    found = CliRunner().invoke(app, ["publish", RELEASE, *words])
    assert found.exit_code == 2, found.output
    return " ".join(found.output.split())


def test_the_record_of_a_correction_names_both_editions(release: Path, tmp_path: Path) -> None:
    spoil(release, WITHOUT_WARDS)
    first = tmp_path / "publications" / FIRST
    write_edition(release, first, [("L1", "local_authority", QUARTER, 50, "exact")])
    settings = Settings.load(tmp_path / "home")
    (tmp_path / "home" / "state").mkdir(parents=True)
    (tmp_path / "home" / "state" / "publication.key").write_text("ab" * 32)
    made = published_figures(
        settings, release, [first], area="L1", edition=SECOND, corrections=[(VIOLENCE, QUARTER)]
    )  # fmt: skip
    assert made.corrections == [
        {"metric_id": VIOLENCE, "period": QUARTER, "how": "exact", "published_in": FIRST, "corrected_in": SECOND}
    ]
    assert made.changes == []
    (row,) = [row for row in made.rows.to_pylist() if row["period"] == QUARTER]
    # 30 + 12 + 14 in the first release; 31 + 12 + 15 in this one.
    assert (row["figure"], row["release_id"], row["corrects"]) == (58, RELEASE, FIRST)


def test_readers_are_told_of_a_correction(release: Path) -> None:
    given = published([("L1", "local_authority", QUARTER, 58, "exact")]).to_pylist()
    with open_engine() as con:
        table = pa.Table.from_pylist([row | {"corrects": "2023-24-Q4.public.1"} for row in given])
        put_together(con, release, table, area="L1")
        sql = f"SELECT value, lower IS NULL, note FROM edition.kpi.certified WHERE metric_id = '{VIOLENCE}'"
        note = "The exact count, corrected since it was first published"
        assert con.execute(sql).fetchall() == [(58, False, note)]


def test_what_cannot_be_asked_for(told_releases: Path, tmp_path: Path) -> None:
    home = ("--home", str(shutil.copytree(told_releases, tmp_path / "home")))
    assert "'1a.m' does not name a figure" in refused("--correct", "1a.m", *home)
    assert "of the public edition alone" in refused("--correct", "1a.m:2024-25", "--edition", "restricted", *home)
    assert "of the public edition alone" in refused("--new-series", "--edition", "restricted", *home)
    assert "the first series has not begun" in refused("--new-series", *home)
    assert "No public edition has a protected figure" in refused("--correct", f"{VIOLENCE}:{QUARTER}", *home)


@pytest.mark.soak
def test_a_correction_from_draft_to_seal_and_in_the_edition_after(drafted: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(drafted, tmp_path / "home"))
    settings = Settings.load(home)
    for release in (BEFORE, RELEASE):
        spoil(home / "releases" / release, WITHOUT_WARDS)
    assert draft_public(settings, BEFORE)["corrections"] == []
    approve(home, ADA, BO, DI)
    assert seal_publication(settings, FIRST)["series"] == 1
    words = ["publish", RELEASE, "--home", str(home), "--correct", f"{VIOLENCE}:{QUARTER}", "--new-series"]
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 0, found.output
    assert f"corrects {VIOLENCE} in {QUARTER}, published in {FIRST}" in found.stderr
    assert (home / "state" / "publication.key.2").is_file()
    draft = json.loads((home / "publication-drafts" / SECOND / "draft.json").read_bytes())
    assert draft["series"] == 2
    assert [(one["metric_id"], one["published_in"]) for one in draft["corrections"]] == [(VIOLENCE, FIRST)]
    assert draft["audit"]["passed"] is True
    page = (home / "publication-drafts" / SECOND / "site" / "changes.html").read_text(encoding="utf-8")
    assert f"The edition before this one is {FIRST}." in page
    assert f"{TITLES[VIOLENCE]}, April to June 2024: published in {FIRST}, corrected in this edition." in page
    approve(home, ADA, BO, DI, publication=SECOND)
    seal_publication(settings, SECOND)
    for folder, value in ((FIRST, 56), (SECOND, 58)):
        rows = safer_kpi.open(home / "publications" / folder).metric(VIOLENCE, area="L1", period=QUARTER).rows()
        assert [(row["value"], row["series"]) for row in rows] == [(value, 1)]
    after = draft_public(settings, RELEASE)
    assert (after["series"], after["corrections"]) == (2, [])
    kept = [home / "publications" / SECOND, home / "publication-drafts" / after["publication_id"]]
    assert len({(folder / "published.parquet").read_bytes() for folder in kept}) == 1
