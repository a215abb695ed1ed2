"""Comments are shown as their authors', and refused where they contradict the change or the verdict in the release."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from pathlib import Path

import pytest

from safer_kpi.errors import CheckFailed, UsageError
from safer_kpi.publishing import make_report, render
from safer_kpi.publishing.model.commentary import Comment, Commentary, read_commentary, require_true
from safer_kpi.publishing.model.score import Score, score
from safer_kpi.publishing.sealing import approve_publication, draft_publication, seal_publication
from safer_kpi.reading.verifying.verify import verify_folder
from safer_kpi.settings import Settings
from tests.publishing.made import METRIC, change, facts, number, verdict
from tests.publishing.read_back import parse
from tests.publishing.test_sealing import run

#: 80 robberies, 20 fewer than the 100 of the year before, and that is an improvement.
YEAR = number(80.0, dt.date(2024, 4, 1), "year")
FELL = change(YEAR, -20.0, percentage=-20.0, reference_period="2023-24", reference_value=100.0)
BETTER = verdict(YEAR, "improving", reason="fewer, p 0.01", test="exact conditional Poisson", p_value=0.01)
FILE = """
- about: report
  by: Cy Ash
  date: 2024-11-04
  text: A draft for the panel.
- about: summary
  by: Ada King
  date: 2024-11-05
  text: The partnership thanks everybody who sent data.
- about: 1a.violence_and_sexual_offences
  by: Bo Lund
  date: 2024-11-06
  text: It worsened in the town centre, and <b>patrols</b> began in July.
"""


def lines() -> dict[str, Score]:
    given = facts(YEAR, verdicts=(BETTER,), changes={YEAR.key: FELL})
    return {METRIC.metric_id: score(given, METRIC)}


def said(text: str, *, about: str = METRIC.metric_id, although: str = "") -> Commentary:
    return Commentary((Comment(about=about, by="Ada King", on=dt.date(2025, 7, 30), text=text, although=although),))


@pytest.mark.parametrize(
    "text",
    [
        "Robbery fell after the patrols began.",
        "That is an improvement. It has improved!",
        "It did not rise, and it has not worsened.",
        "The station was rebuilt.",
        "It hasn't increased.",
    ],
)
def test_what_is_true_may_be_said(text: str) -> None:
    require_true(said(text), lines())


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Robbery rose after the station closed.", "rose"),
        ("Nothing new. It has increased again.", "increased"),
        ("It is getting worse.", "worse"),
        ("It worsened.", "worsened"),
        ("It has not improved.", "improved"),
        ("It did not fall.", "fall"),
    ],
)
def test_what_contradicts_the_release_is_refused_with_the_numbers(text: str, word: str) -> None:
    with pytest.raises(CheckFailed) as refused:
        require_true(said(text), lines())
    assert f"says {word!r}, and the release states of Robbery: Down 20 (20.0%) from 100; verdict improving." in str(
        refused.value
    )


def test_an_author_may_say_why_it_stands() -> None:
    require_true(said("It rose.", although="This is about the last month alone."), lines())


def test_a_section_has_nothing_to_check_against() -> None:
    require_true(said("Data came late.", about="quality"), lines())
    with pytest.raises(CheckFailed, match="say it of the measure itself"):
        require_true(said("Violence fell.", about="summary"), lines())
    with pytest.raises(UsageError, match="which is no measure of this report"):
        require_true(said("Data came late.", about="1a.unknown"), lines())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("about: summary", "is not a list of comments"),
        ("- about: [", "is not a list of comments"),
        ("- about: summary\n  text: x\n  date: 2025-01-01", "Comment 1 of c.yaml lacks by"),
        ("- {about: summary, by: A, date: soon, text: x}", "has no day"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        read_commentary(file)


def test_comments_are_shown_as_theirs_and_sealed(told_releases: Path, tmp_path: Path) -> None:
    file = tmp_path / "comments.yaml"
    file.write_text(FILE, encoding="utf-8")
    site = render(make_report("2024-25-Q1.2", home=told_releases, commentary=file))
    text = " ".join(parse(site["index.html"]).text().split())
    assert "The partnership thanks everybody who sent data. Comment by Ada King, 5 November 2024" in text
    assert b"&lt;b&gt;patrols&lt;/b&gt; began in July." in site["metrics/1a-violence-and-sexual-offences.html"]
    for name in (name for name in site if name.endswith(".html")):
        assert site[name].count(b"A draft for the panel.") == 1, name

    settings = Settings.load(Path(shutil.copytree(told_releases, tmp_path / "home")))
    record = draft_publication(settings, "2024-25-Q1.2", commentary=file)
    assert record["commentary_sha256"] == hashlib.sha256(FILE.encode()).hexdigest()
    for name in ("Ada King", "Bo Lund"):
        approve_publication(settings, record["publication_id"], name=name)
    seal_publication(settings, record["publication_id"])
    folder = settings.home / "publications" / record["publication_id"]
    run("report", "2024-25-Q1.2", "--home", str(settings.home), "--check", str(folder))
    sealed = folder / "commentary.yaml"
    sealed.write_bytes(sealed.read_bytes().replace(b"July", b"June"))
    failed = [subject for _, subject, status, _ in verify_folder(folder) if status == "failed"]
    assert failed == [f"{folder.name}/commentary.yaml"]


def test_comments_beside_the_releases_are_found(copied: Path, tmp_path: Path) -> None:
    """A publication is checked with the comments that it was sealed with, whatever was written since."""
    settings = Settings.load(copied)
    first = draft_publication(settings, "2024-25-Q1.2")["publication_id"]
    for name in ("Ada King", "Bo Lund"):
        approve_publication(settings, first, name=name)
    seal_publication(settings, first)

    (copied / "commentary").mkdir()
    (copied / "commentary" / "2024-25-Q1.2.yaml").write_text(FILE, encoding="utf-8")
    by_name = ("report", "2024-25-Q1.2", "--home", str(copied))
    run(*by_name, "--check", str(copied / "publications" / first))
    run(*by_name, "--out", str(tmp_path / "by-name"))
    run("report", str(copied / "releases" / "2024-25-Q1.2"), "--out", str(tmp_path / "by-folder"))
    for out in ("by-name", "by-folder"):
        assert "The partnership thanks everybody" in (tmp_path / out / "index.html").read_text(encoding="utf-8")
    assert draft_publication(settings, "2024-25-Q1.2")["commentary_sha256"] == hashlib.sha256(FILE.encode()).hexdigest()
