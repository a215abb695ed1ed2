"""The strategy is data: in the report's words and order, checked like definitions, and open to own measures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from docs.site import keys_page
from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.catalogue.feeds import feed_names
from safer_kpi.catalogue.reader_text import offences
from safer_kpi.catalogue.strategy import FILE, load_strategy
from safer_kpi.catalogue.strategy_file import MeasureEntry, json_schema
from safer_kpi.catalogue.template import write_project
from safer_kpi.compute.strategy import COLUMNS, strategy_rows
from safer_kpi.errors import ProjectError

PROJECT = Path(__file__).resolve().parents[2]
REPORT = Path(__file__).parent / "strategy" / "paragraph_16.md"
MEASURE = """    measures:
      - measure: p1
        plan: Action plan 2026-27
        words: Fewer robberies around the stations
        direction: decrease
        headlines: [1a.robbery, p1.offences_near_stations]
        data: recorded offences with their places
        asked_from: the police
"""
METRIC = """kpi: p1
owner: community_safety
metrics:
  - metric_id: p1.offences_near_stations
    title: Offences near stations
    statement: Robberies that the police recorded near a station.
    count:
      from: core.offence
      where: crime_type = 'Robbery'
    unit: offences
    counted: Every accepted robbery.
    not_counted: Theft.
    date_used: The month of the published record.
    kind: outcome
    polarity: lower_is_better
    polarity_reason: Fewer victims is the aim.
    comparison: year_before
    feeds: [police_street]
    cadence: monthly
    areas: [ward, local_authority, force]
    periods: [month, quarter]
    settles_after_months: 3
    sensitivity: official
    interval_method: byar
    additive: true
    caveats: A test's own.
    public: {method: none}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project as init writes it."""
    write_project(tmp_path / "project", area="E06000058")
    return tmp_path / "project"


def edit(project: Path, old: str, new: str, *, file: str = FILE) -> int:
    """Replace a text that stands once in a file; answers the line it begins in."""
    path = project / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def error_of(project: Path) -> str:
    with pytest.raises(ProjectError) as caught:
        load_definitions(project)
    return f"{caught.value.what} {caught.value.next_action}".strip()


def report() -> Iterator[tuple[str, str, str]]:
    """Yield the priority, the KPI and the words of each row of the report's table."""
    priority = ""
    for line in REPORT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and cells[1] not in {"KPI", "---"}:
            priority = cells[0] or priority
            yield priority, cells[1], cells[2]


def test_priorities_kpis_and_words_are_the_reports_in_its_order() -> None:
    rows = list(report())
    assert [kpi for _, kpi, _ in rows] == ["1a", "1b", "1c", "2a", "2b", "2c", "2d", "3a", "3b", "3c", "3d", "3e"]
    strategy = load_strategy(PROJECT)
    assert strategy is not None
    assert [(line.priority, line.kpi, line.words) for line in strategy.lines] == rows


def test_the_wanted_direction_is_the_first_word_of_each_and_both_for_3e() -> None:
    strategy = load_strategy(PROJECT)
    assert strategy is not None
    wanted = {"Reduction": "decrease", "Increase": "increase"}
    directions = {kpi: wanted[words.split()[0]] for _, kpi, words in report()} | {"3e": "both"}
    assert {line.kpi: line.direction for line in strategy.lines} == directions
    of_3e = strategy.line("3e")
    assert of_3e is not None
    by_metric = dict(zip(of_3e.headlines, of_3e.wanted, strict=True))
    assert (by_metric["3e.adults_in_treatment"], by_metric["3e.drug_deaths"]) == ("increase", "decrease")


@pytest.mark.parametrize(
    ("kpi", "told"),
    [
        ("3e", "opposite directions"),
        ("2a", "counts under 3d"),
        ("3d", "counts under 2a"),
        ("3c", "More reporting is wanted"),
    ],
)
def test_what_could_be_misread_explains_itself(kpi: str, told: str) -> None:
    strategy = load_strategy(PROJECT)
    assert strategy is not None
    line = strategy.line(kpi)
    assert line is not None
    assert told in (line.explanation or "")


def test_texts_of_the_strategy_hold_no_ids_and_no_paths() -> None:
    strategy = load_strategy(PROJECT)
    assert strategy is not None
    metrics = {one.metric_id for one in load_definitions(PROJECT)}
    texts = [text for line in strategy.lines for text in (line.words, line.explanation, line.data, line.asked_from)]
    found = [offences(text, metrics=metrics, feeds=feed_names(PROJECT)) for text in texts if text]
    assert [each for each in found if each] == []


def test_the_words_stand_in_one_place() -> None:
    """A definition has them from the strategy: no file of the definitions repeats them."""
    words = {kpi: (priority, words) for priority, kpi, words in report()}
    for one in load_definitions(PROJECT):
        assert (one.priority, one.strategy) == words[one.kpi]
        assert f"paragraph 16, KPI {one.kpi}" in one.paragraph
    for path in (PROJECT / "contracts" / "kpis").glob("*.yaml"):
        keys = {line.partition(":")[0] for line in path.read_text(encoding="utf-8").splitlines()}
        assert not keys & {"strategy", "paragraph", "priority"}, path.name


def test_the_schema_for_editors_is_that_of_the_loader() -> None:
    """Where this fails, run `safer-kpi docs`."""
    kept = json.loads((PROJECT / "contracts" / "strategy.schema.json").read_text(encoding="utf-8"))
    assert kept == json_schema()
    assert (
        (PROJECT / FILE)
        .read_text(encoding="utf-8")
        .startswith("# yaml-language-server: $schema=strategy.schema.json\n")
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("direction: both", "direction: bot", "3e: direction must be one of increase, decrease, both. Did"),
        ("        data: logs of patrols", "        dat: logs", "3a: unknown key dat. Did you mean data? Allowed: "),
        ("        data: logs of patrols\n", "", "3a: missing data."),
        ("      - kpi: 2b", "      - kpi: 2 b", "2 b: kpi must be a short code of lower-case letters"),
        ("      - kpi: 2b", "      - kpi: 2a", "2a: the code stands twice, first in line"),
        ("3c.asb_incidents]", "3c.asb_incident]", "3c.asb_incident is not defined. Did you mean 3c.asb_incidents?"),
        ("3c.asb_incidents]", "3c.asb_incidents, 3c.asb_incidents]", "3c: headlines: 3c.asb_incidents stands twice."),
        ("[3a.joint_patrols, 3a.joint_patrol_hours]", "[]", "3a: headlines is empty."),
        ("direction: both", "direction: increase", "3e: direction: both is for what has parts"),
        ("          - words: reduce drug", "          - words: Reduce drug", "3e: parts.words: they are words of"),
        ("            direction: decrease", "            direction: increase", "3e: parts: one of them asks for a d"),
        ('paragraph: "16"', "paragraph: 16", "paragraph must be text."),
        ('paragraph: "16"', 'paragraf: "16"', "unknown key paragraf. Did you mean paragraph?"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_its_line(project: Path, old: str, new: str, told: str) -> None:
    line = edit(project, old, new)
    said = [each for each in error_of(project).splitlines() if told in each]
    where = "".join(said).partition(": ")[0]
    assert len(said) == 1
    # What is missing or wrong about a list of parts is told at the key above it.
    assert where == f"strategy.yaml, line {line}" or (
        told.startswith(("3a: missing", "3e: parts:")) and "line" in where
    )


def test_a_direction_that_the_metric_does_not_share_needs_an_explanation(project: Path) -> None:
    """3c asks for more reports, and the number of incidents is shown without judgement: somebody must say why."""
    path = project / FILE
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    start = next(number for number, line in enumerate(lines) if "- kpi: 3c" in line)
    first = next(number for number in range(start, len(lines)) if "explanation:" in lines[number])
    last = next(number for number in range(first, len(lines)) if "headlines:" in lines[number])
    path.write_text("".join([*lines[:first], *lines[last:]]), encoding="utf-8")
    told = "3c: explanation: increase is asked for and the polarity of 3c.asb_incidents is context: say why"
    assert f"strategy.yaml, line {start + 1}: {told}" in error_of(project)


def test_a_metric_of_no_kpi_of_the_strategy_is_an_error_that_says_where_to_add_it(project: Path) -> None:
    (project / "contracts" / "kpis" / "plan.yaml").write_text(METRIC, encoding="utf-8")
    error = error_of(project)
    assert "plan.yaml, line 1: p1 is not in contracts/strategy.yaml." in error
    assert "what an action plan adds under measures" in error


def test_a_partnership_adds_a_measure_of_its_action_plan(project: Path) -> None:
    (project / "contracts" / "kpis" / "plan.yaml").write_text(METRIC, encoding="utf-8")
    text = (project / FILE).read_text(encoding="utf-8")
    second = "  - priority: Keep young people"
    assert text.count(second) == 1
    (project / FILE).write_text(text.replace(second, MEASURE + second), encoding="utf-8")
    one = next(each for each in load_definitions(project) if each.kpi == "p1")
    assert (one.strategy, one.paragraph) == ("Fewer robberies around the stations", "Action plan 2026-27, p1")
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in strategy_rows(project)]
    # The measure comes after the twelve, although it stands under the first priority.
    assert [row["kpi"] for row in rows] == [*(kpi for _, kpi, _ in report()), "p1"]
    assert (rows[-1]["kind"], rows[-1]["place"], rows[-1]["plan"]) == ("measure", 13, "Action plan 2026-27")
    assert rows[-1]["priority"] == "Tackle violent crime in all its forms"
    assert rows[-1]["headlines"] == ["1a.robbery", "p1.offences_near_stations"]
    assert rows[-1]["wanted"] == ["decrease", "decrease"]


def test_every_key_of_the_example_of_a_measure_reaches_the_strategy(project: Path) -> None:
    """The measure on the page of strategy terms, then one that asks for opposite directions and says why."""
    example = yaml.safe_load(keys_page.MEASURE)
    parts = [
        {"words": "Fewer robberies", "direction": "decrease", "headlines": ["1a.robbery"]},
        {"words": "more help asked for", "direction": "increase", "headlines": ["3e.adults_in_treatment"]},
    ]
    both = {
        **{key: value for key, value in example.items() if key != "headlines"},
        "measure": "p2", "words": "Fewer robberies, and more help asked for", "direction": "both", "parts": parts,
        "explanation": "The two parts ask for opposite directions.",
    }  # fmt: skip
    assert example.keys() | both.keys() == set(keys_page.keys(MeasureEntry))
    path = project / FILE
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    told["priorities"][0]["measures"] = [example, both]
    path.write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in strategy_rows(project)]
    one, two = rows[-2:]
    assert {one["kind"], two["kind"]} == {"measure"}
    same = ("words", "direction", "data", "asked_from", "plan")
    for row, stated in ((one, example), (two, both)):
        assert row["kpi"] == stated["measure"]
        assert {key: row[key] for key in same} == {key: stated[key] for key in same}
    assert (one["headlines"], one["wanted"]) == (example["headlines"], ["decrease"])
    assert (two["headlines"], two["wanted"]) == (["1a.robbery", "3e.adults_in_treatment"], ["decrease", "increase"])
    assert two["explanation"] == both["explanation"]


def test_without_headlines_every_metric_of_the_kpi_stands_for_it(project: Path) -> None:
    edit(project, "        headlines: [2c.screenings, 2c.children_screened]\n", "")
    rows = {row[1]: dict(zip(COLUMNS, row, strict=True)) for row in strategy_rows(project)}
    own = sorted(one.metric_id for one in load_definitions(project) if one.kpi == "2c")
    assert rows["2c"]["headlines"] == own
    assert rows["2c"]["wanted"] == ["increase"] * len(own)


OLDER = "strategy: Anti-social behaviour.\nparagraph: Priority 3\npriority: Hotspots\n"


def test_a_project_without_the_file_has_the_words_in_its_definitions(project: Path) -> None:
    (project / FILE).unlink()
    assert "kpi_1a.yaml, line" in error_of(project)
    for path in (project / "contracts" / "kpis").glob("*.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("owner:", f"{OLDER}owner:", 1), encoding="utf-8")
    assert {(one.strategy, one.priority) for one in load_definitions(project)} == {
        ("Anti-social behaviour.", "Hotspots")
    }
    assert strategy_rows(project) == []


def test_words_of_a_definition_that_contradict_the_strategy_are_named(project: Path) -> None:
    line = edit(project, "owner:", f"{OLDER}owner:", file="contracts/kpis/kpi_3c.yaml")
    error = error_of(project)
    assert f"kpi_3c.yaml, line {line}: strategy contradicts contracts/strategy.yaml" in error
    assert "remove strategy, paragraph, priority here" in error
