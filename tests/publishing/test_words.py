"""What a report says of the small lake, word for word; conftest.py says why each number is what it is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from safer_kpi.cli.main import app
from safer_kpi.errors import CheckFailed, NotFound, UsageError
from safer_kpi.publishing import make_report, render
from safer_kpi.publishing.model.report import Report
from tests.publishing.read_back import parse
from tests.reading.conftest import OUTCOMES, RATE, SHARE, VIOLENCE

NOTHING = "There is no earlier figure."
WORSE = "Worsening, by more than chance explains."
UNJUDGED = "there is no earlier figure to compare with."
CHANGED, MISSING = "What changed since the last report, and why", "What is missing, and who was asked"


def test_the_main_points(told_report: Report) -> None:
    assert [f"{point.link}: {point.text}" for point in told_report.points] == [
        f"Violence and sexual offences: 58 offences, April to June 2024. {NOTHING} {WORSE}",
        f"Violence with a positive outcome: 10 offences, April to June 2024. {NOTHING} Not judged: {UNJUDGED}",
        # Four metrics in four periods; of each, April, June and the quarter changed, but not the outcomes of June.
        f"{CHANGED}: Of 16 figures that the last report could show, 10 are different now.",
        f"{MISSING}: Of the 3 indicators, 1 is not measured: 2a.",
    ]
    assert told_report.tally == (
        "Of 4 headline measures, 1 got worse by more than chance explains, 1 shows no clear change and 2 are shown "
        "without a judgement."
    )
    assert (told_report.period, told_report.area) == ("April to June 2024", "Seatown")


def test_the_questions(told_report: Report) -> None:
    assert [(question.link, question.text) for question in told_report.questions] == [
        (
            "Violence and sexual offences",
            "worse, by more than chance explains. What is known of the reasons, and what is being done?",
        ),
        (
            "What changed, and why",
            "Figures of the last report have changed. Does that change what was concluded then?",
        ),
        ("What is missing, and who was asked", "Who will supply figures for 2a, and from when?"),
    ]


def test_the_scorecard_is_the_strategys(told_report: Report) -> None:
    (priority,) = told_report.card
    assert priority.priority == "Less harm"
    assert [(line.kpi.kpi, line.kpi.words, line.note) for line in priority.kpis] == [
        ("1a", "Words of 1a", ""),
        ("2a", "Words of 2a", "No partner supplies notices and orders, asked for from the police and the courts."),
        ("1c", "Words of 1c", ""),
    ]
    scores = {line.metric.metric_id: line for kpi in priority.kpis for line in kpi.scores}
    assert {name: (line.figure.text, line.judgement.word) for name, line in scores.items() if line.figure} == {
        VIOLENCE: ("58", "Worsening"),
        RATE: ("14.5", "Not judged"),  # 58 offences over 4,000 residents
        OUTCOMES: ("10", "Not judged"),
        SHARE: ("17.2%", "No clear change"),  # 10 of 58
    }


def test_the_page_of_a_metric(told_report: Report) -> None:
    page = next(page for page in told_report.pages if page.score.metric.metric_id == VIOLENCE)
    chart = page.score.chart
    assert chart is not None
    # 31, 12 and 15: the mean is 58 / 3 = 19.33, the steps 19 and 3 have a mean of 11, and 2.66 times 11 is 29.26.
    assert chart.told == (
        "From April 2024 to June 2024 the monthly figure was lowest in May 2024 (12) and highest in April 2024 (31).",
        "The average is 19.3; figures up to 48.6 are routine variation.",
        "June 2024 was a signal of a change for the worse.",
        "2 figures have changed since the last report; the dotted line shows what it said.",
    )
    assert [(point.period, point.was.text or point.was.shown.text) for point in chart.points if point.was] == [
        ("April 2024", "30"), ("May 2024", "the same"), ("June 2024", "14"),
    ]  # fmt: skip
    assert page.score.judgement.why == "It moved in the direction that counts as worse, by more than chance explains."
    assert page.score.judgement.test == "An exact Poisson test of the two periods gives p 0.012."
    assert page.revised == (
        "April to June 2024: 58 now; the last report, of what was known on 1 August 2024, showed 56.",
    )
    assert page.quality == ("100% of the expected data has been received.",)
    assert [guard.metric.metric_id for guard in page.guards] == [OUTCOMES]


def test_what_changed_and_why(told_report: Report) -> None:
    revised = told_report.revised
    assert revised is not None
    assert revised.overview == (
        "The last report could show 16 figures of this area that this one has too.",
        "10 of them changed. Every difference is explained to the last unit.",
    )
    assert revised.sides == (
        "Last report: release 2024-25-Q1, of what was known on 1 August 2024, approved by Ada King and Bo Lund.",
        "This report: release 2024-25-Q1.2, of what was known on 2 November 2024, approved by Ada King and Bo Lund.",
    )
    street, day = "Street", "of 1 October 2024"
    assert [one.text for one in revised.told][1] == (
        "Violence and sexual offences in Seatown, April to June 2024, rose by 2 to 58 offences: "
        f"15 were delivered for the first time (delivery 7 of 2 November 2024, {street}), "
        f"14 were removed with a reverted delivery (delivery 4 of 1 August 2024, {street}), "
        f"2 were recorded late (delivery 5 {day}, {street}) and "
        f"1 was reclassified and no longer counts (delivery 5 {day}, {street})."
    )


def test_wards_without_a_boundary_have_no_map(told_report: Report, told_site: dict[str, bytes]) -> None:
    (table,) = told_report.wards
    assert (table.has_map, table.without) == (False, ("North", "South"))
    assert [(row.name, row.rate.text, row.place) for row in table.rows if row.rate] == [
        ("North", "24.0", 1),  # 12 + 5 + 7 = 24 over 1,000 residents
        ("South", "11.3", 2),  # 19 + 7 + 8 = 34 over 3,000
    ]  # fmt: skip
    text = " ".join(parse(told_site["wards.html"]).text().split())
    assert "There is no map, because the boundary of these wards is not known: North, South." in text
    assert b'class="map"' not in told_site["wards.html"]


def test_the_data_quality(told_report: Report) -> None:
    quality = told_report.quality
    assert quality.summary == ("All 2 feeds sent everything that was due in the two years shown.",)
    street = next(row for row in quality.feeds if row.title == "Street")
    assert street.told == "3 of 3 periods received."
    assert street.states[-3:] == ("in", "in", "in")
    assert street.states[:-3] == ("none",) * 21
    # The residents are a seed, posted on 1 January 2000; the last file of the police came on 2 November.
    came = {row.title: row.last for row in quality.feeds}
    assert came == {"Residents": "Came with the project", "Street": "2 November 2024"}


def test_a_stranger_finds_who_signed(told_site: dict[str, bytes]) -> None:
    page = parse(told_site["methods.html"])
    lines = [one.text().split("\n") for one in page.walk() if one.name in {"dt", "dd"}]
    assert lines[:4] == [["Signed by Ada King"], ["checked"], ["Signed by Bo Lund"], ["Without a comment."]]
    assert all(
        b"Approved by Ada King and Bo Lund." in page for name, page in told_site.items() if name.endswith(".html")
    )


def test_no_page_asks_for_anything(told_site: dict[str, bytes]) -> None:
    """No script, no style in an element, no address but of the site's own pages, and each of these exists."""
    for name, content in told_site.items():
        if not name.endswith(".html"):
            continue
        page = parse(content)
        assert not [one for one in page.walk() if one.name in {"script", "img", "iframe", "form"}]
        assert not page.find("style")
        folder = "metrics/" if name.startswith("metrics/") else ""
        for link in [*page.find("href"), *page.find("src")]:
            href = link.attributes.get("href") or link.attributes.get("src") or ""
            target, _, anchor = href.partition("#")
            path = str(Path("/" + folder) / target).removeprefix("/")
            resolved = re.sub(r"^metrics/\.\./", "", path) if target else name
            assert resolved in told_site, (name, href)
            if anchor:
                there = parse(told_site[resolved])
                assert [one for one in there.walk() if one.attributes.get("id") == anchor], (name, href)


def test_ids_are_unique(told_site: dict[str, bytes]) -> None:
    for name, content in told_site.items():
        if name.endswith(".html"):
            ids = [one.attributes["id"] for one in parse(content).find("id")]
            assert len(ids) == len(set(ids)), name


def test_the_command_writes_a_folder_and_renews_only_a_report(
    told_releases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["report", "2024-25-Q1.2", "--home", str(told_releases)]
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 0, found.output
    files = [path for path in Path("report").rglob("*") if path.is_file()]
    assert found.stdout == f"{len(files)} files. Begin with report/index.html\n"
    found = CliRunner().invoke(app, [*words, "--out", "report", "--json"])
    assert json.loads(found.stdout)["rows"] == [{"files": len(files), "folder": "report"}]
    Path("report/notes.txt").write_text("mine", encoding="utf-8")
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 2
    assert "holds something that is not a report" in found.output
    assert Path("report/notes.txt").read_text(encoding="utf-8") == "mine"


def test_a_report_is_either_written_or_checked(told_releases: Path) -> None:
    words = ["report", "2024-25-Q1.2", "--home", str(told_releases), "--out", "one", "--check", "two"]
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 2
    assert "A report is either written or checked." in found.output
    assert not Path("one").exists()


def test_a_first_report_has_nothing_to_compare_with(told_releases: Path) -> None:
    report = make_report("2024-25-Q1", home=told_releases)
    assert (report.before, report.revised) == (None, None)
    assert b"This is the first report: there is none to compare it with." in render(report)["changes.html"]


def test_what_cannot_be_reported(copied: Path) -> None:
    with pytest.raises(NotFound, match=r"No release '2023-24-Q1' exists\."):
        make_report("2023-24-Q1", home=copied)
    with pytest.raises(UsageError, match=r"is not earlier than 2024-25-Q1\."):
        make_report("2024-25-Q1", home=copied, previous="2024-25-Q1.2")
    with pytest.raises(NotFound, match="does not lie beside"):
        make_report("2024-25-Q1.2", home=copied, previous="2019-20-Q1")


def test_numbers_that_nobody_signed_are_not_reported(copied: Path) -> None:
    import duckdb

    with duckdb.connect(str(copied / "releases" / "2024-25-Q1.2" / "release.duckdb")) as con:
        con.execute(f"UPDATE kpi.certified SET value = 57 WHERE metric_id = '{VIOLENCE}' AND value = 58")
    with pytest.raises(CheckFailed, match="is not what was signed"):
        make_report("2024-25-Q1.2", home=copied)
