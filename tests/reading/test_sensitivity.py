"""Who may see a number stands on every row of each call that gives numbers, with a note where counts are small."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi import Lake
from safer_kpi.cli.main import app
from safer_kpi.reading.table import Table

OPEN, SENSITIVE = "1a.violence_and_sexual_offences", "1c.violence_positive_outcomes"
CALLS: dict[str, Callable[[Lake, str], Table]] = {
    "metric": lambda lake, metric: lake.metric(metric, area="W1"),
    "change": lambda lake, metric: lake.change(metric, area="W1", by="month"),
    "verdicts": lambda lake, metric: lake.verdicts(metric, area="W1"),
    "peers": lambda lake, metric: lake.peers(metric, area="W1", by="month", period="2024-04"),
    "vintages": lambda lake, metric: lake.vintages(metric, area="W1", by="month"),
    "revisions": lambda lake, metric: lake.revisions(metric, area="W1", by="month"),
}
#: One verdict of each metric: a month in which 3 outcomes or offences were counted, 30 a year before.
VERDICT = """
CREATE TABLE kpi.verdict AS
SELECT metric_id, 'W1' AS area_code, '2024-04' AS period, 'month' AS period_type, DATE '2024-04-01' AS period_start,
  DATE '2024-04-30' AS period_end, 'all' AS breakdown, 'year_before' AS against, '2023-04' AS reference_period,
  FALSE AS is_baseline, 30.0 AS value, 3.0 AS reference_value, CAST(30 AS BIGINT) AS numerator,
  CAST(NULL AS BIGINT) AS denominator, CAST(3 AS BIGINT) AS reference_numerator,
  CAST(NULL AS BIGINT) AS reference_denominator, 'worsening' AS verdict, 'made up' AS reason, 'poisson' AS test,
  CAST(NULL AS DOUBLE) AS statistic, 0.01 AS p_value, 27.0 AS change
FROM kpi.metric
"""


@pytest.fixture(scope="module")
def home(book_writer: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sensitive")
    file = book_writer(home / "safer_kpi.duckdb")
    with duckdb.connect(str(file)) as connection:
        connection.execute(VERDICT)
        connection.execute("ALTER TABLE kpi.metric ADD COLUMN sensitivity VARCHAR")
        connection.execute(f"UPDATE kpi.metric SET sensitivity = 'official_sensitive' WHERE metric_id = '{SENSITIVE}'")
        connection.execute(f"UPDATE kpi.metric SET sensitivity = 'official' WHERE metric_id = '{OPEN}'")
    return home


@pytest.mark.parametrize("call", CALLS)
def test_each_row_says_who_may_see_it(home: Path, call: str) -> None:
    with safer_kpi.open(home) as lake:
        for metric, told in ((OPEN, "official"), (SENSITIVE, "official_sensitive")):
            rows = CALLS[call](lake, metric).rows()
            assert rows
            assert {row["sensitivity"] for row in rows} == {told}


@pytest.mark.parametrize("call", [call for call in CALLS if call != "revisions"])
def test_small_counts_of_a_sensitive_metric_are_noted_below_a_table(home: Path, call: str) -> None:
    with safer_kpi.open(home) as lake:
        table = CALLS[call](lake, SENSITIVE)
        small = [
            row
            for row in table.rows()
            if 0 < (row["numerator"] or 0) < 5 or 0 < (row.get("reference_numerator") or 0) < 5
        ]
        assert ("Do not publish as it stands" in repr(table)) == bool(small)
        assert ("Do not publish as it stands" in table._repr_html_()) == bool(small)
        assert "Do not publish" not in repr(CALLS[call](lake, OPEN))
        if call in {"metric", "verdicts", "vintages"}:
            assert small


@pytest.mark.parametrize("command", ["change", "verdicts", "peers", "vintages", "show"])
def test_commands_give_it_to_programs_and_say_the_note(home: Path, command: str) -> None:
    words = [command, SENSITIVE, "--area", "W1", "--by", "month", "--home", str(home)]
    words += ["--period", "2024-04"] if command == "peers" else []
    rows = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)["rows"]
    assert {row["sensitivity"] for row in rows} == {"official_sensitive"}
    (line, *_) = csv.DictReader(io.StringIO(CliRunner().invoke(app, [*words, "--csv"]).output))
    assert line["sensitivity"] == "official_sensitive"
    said = " ".join(CliRunner().invoke(app, words).output.split())
    if command in {"verdicts", "vintages", "show"}:
        assert "Do not publish as it stands" in said


def test_a_file_of_an_older_version_has_none(book_writer: Callable[..., Path], tmp_path: Path) -> None:
    file = book_writer(tmp_path / "safer_kpi.duckdb")
    with duckdb.connect(str(file)) as connection:
        connection.execute(VERDICT)
    with safer_kpi.open(tmp_path) as lake:
        for call in CALLS.values():
            assert {row["sensitivity"] for row in call(lake, OPEN).rows()} == {None}
