"""From an empty folder to a published release, by nothing but files dropped and people's answers, on the real stack."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import safer_kpi
from safer_kpi.catalogue.template import write_project
from safer_kpi.demo.council import write_log
from safer_kpi.demo.generator import write_street
from safer_kpi.demo.partner import sample_partner
from safer_kpi.demo.scenario import write_month
from safer_kpi.inbox.handling import RECEIPT
from safer_kpi.lake import connect, receipts
from safer_kpi.reading.place import MANIFEST
from safer_kpi.releases import drafts
from safer_kpi.releases.store import DRAFT_FILE, draft_folder, read_json
from safer_kpi.settings import Settings
from safer_kpi.stack import running
from tests.flows.airflow_api import ENDED, Airflow, drop, short_folder, until
from tests.flows.other_files import BCP, WARDS, write_treatment
from tests.flows.test_stack import listening, members
from tests.inbox.publisher import Publisher, file, publishing, without_source

pytestmark = [pytest.mark.e2e, pytest.mark.long(180)]

QUARTER, MONTHS = "2023-24-Q1", ("2023-04", "2023-05", "2023-06")
FIRST, SECOND = "A. Sample", "B. Sample"
COMMENTS = {FIRST: "The figures are ours.", SECOND: "Read and agreed."}
REMARK = "The figures of June came after the summer."
VIOLENCE, ASB = "Violence and sexual offences", "Anti-social behaviour"
#: The month that is fetched, and when the publisher says that it was put out.
FETCHED, MODIFIED = "2023-08", dt.datetime(2023, 10, 2, 9, 30, tzinfo=dt.UTC)
#: A DAG of people who know nothing of this project but the name of an asset.
ANOTHER_TEAM = """
from airflow.sdk import Asset, dag, task

@dag(schedule=[Asset("kpi/release")])
def another_teams_report():
    @task
    def read():
        pass
    read()

another_teams_report()
"""


@dataclass
class Story:
    """What happened, for the tests to look at."""

    settings: Settings
    airflow: Airflow
    files: dict[str, list[Path]]
    refused: Path
    publisher: Publisher
    drafts_before_the_last_file: list[Any] = field(default_factory=list)
    approved_by: list[list[str]] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.settings.home / "releases" / QUARTER

    @property
    def lineage(self) -> dict[str, tuple[set[str], set[str]]]:
        """What a catalogue was told that each task read and wrote when it had ended well."""
        lines = (self.settings.home.parent / "lineage.jsonl").read_text(encoding="utf-8").splitlines()
        ended = [event for event in map(json.loads, lines) if event["eventType"] == "COMPLETE"]
        return {
            event["job"]["name"]: tuple({each["name"] for each in event[way]} for way in ("inputs", "outputs"))
            for event in ended
        }

    @property
    def publication(self) -> Path:
        return self.settings.home / "publications" / f"{QUARTER}.restricted.1"

    def rows(self, feed: str) -> list[list[dict[str, str]]]:
        """The rows of each dropped file of a feed, read with nothing of ours."""
        found = []
        for path in self.files[feed]:
            with path.open(encoding="utf-8", newline="") as file:
                found.append(list(csv.DictReader(file)))
        return found

    def area_crimes(self) -> Counter[tuple[str, str]]:
        """Month and crime type of every dropped record in the partnership's area."""
        lookup = self.settings.project / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv"
        with lookup.open(encoding="utf-8", newline="") as file:
            own = {row["lsoa21_code"] for row in csv.DictReader(file) if row["la_code"] == BCP}
        rows = (row for month in self.rows("police_street") for row in month)
        return Counter((row["Month"], row["Crime type"]) for row in rows if row["LSOA code"] in own)

    def metric(self, metric: str, *, by: str) -> dict[str, int]:
        """A metric of the published release, by period."""
        with safer_kpi.open(self.settings.home) as lake:
            rows = lake.metric(metric, area=BCP, by=by, release=QUARTER).rows()
        return {row["period"]: int(row["value"]) for row in rows if row["value"] is not None}


def written(folder: Path, project: Path) -> tuple[dict[str, list[Path]], Path]:
    """The files of three feeds for one quarter, and one that breaks off in the middle."""
    partner = sample_partner(project / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv")
    street = [folder / f"{month}-dorset-street.csv" for month in MONTHS]
    for month, path in zip(MONTHS, street, strict=True):
        write_month(path, partner, month, vintage=0, flaw=None)
    logs = [folder / f"{MONTHS[0]}_{MONTHS[-1]}-{log}-patrols.csv" for log in ("police", "council")]
    for log, path in zip(("police", "council"), logs, strict=True):
        write_log(path, partner=log, months=[dt.date.fromisoformat(f"{each}-01") for each in MONTHS], wards=WARDS)
    workbook = write_treatment(folder / f"treatment_{QUARTER}.xlsx", 2850)
    refused = folder / "2023-07-dorset-street.csv"
    write_month(refused, partner, "2023-07", vintage=0, flaw="truncated")
    return {"police_street": street, "joint_patrols": logs, "treatment": [workbook]}, refused


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    """Start, drop, answer, until the release is out and whoever listens has been woken."""
    with short_folder() as folder, publishing() as publisher, pytest.MonkeyPatch.context() as patched:
        project = folder / "project"
        write_project(project, area=BCP)
        _fetches(project, publisher)
        (project / "dags" / "another_team.py").write_text(ANOTHER_TEAM, encoding="utf-8")
        settings = Settings.load(folder / "lake", project=project)
        files, refused = written(folder / "sent", project)
        told = {"type": "file", "log_file_path": str(folder / "lineage.jsonl"), "append": True}
        patched.setenv("AIRFLOW__OPENLINEAGE__TRANSPORT", json.dumps(told))
        with running(settings, users=[f"{FIRST}:user", f"{SECOND}:user"]) as stack:
            happened = Story(settings, Airflow(stack), files, refused, publisher)
            _drop_and_answer(happened)
            _until_it_is_quiet(happened)
            yield happened


def _fetches(project: Path, publisher: Publisher) -> None:
    """Let the project fetch the street file of a later month from a server of this machine."""
    contract = project / "contracts" / "feeds" / "police_street.py"
    source = {"address": f"{publisher.url}/{{month}}-dorset-street.csv", "from": FETCHED, "pause_seconds": 1}
    text = without_source(contract.read_text(encoding="utf-8"))
    contract.write_text(text.replace('    "dialect":', f'    "source": {source!r},\n    "dialect":'), encoding="utf-8")


def _drop_and_answer(story: Story) -> None:
    airflow, inbox = story.airflow, story.settings.watched
    last = story.files["police_street"][-1]
    early = [(feed, path) for feed, paths in story.files.items() for path in paths if path != last]
    for feed, path in (*early, ("police_street", story.refused)):
        drop(inbox, feed, path)
    until(lambda: len(_receipts(story)) == 6, "six receipts", story=airflow.story)
    until(lambda: _entries_built(story) == 5, "a build of the five", story=airflow.story)
    story.drafts_before_the_last_file = drafts(story.settings)
    drop(inbox, "police_street", last)
    _answer(story, FIRST, "approve_1")
    _answer(story, FIRST, "approve_2")  # asked for another person, the same one answers
    _answer(story, SECOND, "approve_2")
    until((story.folder / MANIFEST).is_file, "a release", story=airflow.story)
    _comment(story, FIRST, "Violence fell.")
    _comment(story, SECOND, REMARK)
    _report(story, FIRST, "comment", "Nothing more to add")
    _report(story, FIRST, "approve_1", "Approve", comment="Read.")
    _report(story, SECOND, "approve_2", "Approve", comment="Read, too.")
    until((story.publication / MANIFEST).is_file, "a sealed report", story=airflow.story)


def _asked(story: Story, dag: str, task: str) -> dict[str, Any]:
    def asked() -> dict[str, Any] | None:
        at = [(each["task_instance"], each) for each in story.airflow.questions()]
        return next((each for one, each in at if (one["dag_id"], one["task_id"]) == (dag, task)), None)

    found: dict[str, Any] = until(asked, f"{task} of {dag} asks", story=story.airflow.story)
    return found


def _comment(story: Story, person: str, text: str) -> None:
    """Add a comment about the summary."""
    _report(story, person, "comment", "Add the comment", about="summary", text=text, although="")


def _report(story: Story, person: str, task: str, choice: str, **fields: str) -> None:
    question = _asked(story, "publish_report", task)
    Airflow(story.airflow.stack, person).answer(question, choice, **fields)


def _answer(story: Story, person: str, task: str) -> None:
    question = _asked(story, "certify_release", task)
    draft = draft_folder(story.settings, QUARTER) / DRAFT_FILE
    story.approved_by.append([each["name"] for each in read_json(draft)["approvals"]])
    Airflow(story.airflow.stack, person).answer(question, "Approve", comment=COMMENTS[person], override="")


def _until_it_is_quiet(story: Story) -> None:
    """Events are told when a task has ended, and wake others after that."""

    def quiet() -> bool:
        woken = story.airflow.runs("another_teams_report")
        return bool(woken) and all(each["state"] in ENDED for each in story.airflow.runs())

    until(quiet, "every run ends", story=story.airflow.story)


def _receipts(story: Story) -> list[Path]:
    return list(Path(story.settings.watched).glob(f"*/*/*/{RECEIPT}"))


def _entries_built(story: Story) -> int:
    """How many of the dropped files the numbers hold."""
    if not story.settings.kpi_file.is_file():
        return 0
    with safer_kpi.open(story.settings.home) as lake:
        return sum(row["status"] == "accepted" and row["feed"] in story.files for row in lake.deliveries().rows())


def test_its_metadata_is_in_postgres(story: Story) -> None:
    assert story.airflow.stack.pids()["postgres"] > 0


def test_it_listens_on_loopback_alone(story: Story) -> None:
    """The API server at 127.0.0.1 (``make soak`` looks at the whole stack: tests/flows/test_stack.py)."""
    port = int(story.airflow.stack.address.rpartition(":")[2])
    assert listening(members(story.airflow.stack)) == {f"0100007F:{port:04X}"}


def test_every_accepted_file_lies_beside_its_receipt(story: Story) -> None:
    found = {
        (path.parts[-4], file.name)
        for path in Path(story.settings.watched).glob(f"*/accepted/*/{RECEIPT}")
        for file in path.parent.iterdir()
        if file.name != RECEIPT
    }
    assert found == {(feed, path.name) for feed, paths in story.files.items() for path in paths}


def test_of_the_file_that_breaks_off_the_receipt_alone_stays(story: Story) -> None:
    """It cannot be searched to its end for identifiers of people, so its bytes are deleted and its hash is kept."""
    (receipt,) = Path(story.settings.watched).glob(f"*/refused/*/{RECEIPT}")
    assert {each.name for each in receipt.parent.iterdir()} == {RECEIPT}
    told = receipt.read_text(encoding="utf-8")
    assert hashlib.sha256(story.refused.read_bytes()).hexdigest() in told
    assert "deleted; only their hash is kept" in told
    assert list(Path(story.settings.watched).glob(f"*/{story.refused.name}")) == []


def test_the_refused_file_fails_its_run_and_is_not_tried_again(story: Story) -> None:
    """Of a landing that landed others with it, the task beside it fails: what the landing tells is not lost."""
    (failed,) = [each for each in story.airflow.tasks("land_police_street") if each["state"] == "failed"]
    assert failed["task_id"] in {"land", "not_accepted"}
    assert failed["try_number"] == 1


def test_no_other_run_failed(story: Story) -> None:
    assert [each["dag_id"] for each in story.airflow.runs(state="failed")] == ["land_police_street"]


def test_nothing_is_drafted_before_the_quarter_is_complete(story: Story) -> None:
    assert story.drafts_before_the_last_file == []


@pytest.mark.parametrize(("metric", "kind"), [("1a.violence_and_sexual_offences", VIOLENCE), ("3c.asb_incidents", ASB)])
def test_the_published_months_are_the_rows_of_the_files(story: Story, metric: str, kind: str) -> None:
    crimes = story.area_crimes()
    assert story.metric(metric, by="month") == {month: crimes[month, kind] for month in MONTHS}


def test_the_published_quarter_is_the_rows_of_the_files(story: Story) -> None:
    crimes = story.area_crimes()
    expected = sum(crimes[month, VIOLENCE] for month in MONTHS)
    assert story.metric("1a.violence_and_sexual_offences", by="quarter") == {QUARTER: expected}


def test_the_workbook_is_published(story: Story) -> None:
    # Adults in need and not in treatment, as the workbook's line of all agencies says.
    assert set(story.metric("3e.unmet_need_adults", by="rolling12").values()) == {2850}


def test_the_same_person_is_asked_for_another(story: Story) -> None:
    assert story.approved_by == [[], [FIRST], [FIRST]]


def test_names_and_comments_are_in_the_manifest(story: Story) -> None:
    approvals = read_json(story.folder / MANIFEST)["approvals"]
    assert [(each["name"], each["comment"]) for each in approvals] == list(COMMENTS.items())


def test_the_release_verifies(story: Story) -> None:
    with safer_kpi.open(story.settings.home) as lake:
        checks = lake.verify().rows()
    assert checks
    assert [each for each in checks if each["status"] == "failed"] == []


def test_the_log_says_why_a_comment_that_nothing_bears_out_was_not_added(story: Story) -> None:
    logs = [path.read_text(encoding="utf-8") for path in story.airflow.stack.layout.logs.rglob("task_id=comment/*.log")]
    assert any("Not added: The comment of A. Sample contradicts the release: 'Violence fell.'" in log for log in logs)


def test_the_report_is_sealed_with_the_comment_and_the_signatures(story: Story) -> None:
    manifest = read_json(story.publication / MANIFEST)
    assert (manifest["release_id"], manifest["format"]) == (QUARTER, 1)
    approvals = [(each["name"], each["comment"]) for each in manifest["approvals"]]
    assert approvals == [(FIRST, "Read."), (SECOND, "Read, too.")]
    page = (story.publication / "site" / "index.html").read_text(encoding="utf-8")
    assert REMARK in page
    assert f"Comment by {SECOND}" in page
    assert "Violence fell." not in page
    (event,) = story.airflow.events("kpi/publication")
    assert event["extra"]["publication_id"] == story.publication.name


def test_events_tell_each_delivery_of_a_feed(story: Story) -> None:
    expected = {
        (hashlib.sha256(path.read_bytes()).hexdigest(), len(rows), (("new", len(rows)),))
        for path, rows in zip(story.files["police_street"], story.rows("police_street"), strict=True)
    }
    told = [each["extra"] for each in story.airflow.events("feed/police_street")]
    assert {(each["sha256"], each["rows_read"], tuple(each["changes"].items())) for each in told} == expected


def test_events_name_the_deliveries_of_the_receipts(story: Story) -> None:
    kept = {int(path.parent.name) for path in Path(story.settings.watched).glob(f"police_street/accepted/*/{RECEIPT}")}
    assert {each["extra"]["delivery_id"] for each in story.airflow.events("feed/police_street")} == kept


@pytest.mark.parametrize(
    ("feed", "periods"), [("police_street", MONTHS), ("joint_patrols", MONTHS), ("treatment", (QUARTER,))]
)
def test_each_period_of_a_feed_is_a_partition(story: Story, feed: str, periods: tuple[str, ...]) -> None:
    assert {each["partition_key"] for each in story.airflow.events(f"feed/{feed}/period")} == set(periods)


def test_another_teams_dag_is_woken_by_the_release(story: Story) -> None:
    (woken,) = story.airflow.runs("another_teams_report")
    path = f"/dags/another_teams_report/dagRuns/{woken['dag_run_id']}/upstreamAssetEvents"
    assert [each["extra"]["release_id"] for each in story.airflow.get(path)["asset_events"]] == [QUARTER]


def test_the_landing_of_the_file_that_came_alone_built_too(story: Story) -> None:
    told = story.airflow.events("kpi/observation")[-1]
    assert (told["source_dag_id"], told["source_task_id"]) == ("land_police_street", "land")
    assert told["extra"]["last_entry"] == story.airflow.events("kpi/quarter")[-1]["extra"]["last_entry"]


def test_a_fetch_dag_that_a_person_starts_lands_what_the_publisher_has(story: Story, tmp_path: Path) -> None:
    """The last test of the module: it adds a delivery. The DAG is paused until then, and nothing was asked."""
    airflow, publisher = story.airflow, story.publisher
    assert publisher.asked == []
    path = tmp_path / f"{FETCHED}-dorset-street.csv"
    lookup = story.settings.project / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv"
    write_street(path, sample_partner(lookup), FETCHED, rows=40)
    publisher.replies[f"/{path.name}"] = [file(path.read_bytes(), modified=MODIFIED)]

    run = airflow.start("fetch_police_street")
    until(
        lambda: [
            one for one in airflow.runs("fetch_police_street") if one["dag_run_id"] == run and one["state"] in ENDED
        ],
        "the fetch ends",
        story=airflow.story,
    )

    def landed() -> list[dict[str, Any]]:
        with connect(story.settings, read_only=True) as lake:
            return [one for one in receipts(lake) if one["file_name"] == path.name]

    (receipt,) = until(landed, "the fetched file lands", story=airflow.story)
    published = MODIFIED.replace(tzinfo=None)
    assert (receipt["status"], receipt["fetched_from"]) == ("accepted", f"{publisher.url}/{path.name}")
    assert (receipt["published_at"], receipt["publisher_date"]) == (published, published)
    assert {one["state"] for one in airflow.runs("fetch_police_street")} <= {"success", "running", "queued"}
    _until_it_is_quiet(story)


@pytest.mark.parametrize(
    ("task", "reads", "writes"),
    [
        ("land_police_street.land", {"inbox/police_street"}, {"feed/police_street", "feed/police_street/period"}),
        ("certify_release.publish", {"kpi/quarter"}, {"kpi/release"}),
        ("publish_report.seal", {"kpi/release"}, {"kpi/publication"}),
    ],
)
def test_a_catalogue_is_told_what_each_step_read_and_wrote(
    story: Story, task: str, reads: set[str], writes: set[str]
) -> None:
    assert story.lineage[task] == (reads, writes)


def test_a_catalogue_is_told_that_a_build_makes_the_observations(story: Story) -> None:
    reads, writes = story.lineage["build_kpis.build_entries"]
    assert writes == {"kpi/observation"}
    assert {f"feed/{feed}" for feed in story.files} <= reads
