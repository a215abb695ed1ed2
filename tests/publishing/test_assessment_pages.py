"""The pages of a strategic assessment: found in the releases, never empty, and sealed as a publication of their own."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from safer_kpi.errors import CheckFailed, UsageError
from safer_kpi.publishing import ASSESSMENT, make_report, opened, read_facts, render, report, report_files, write
from safer_kpi.publishing.facts import Facts
from safer_kpi.publishing.model.assessment.assessed import assessment
from safer_kpi.publishing.model.commentary import Commentary, read_commentary
from safer_kpi.publishing.sealing import approve_publication, draft_publication, seal_publication
from safer_kpi.publishing.site.documents import ASSESSMENT_MENU
from safer_kpi.publishing.site.render import paper
from safer_kpi.publishing.workbook import workbook
from safer_kpi.reading.record import canonical
from safer_kpi.reading.verifying.publications import kind_of
from safer_kpi.settings import Settings
from tests.publishing import read_back, read_workbook
from tests.publishing.conftest import TITLES
from tests.publishing.read_pdf import Pdf
from tests.publishing.read_workbook import opened as opened_book
from tests.publishing.test_pdf import BESIDE, squeezed, words_of
from tests.publishing.test_sealing import run, wrong
from tests.publishing.test_workbook import looked_up
from tests.reading.conftest import VIOLENCE

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import hashlib, sys
from safer_kpi.publishing import ASSESSMENT, make_report, report_files
for name, content in sorted(report_files(make_report(sys.argv[1], kind=ASSESSMENT)).items()):
    print(hashlib.sha256(content).hexdigest(), name)
"""
RELEASE = "2024-25-Q1.2"
FILE = f"""
- about: recommendations
  by: Ada King
  date: 2024-11-05
  text: Increase the patrols and provide better lighting, because violence worsened.
  evidence: [{VIOLENCE}]
- about: views
  by: Bo Lund
  date: 2024-11-06
  text: People at the meeting of October asked for lighting.
"""


def text_of(content: bytes) -> str:
    return " ".join(read_back.parse(content).text().split())


def commented(tmp_path: Path, text: str) -> Commentary:
    file = tmp_path / "comments.yaml"
    file.write_text(text, encoding="utf-8")
    return read_commentary(file)


def test_every_number_is_found(told_assessment: dict[str, bytes], told_releases: Path) -> None:
    folder = told_releases / "releases"
    releases = read_back.Releases(folder / RELEASE, folder / "2024-25-Q1")
    counted = {}
    for name, content in told_assessment.items():
        if name.endswith(".html"):
            page = read_back.parse(content)
            counted[name] = read_back.check_figures(page, releases) + read_back.check_marks(page, releases)
            read_back.check_sentences(page, releases, TITLES)
            read_back.check_charts(page, releases)
    # 58, 14.5, 10 and 17.2% in rows, each with the mark of its trend but the outcomes and their share, of which the
    # months make a chart too; three marks in the one chart with a band.
    assert counted["levels.html"] >= 4 + 3
    assert counted["progress.html"] == 4


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("times.html", "No measure is counted by hour or by day of the week."),
        ("times.html", "It could come from those who send these data: "),
        (
            "repeats.html",
            "No measure of this release counts people or places with repeats. They could be counted where",
        ),
        ("repeats.html", "No measure of this release follows offenders up. They could be followed where"),
        ("substances.html", "No measure of this release tells of drugs or alcohol. Public health and the treatment"),
        ("peers.html", "No figure of another area stands beside one of this release."),
        ("emerging.html", "No measure that is not headline had a signal in its chart."),
        ("emerging.html", "No figure of a ward is large enough, or settled enough, for a fair test."),
        ("progress.html", "This release holds no measures of a yearly action plan"),
        ("recommendations.html", "Nobody has written a recommendation yet."),
        ("recommendations.html", "Nobody has written down the views of residents and businesses yet."),
        ("levels.html", "No partner supplies notices and orders, asked for from the police and the courts."),
    ],
)
def test_what_no_file_carries_is_said(told_assessment: dict[str, bytes], name: str, said: str) -> None:
    assert said in text_of(told_assessment[name])
    assert said in text_of(told_assessment["print.html"])


def test_the_summary_says_what_each_part_finds(told_assessment: dict[str, bytes]) -> None:
    """58 offences over 4,000 residents make a rate of 14.5; no figure has a year before."""
    page = read_back.parse(told_assessment["index.html"])
    assert "Strategic assessment of crime and disorder in Seatown" in text_of(told_assessment["index.html"])
    terms, told = ([" ".join(one.text().split()) for one in page.walk() if one.name == name] for name in ("dt", "dd"))
    found = dict(zip(terms, told, strict=True))
    assert found["Levels and trends"] == (
        "Of 4 headline measures, 1 got worse by more than chance explains, 1 shows no clear change and 2 are shown "
        "without a judgement."
    )
    assert found["Wards"].startswith(
        "Violence and sexual offences per 1,000 residents: the rate of Seatown is 14.5. Of 2 wards, "
    )
    assert found["Emerging issues"].startswith("Every measure of this assessment is a headline measure.")
    assert found["Progress"].startswith("Of 4 headline measures, 4 cannot be compared with the year before.")
    assert found["Recommendations"] == "Nobody has written one yet."


def test_a_police_force_with_the_areas_name_says_that_it_is_one(copied: Path) -> None:
    release = copied / "releases" / RELEASE
    with duckdb.connect(str(release / "release.duckdb")) as con:
        con.execute("UPDATE kpi.area SET area_name = 'Seatown' WHERE area_code = 'F1'")
    with opened(str(release), home=None, previous=None) as found:
        facts = read_facts(found)
    assert (facts.area, facts.force) == (("L1", "Seatown"), ("F1", "Seatown (police force area)"))


def test_the_pdf_says_what_the_pages_say(told_assessment: dict[str, bytes], told_facts: Facts) -> None:
    """Its markup is of the templates of the pages, whose numbers are looked up above."""
    told = Pdf(told_assessment["report.pdf"])
    said = squeezed(told.root.text(without=BESIDE))
    title = squeezed("Strategic assessment of crime and disorder in Seatown, April to June 2024")
    assert said.replace("Contents", "", 1) == title + words_of(paper(assessment(told_facts, ())))
    levels = [int(tag.kind[1]) for tag in told.root.walk() if re.fullmatch(r"H\d", tag.kind)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_link_leads_somewhere(told_assessment: dict[str, bytes]) -> None:
    pages = {name: read_back.parse(content) for name, content in told_assessment.items() if name.endswith(".html")}
    assert {name for name, _ in ASSESSMENT_MENU} < set(pages)
    for name, page in pages.items():
        assert not [one for one in page.walk() if one.name in {"script", "img", "iframe", "form"}]
        ids = [one.attributes["id"] for one in page.find("id")]
        assert len(ids) == len(set(ids)), name
        for link in page.find("href"):
            target, _, anchor = (link.attributes["href"] or "").partition("#")
            folder = name.rpartition("/")[0]
            path = re.sub(r"^metrics/\.\./", "", f"{folder}/{target}".removeprefix("/")) if target else name
            assert path in told_assessment, (name, target)
            if anchor:
                assert [one for one in pages[path].find("id") if one.attributes["id"] == anchor], (name, anchor)


def test_a_recommendation_stands_with_its_evidence(told_facts: Facts, tmp_path: Path) -> None:
    site = render(assessment(told_facts, (), commented(tmp_path, FILE)))
    text = text_of(site["recommendations.html"])
    assert (
        "because violence worsened. Violence and sexual offences: 58 offences, April to June 2024. There is no earlier "
        "figure. Worsening, by more than chance explains. Comment by Ada King, 5 November 2024"
    ) in text
    assert "People at the meeting of October asked for lighting. Comment by Bo Lund, 6 November 2024" in text
    assert "Nobody has written" not in text
    assert "1 recommendation by Ada King." in text_of(site["index.html"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("worsened", "improved", "and the release states of Violence and sexual offences: There is no earlier figure"),
        (f"  evidence: [{VIOLENCE}]\n", "", "'worsened', which nothing can be checked against in a section"),
        ("Increase the patrols", "There was an increase", "says 'increase', and the release states"),
    ],
)
def test_a_recommendation_may_not_contradict_its_evidence(
    told_facts: Facts, tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in FILE
    with pytest.raises(CheckFailed, match=re.escape(message)):
        assessment(told_facts, (), commented(tmp_path, FILE.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (VIOLENCE, "1a.unknown", "Ada King rests on '1a.unknown', which is no measure of this report"),
        (f"[{VIOLENCE}]", VIOLENCE, "The evidence of comment 1 of comments.yaml is not a list"),
    ],
)
def test_what_evidence_may_be(told_facts: Facts, tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        assessment(told_facts, (), commented(tmp_path, FILE.replace(old, new)))


def test_a_report_has_no_recommendations_and_no_other_kind_exists(told_facts: Facts, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="comments on 'recommendations', which is no measure of this report"):
        report(told_facts, commented(tmp_path, FILE))
    with pytest.raises(UsageError, match="No kind of report 'audit' exists"):
        make_report(RELEASE, kind="audit")


def test_the_same_bytes_from_the_folders_alone_in_another_process(
    told_assessment: dict[str, bytes], told_releases: Path, tmp_path: Path
) -> None:
    for name in ("2024-25-Q1", RELEASE):
        shutil.copytree(told_releases / "releases" / name, tmp_path / "elsewhere" / name)
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "elsewhere" / RELEASE)],
        env=os.environ | {"PYTHONHASHSEED": "3", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONPATH": str(ROOT)},
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.splitlines() == [
        f"{hashlib.sha256(content).hexdigest()} {name}" for name, content in sorted(told_assessment.items())
    ]


def seal(settings: Settings, kind: str) -> Path:
    made = draft_publication(settings, RELEASE, kind=kind)["publication_id"]
    for name in ("Ada King", "Bo Lund"):
        approve_publication(settings, made, name=name)
    seal_publication(settings, made)
    return settings.home / "publications" / made


def test_it_is_sealed_and_made_again(copied: Path) -> None:
    """It has comments of its own, and is checked without naming its kind."""
    (copied / "commentary").mkdir()
    (copied / "commentary" / f"{RELEASE}.assessment.yaml").write_text(FILE, encoding="utf-8")
    sealed = seal(Settings.load(copied), ASSESSMENT)
    manifest = json.loads((sealed / "manifest.json").read_bytes())
    assert (sealed.name, manifest["kind"]) == (f"{RELEASE}.assessment.restricted.1", ASSESSMENT)
    assert (kind_of(sealed), kind_of(copied)) == (ASSESSMENT, None)
    assert wrong(sealed) == []
    assert "each byte as this release makes it" in run("report", RELEASE, "--home", str(copied), "--check", str(sealed))


@pytest.mark.soak
def test_it_follows_the_report_in_one_chain(copied: Path) -> None:
    settings = Settings.load(copied)
    first, second = (seal(settings, kind) for kind in ("report", ASSESSMENT))
    assert (first.name, second.name) == (f"{RELEASE}.restricted.1", f"{RELEASE}.assessment.restricted.1")
    assert json.loads((second / "manifest.json").read_bytes())["previous"]["publication_id"] == first.name
    assert wrong(first) == wrong(second) == []
    run("report", RELEASE, "--home", str(copied), "--check", str(first))
    run("publication", "draft", RELEASE, "--kind", ASSESSMENT, "--home", str(copied))
    assert (copied / "publication-drafts" / f"{RELEASE}.assessment.restricted.2").is_dir()


def test_a_publication_that_names_no_kind_is_a_report(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(canonical({"publication_id": "2024-25-Q4.restricted.1"}))
    assert kind_of(tmp_path) == "report"


def test_either_is_written_in_the_place_of_the_other(
    told_assessment: dict[str, bytes], told_site: dict[str, bytes], tmp_path: Path
) -> None:
    for site in (told_assessment, told_site):
        write(site, tmp_path / "report")
        assert (tmp_path / "report" / "emerging.html").is_file() == (site is told_assessment)


@pytest.mark.soak
@pytest.mark.long(200)
def test_all_of_the_demo_is_found(demo_folder: Path) -> None:
    """The assessment of the demo's second release has every section, and each number of it is in the release."""
    releases = read_back.Releases(*(demo_folder / "releases" / name for name in ("2024-25-Q4", "2023-24-Q4")))
    report = make_report("2024-25-Q4", home=demo_folder, kind=ASSESSMENT)
    titles = {metric.metric_id: metric.title for metric in report.metrics}
    counted, site = {}, report_files(report)
    # Both are called Dorset: one of the two authorities of the force, and the force.
    summary = text_of(site["index.html"])
    assert "beside those of Dorset (local authority)." in summary
    assert "Stops and searches in Dorset (police force area)" in summary
    for name, content in site.items():
        if name.endswith(".html"):
            page = read_back.parse(content)
            counted[name] = read_back.check_figures(page, releases) + read_back.check_marks(page, releases)
            read_back.check_sentences(page, releases, titles)
            read_back.check_charts(page, releases)
    pages = ("levels", "wards", "times", "people", "repeats", "substances", "peers", "emerging", "progress")
    assert all(counted[f"{name}.html"] > 25 for name in pages), counted
    in_sheets = read_workbook.check(opened_book(workbook(report)), looked_up(demo_folder, "2024-25-Q4", "2023-24-Q4"))
    assert min(in_sheets[name] for name in ("Levels", "Repeat demand", "Emerging issues", "Progress")) > 20, in_sheets


def test_the_pages_of_both_kinds_agree(told_assessment: dict[str, bytes], told_site: dict[str, bytes]) -> None:
    for name in ("wards.html", "people.html", "changes.html", "quality.html"):
        figures = [read_back.figures(read_back.parse(site[name])) for site in (told_assessment, told_site)]
        assert figures[0] == figures[1]
