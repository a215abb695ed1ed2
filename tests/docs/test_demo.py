"""The demo tells its whole story, and its numbers are those of the files it wrote."""

import datetime as dt
import json
import shlex
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from rich.console import Console

import safer_kpi
from safer_kpi.compute.recipes import Due, Recipe, query_of
from safer_kpi.demo.answers import STATEMENT_METRIC, STATEMENT_PERIOD, Story
from safer_kpi.demo.own import MARKER
from safer_kpi.demo.present import next_things
from safer_kpi.demo.run import RELEASES, own_lookup
from safer_kpi.demo.run import run as run_demo
from safer_kpi.errors import UsageError
from safer_kpi.lake import connect
from safer_kpi.settings import Settings
from tests.docs.conftest import ROOT, Demo, run
from tests.oracles.partner_files import joint_patrols, mended_rows, received_by, street_records

pytestmark = [pytest.mark.e2e, pytest.mark.long(30)]
RELEASE_IDS = [release for release, _ in RELEASES]

REPORT = Path(__file__).resolve().parents[1] / "unit" / "strategy" / "paragraph_16.md"


@pytest.fixture(scope="module")
def story(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Story:
    home = demo.copied_to(tmp_path_factory.mktemp("story")) / "lake"
    return Story(home, "E06000058", *(release for release, _ in RELEASES))


def test_the_receipts_tell_each_mishap(story: Story) -> None:
    with safer_kpi.open(story.home) as lake:
        receipts = lake.deliveries("police_street").rows()
    # 24 first publications + 27 published again + 4 mishaps; one of the first, and two of the mishaps, do not post
    assert len(receipts) == 55
    assert Counter(row["status"] for row in receipts) == {"accepted": 52, "duplicate": 1, "stale": 1, "refused": 1}
    assert [row["rows_quarantined"] for row in receipts if row["rows_quarantined"]] == [10]


def test_a_build_of_one_feed_posts_what_stands_in_the_ledger(story: Story) -> None:
    """A build leaves out what cannot read the feeds of its entries; the demo's ledgers were built otherwise too."""
    settings, compared = Settings.load(story.home), 0
    with connect(settings, read_only=True) as connection:
        days = connection.execute("SELECT min(posted_at)::DATE, max(posted_at)::DATE FROM journal.entry").fetchall()[0]
        feeds = [feed for (feed,) in connection.execute("SELECT DISTINCT feed FROM journal.entry").fetchall()]
        recorded = json.loads((story.home / "state" / "recipes.json").read_text(encoding="utf-8"))["recipes"]
        for recipe in (Recipe(**each) for each in recorded if each["branches"]):
            for feed in sorted(set(feeds) & {feed for _, read in recipe.branches for feed in read}):
                new = f"WHERE entry IN (SELECT entry FROM journal.entry WHERE feed = '{feed}')"
                due = Due(first=days[0], last=days[1], feeds=frozenset({feed}))
                names = ", ".join(name for name in recipe.columns if name != "evidence")
                there = f"SELECT {names} FROM {recipe.table} {new}"
                made = f"SELECT {names} FROM ({query_of(recipe, due)}) AS made {new}"
                apart = f"(({there}) EXCEPT ALL ({made})) UNION ALL (({made}) EXCEPT ALL ({there}))"
                assert connection.execute(f"SELECT count(*) FROM ({apart})").fetchall() == [(0,)], feed
                compared += connection.execute(f"SELECT count(*) FROM ({there})").fetchall()[0][0]
    assert compared > 20_000


def test_the_live_number_is_a_recount_of_the_latest_files(story: Story) -> None:
    # per month the file that arrived last, but for the stale one of 21 August 2024: violence in the own LSOAs
    files = sorted((story.home / "partner-files").glob("*/*-street.csv"))
    latest = {path.name: path for path in files if "2024-08-21" not in path.parts}
    recount = """SELECT count(*) FROM read_csv(?, all_varchar = true)
        WHERE "Crime type" = 'Violence and sexual offences' AND "LSOA name" LIKE 'Bournemouth,%'"""
    expected = {
        name[:7]: duckdb.execute(recount, [str(path)]).fetchall()[0][0] for name, path in sorted(latest.items())
    }
    with safer_kpi.open(story.home) as lake:
        rows = lake.metric("1a.violence_and_sexual_offences", area=story.area_code, release="now").rows()
    assert {row["period"]: row["numerator"] for row in rows} == expected
    assert len(expected) == 24


def test_the_two_releases_reconcile(story: Story) -> None:
    with safer_kpi.open(story.home) as lake:
        assert [row["release_id"] for row in lake.releases().rows()] == [story.first_release, story.second_release]
        lines = lake.compare(
            story.first_release,
            story.second_release,
            metric=STATEMENT_METRIC,
            area=story.area_code,
            period=STATEMENT_PERIOD,
        ).rows()
        assert {row["status"] for row in lake.verify().rows()} == {"ok"}
    amounts = {step: sum(line["amount"] for line in lines if line["step"] == step) for step in ("opening", "closing")}
    moved = [line for line in lines if line["step"] == "movement"]
    assert amounts["opening"] + sum(line["amount"] for line in moved) == amounts["closing"] != amounts["opening"]
    assert {line["cause"] for line in moved} >= {"late", "reclassified", "withdrawn"}


#: The financial year that the second release ends with; the day of the last file that the release holds, and the day on
#: which the year before was as old.
YEAR = [f"2024-{month:02}" for month in range(4, 13)] + [f"2025-{month:02}" for month in range(1, 4)]
RELEASED, AS_OLD = dt.datetime(2025, 7, 19), dt.datetime(2024, 7, 19)


def a_year_before(month: str) -> str:
    return f"{int(month[:4]) - 1}{month[4:]}"


def changed(story: Story, metric: str) -> dict[str, Any]:
    with safer_kpi.open(story.home) as lake:
        [row] = lake.change(metric, area=story.area_code, period="2024-25", by="year").rows()
    assert row["reference_known_at"].date() == AS_OLD.date()
    return row


def test_joint_patrols_are_compared_by_the_months_that_both_years_have(story: Story) -> None:
    logs = story.home / "partner-files"
    now = joint_patrols(received_by(logs, "*-patrols.csv", RELEASED))
    then = joint_patrols(received_by(logs, "*-patrols.csv", AS_OLD))
    both = [month for month in YEAR if month in now and a_year_before(month) in then]
    row = changed(story, "3a.joint_patrols")
    assert (row["value"], row["reference_value"]) == (
        sum(now[month] for month in both), sum(then[a_year_before(month)] for month in both)
    ) == (215, 173)  # fmt: skip
    assert (row["months"], row["left_out"]) == (len(both), [month for month in YEAR if month not in both])
    assert (row["difference"], row["percentage"]) == (42, pytest.approx(100 * 42 / 173))


def test_violence_is_compared_with_what_the_year_before_was_at_the_same_age(story: Story) -> None:
    files = story.home / "partner-files"
    asked = {"crime_type": "Violence and sexual offences", "lsoa_name": "Bournemouth,"}
    latest = [path for path in received_by(files, "*-street.csv", RELEASED) if "2024-08-21" not in path.parts]
    now, then = street_records(latest, **asked), street_records(received_by(files, "*-street.csv", AS_OLD), **asked)
    row = changed(story, "1a.violence_and_sexual_offences")
    assert row["value"] == sum(now[month] for month in YEAR)
    assert row["reference_value"] == sum(then[a_year_before(month)] for month in YEAR)
    assert row["latest_reference_value"] == sum(now[a_year_before(month)] for month in YEAR) > row["reference_value"]


def test_rows_that_were_held_and_came_mended_are_released(story: Story) -> None:
    files = story.home / "partner-files"
    name = "dorset-crm-offences_2023-10_2024-09.csv"
    with safer_kpi.open(story.home) as lake:
        of = {(row["file_name"], f"{row['received_at']:%Y-%m-%d}"): row for row in lake.deliveries().rows()}
        spoilt, mended = of[name, "2024-10-16"], of[name, "2024-10-23"]
        late = of["dorset-crm-offences_2023-07_2024-06.csv", "2024-07-16"]
        held = lake.sql(
            f"SELECT DISTINCT source_row FROM kpi.quarantine WHERE delivery_id = {spoilt['delivery_id']}"
        ).rows()
        lines = lake.compare(
            *RELEASE_IDS, metric="1a.violence_against_person", area=story.area_code, period="2023-10"
        ).rows()
        street = [row for row in lake.deliveries("police_street").rows() if "released" in row["changes"]]
    rows = mended_rows(
        files / "2024-10-16" / name, files / "2024-10-23" / name, key="Offence reference",
        source_rows=[row["source_row"] for row in held],
    )  # fmt: skip
    assert mended["changes"] == {"released": len(rows)} == {"released": 8}
    # Of these, the violence of October 2023 in the area's own LSOAs, by the class that each has now.
    groups = pd.read_csv(ROOT / "seeds" / "offence_codes.csv", dtype=str).set_index("offence_code")["offence_group"]
    places = pd.read_csv(own_lookup(ROOT), dtype=str)
    own = set(places.loc[places["la_code"] == story.area_code, "lsoa21_code"])
    code = rows["Reclassified to"].where(rows["Reclassified to"] != "", rows["HO offence code"])
    counted = (
        rows["Recorded date"].str.endswith("/10/2023")
        & (rows["Status"] != "cancelled")
        & rows["LSOA"].isin(own)
        & (code.map(groups) == "Violence against the person")
    ).sum()
    assert counted == 7
    moved = [(line["cause"], line["delivery_id"], line["amount"]) for line in lines if line["step"] == "movement"]
    assert moved == [
        ("late", late["delivery_id"], 2),
        ("held", spoilt["delivery_id"], -counted),
        ("released", mended["delivery_id"], counted),
    ]
    # The ten bad rows of the street file had never counted; two of them came with another Crime ID than before.
    assert [row["changes"] for row in street] == [{"released": 10}]


def test_the_scorecard_shows_the_change_and_what_moved_after_it_was_final(demo: Demo, story: Story) -> None:
    done = run(["demo", "--json", "--home", str(story.home)], story.home.parent)
    rows = {row["metric_id"]: row for row in json.loads(done.stdout)["rows"]}
    patrols = rows["3a.joint_patrols"]["change"]
    assert (patrols["value"], patrols["reference_value"], patrols["months"]) == (215, 173, 11)
    assert "11 of 12 months, without 2024-09" in demo.text
    with safer_kpi.open(story.home) as lake:
        moved = {row["metric_id"]: row["moved_after"] for row in lake.settling().rows()}
    shown = {name for name, number in moved.items() if number and name in rows}  # those that stand on the scorecard
    assert {name for name, row in rows.items() if row["settling_note"]} == shown != set()


def test_it_prints_all_its_parts(demo: Demo) -> None:
    text = demo.text
    for part in ("Scorecard 2024-25-Q4", "Receipts", "Reconciliation statement", "Trace", "Next things to try"):
        assert part in text
    assert "made-up data" in text


def test_it_ends_with_its_report(demo: Demo, story: Story) -> None:
    page = Path("lake/publications/2024-25-Q4.restricted.1/site/index.html")
    assert demo.text.splitlines()[-1].strip() == str(page)
    site = (story.home.parent / page).parent
    for each in site.rglob("*.html"):
        assert "Every number in this report is made up" in each.read_text(encoding="utf-8"), each.name
    done = run(["verify", "2024-25-Q4.restricted.1", "--home", str(story.home)], story.home.parent)
    assert (done.returncode, done.stderr) == (0, "")
    done = run(["report", "2024-25-Q4", "--home", str(story.home), "--check", str(site.parent)], story.home.parent)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_next_things_to_try_work(story: Story) -> None:
    for command in next_things(story):
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), command
        assert done.stdout.strip()


def test_it_gives_all_its_parts_as_json(demo: Demo, story: Story) -> None:
    done = run(["demo", "--json", "--home", str(story.home)], story.home.parent)
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert list(said) == ["rows", "demo", "receipts", "statement", "trace"]
    assert said["demo"] == {
        "home": str(story.home), "area_code": story.area_code,
        "releases": [story.first_release, story.second_release], "is_new": False,
        "report": str(story.home / "publications/2024-25-Q4.restricted.1/site/index.html"),
    }  # fmt: skip
    with safer_kpi.open(story.home) as lake:
        kpis = lake.kpis(release=story.second_release).rows()
    scored = [(row["kpi"], row["metric_id"]) for row in said["rows"]]
    assert scored == [(kpi["kpi"], name) for kpi in kpis for name in headlines(kpi)]
    printed = " ".join(demo.text.split())
    for row in said["rows"]:
        assert " ".join(row["words"].split()) in printed
        assert (row["period"] or row["note"]) in printed
    # what it prints for people says the same: the statement's opening and closing, and how many rows were traced
    first, *moved, last = said["statement"]
    assert first["amount"] + sum(line["amount"] for line in moved) == last["amount"]
    for text in (f"{first['amount']:,}", f"{last['amount']:,}", f"of {len(said['trace'])} source rows"):
        assert text in demo.text
    assert {row["status"] for row in said["receipts"]} == {"accepted", "duplicate", "stale", "refused"}


def headlines(kpi: dict[str, Any]) -> list[str | None]:
    """The metrics of a KPI on the scorecard; one row without a metric says why a KPI has no number."""
    return [None] if kpi["status"] == "not measured" else list(kpi["headlines"])


def test_the_scorecard_has_all_twelve_in_the_strategys_order(demo: Demo) -> None:
    printed = " ".join(demo.text.split())
    rows = [line.split("|")[-3:-1] for line in REPORT.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    expected = [f"{kpi.strip()} {words.strip()}" for kpi, words in rows[2:]]
    assert len(expected) == 12
    places = [printed.index(each) for each in expected]
    assert places == sorted(places)


def test_it_never_writes_over_a_lake_that_is_no_demo(tmp_path: Path) -> None:
    (tmp_path / "safer_kpi.duckdb").write_bytes(b"somebody's")
    with pytest.raises(UsageError, match="not a demo"):
        run_demo(tmp_path, Console(quiet=True))
    assert (tmp_path / "safer_kpi.duckdb").read_bytes() == b"somebody's"
    assert not (tmp_path / MARKER).exists()
