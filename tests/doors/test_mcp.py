"""The MCP server, asked by the library's own client over the pipes of a real process; and what it says in words."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters, stdio_client
from typer.testing import CliRunner

from safer_kpi.cli.main import app
from safer_kpi.mcp.words import sentence
from tests.docs.conftest import COMMAND, ROOT

VIOLENCE, OUTCOMES = "1a.violence_and_sexual_offences", "1c.violence_positive_outcomes"
#: A value that must not come back in an error.
PASTED = "hunter2-4f1c"
QUARTER = {"metric": VIOLENCE, "area": "Seatown", "period": "2024-25-Q1"}
#: What is asked in one session, by name.
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "releases": ("releases", {}),
    "metrics": ("metrics", {}),
    "search": ("metrics", {"search": "SHARE of"}),
    "definition": ("definition", {"metric": VIOLENCE}),
    "quarter": ("values", QUARTER),
    "then": ("values", {**QUARTER, "known_at": "2024-08-01"}),
    "half": ("values", {**QUARTER, "known_at": "2024-06-20"}),
    "zero": ("values", {"metric": OUTCOMES, "area": "L1", "period": "2024-06"}),
    "few": ("values", {"metric": VIOLENCE, "limit": 2}),
    "compare": ("compare", {"a": "2024-25-Q1", "b": "2024-25-Q1.2", **QUARTER}),
    "trace": ("trace", {"metric": VIOLENCE, "area": "L1", "period": "2024-04"}),
    "unknown": ("values", {"metric": "1a.violense"}),
    "too many": ("releases", {"limit": 1000}),
    "no day": ("values", {**QUARTER, "known_at": "yesterday"}),
    "no metric": ("values", {"area": "L1"}),
    "no area": ("trace", {"metric": VIOLENCE, "period": 2024, "limit": PASTED}),
    "no whole number": ("values", {"metric": VIOLENCE, "limit": 2.5}),
    "not a text": ("values", {"metric": VIOLENCE, "area": [PASTED]}),
    "misspelt": ("values", {"metric": VIOLENCE, "aera": PASTED}),
    "no tool": ("value", {"metric": PASTED}),
}
#: The two sentences on an argument that is to be a text.
TEXT = "The argument {name} of the tool {tool} is not a text. Give {name} as a text: "


def process(home: Path) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if name != "SAFER_KPI_HOME"}
    return {
        "command": sys.executable,
        "args": [str(COMMAND), "mcp", "--home", str(home)],
        "env": environment | {"PYTHONPATH": str(ROOT)},
    }


def digests(home: Path) -> dict[str, str]:
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in home.rglob("*") if path.is_file()}


async def asked(home: Path) -> dict[str, Any]:
    async with Client(stdio_client(StdioServerParameters(**process(home)))) as client:
        told: dict[str, Any] = {name: await client.call_tool(*question) for name, question in QUESTIONS.items()}
        return told | {"tools": (await client.list_tools()).tools, "instructions": client.instructions}


@pytest.fixture(scope="module")
def answers(told_releases: Path) -> dict[str, Any]:
    """The answer to each question; the home is afterwards what it was before, to the last byte."""
    before = digests(told_releases)
    told = asyncio.run(asked(told_releases))
    assert digests(told_releases) == before
    return told


def rows(answers: dict[str, Any], name: str) -> list[dict[str, Any]]:
    assert not answers[name].is_error, answers[name].content
    found: list[dict[str, Any]] = answers[name].structured_content["rows"]
    return found


def test_every_tool_says_that_it_only_reads(answers: dict[str, Any]) -> None:
    hints = {tool.name: (tool.annotations.read_only_hint, bool(tool.description)) for tool in answers["tools"]}
    names = {"releases", "metrics", "definition", "values", "compare", "trace"}
    assert hints == dict.fromkeys(names, (True, True))
    assert "A null value is not zero" in answers["instructions"]


def test_releases_are_told_the_newest_first(answers: dict[str, Any]) -> None:
    found = [(row["release_id"], row["status"], row["reason"]) for row in rows(answers, "releases")]
    assert found == [("2024-25-Q1.2", "published", "June came again"), ("2024-25-Q1", "superseded", None)]


def test_metrics_are_listed_and_searched_and_a_kpi_without_data_says_so(answers: dict[str, Any]) -> None:
    assert {VIOLENCE, OUTCOMES} < {row["metric_id"] for row in rows(answers, "metrics")}
    kpis = {row["kpi"]: row["status"] for row in answers["metrics"].structured_content["kpis"]}
    assert kpis == {"1a": "measured", "2a": "not measured", "1c": "measured"}
    assert [row["metric_id"] for row in rows(answers, "search")] == ["1c.violence_positive_outcome_share"]
    assert answers["definition"].structured_content["terms"]["counted"] == "Each record."


def test_a_number_comes_with_all_that_a_reader_must_know(answers: dict[str, Any]) -> None:
    [row] = rows(answers, "quarter")
    # April 31, May 12, June 15
    assert (row["value"], row["unit"], row["status"], row["sensitivity"]) == (58, "offences", "certified", "official")
    assert (row["release_id"], row["known_at"]) == ("2024-25-Q1.2", "2024-11-02T09:00:00Z")
    assert [(one["against"], one["verdict"]) for one in row["verdicts"]] == [
        ("series", "not judged"), ("year_before", "worsening")
    ]  # fmt: skip
    assert row["in_words"] == (
        "Violence and sexual offences, Seatown, April to June 2024: 58 offences. Certified: people signed it, and it "
        "never changes. Against its own series: not judged (under 13 periods in a row). Against the year before: "
        "worsening (more, p 0.012)."
    )
    [then] = rows(answers, "then")
    assert (then["value"], then["status"], then["verdicts"]) == (56, "uncertified", [])
    assert "Uncertified: nobody has signed it" in then["in_words"]


def test_no_value_is_not_zero_and_zero_is(answers: dict[str, Any]) -> None:
    [half] = rows(answers, "half")  # June had not ended
    assert (half["value"], half["status"]) == (None, "incomplete")
    assert half["in_words"].endswith("No value: a part of the period is missing. This is not zero.")
    [zero] = rows(answers, "zero")
    assert zero["value"] == 0
    assert "June 2024: 0 offences. Certified" in zero["in_words"]


def test_a_long_answer_is_cut_and_says_so(answers: dict[str, Any]) -> None:
    few = answers["few"].structured_content
    assert len(few["rows"]) == few["shown"] == 2
    assert few["more"].startswith(f"There are {few['of'] - 2} more. Name an area")
    assert {row["period"] for row in few["rows"]} == {"2024-06"}
    assert "more" not in answers["quarter"].structured_content


def test_a_comparison_adds_up_and_a_trace_counts_its_rows(answers: dict[str, Any]) -> None:
    [moved] = rows(answers, "compare")
    by_cause = {one["cause"]: one["amount"] for one in moved["movements"]}
    # June was reverted (-14) and came again with 15; April got 2 late ones and lost 1 to another offence
    assert by_cause == {"reverted": -14, "new": 15, "late": 2, "reclassified": -1}
    assert (moved["opening"], moved["closing"], moved["residual"]) == (56, 58, 0)
    assert moved["opening_note"] is moved["closing_note"] is None
    assert "rose by 2 to 58" in moved["in_words"]
    # April: 30 new (10 North, 20 South), 2 late, -1 reclassified; one moved from South to North
    assert sum(row["amount"] for row in rows(answers, "trace")) == 31
    assert {row["file_name"] is not None for row in rows(answers, "trace")} == {True}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unknown", f"No metric '1a.violense' exists. Use one of: {VIOLENCE}"),
        ("too many", "limit is 1000. Give a whole number from 1 to 200."),
        ("no day", "yesterday"),
        (
            "no metric",
            "The tool values needs the argument metric, a text. Give metric as a text: A metric's id, such as",
        ),
        (
            "no area",
            "The tool trace needs the argument area, a text. Give area as a text: An area's code or exact name",
        ),
        ("no area", TEXT.format(name="period", tool="trace") + "2024-05, 2024-25-Q1, 2024-25,"),
        ("no area", "The argument limit of the tool trace is not a whole number from 1 to 200. Give limit as a whole "),
        ("no whole number", "The argument limit of the tool values is not a whole number from 1 to 200. Give limit as"),
        ("not a text", TEXT.format(name="area", tool="values") + "An area's code or exact name; default: every area."),
        ("misspelt", "The tool values has no argument 'aera'. Give only: metric, area, by, period, breakdown, release"),
        ("no tool", "No tool 'value' exists. Call one of: releases, metrics, definition, values, compare, trace."),
    ],
)
def test_an_error_is_one_of_ours_and_says_what_to_do(answers: dict[str, Any], name: str, said: str) -> None:
    assert answers[name].is_error
    [content] = answers[name].content
    assert said in content.text
    assert not [text for text in ("Traceback", PASTED, "Error executing tool", "pydantic") if text in content.text]
    assert answers[name].structured_content is None


@pytest.mark.e2e
def test_standard_output_carries_the_protocol_alone(told_releases: Path) -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}}
    messages: list[dict[str, Any]] = [
        {"id": 1, "method": "initialize", "params": hello},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {"name": "values", "arguments": {"metric": "nothing"}}},
    ]
    sent = "".join(json.dumps({"jsonrpc": "2.0", **message}) + "\n" for message in messages)
    made = process(told_releases)
    with subprocess.Popen(
        [made["command"], *made["args"]], env=made["env"], stdin=-1, stdout=-1, stderr=-1, text=True
    ) as server:
        assert server.stdin
        assert server.stdout
        assert server.stderr
        server.stdin.write(sent)
        server.stdin.flush()
        lines = [json.loads(server.stdout.readline()) for _ in range(2)]
        server.stdin.close()
        assert server.stdout.read() == ""
        assert server.stderr.read() == ""
        assert server.wait() == 0
    assert [(line["jsonrpc"], line["id"]) for line in lines] == [("2.0", 1), ("2.0", 2)]
    assert lines[1]["result"]["isError"] is True


def test_a_place_without_a_lake_is_told_of_before_anybody_asks(tmp_path: Path) -> None:
    made = process(tmp_path)
    done = subprocess.run(
        [made["command"], *made["args"]], env=made["env"], input="", capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "contains no safer_kpi.duckdb" in done.stderr


def test_the_tools_are_listed_for_programs(told_releases: Path, answers: dict[str, Any]) -> None:
    done = CliRunner().invoke(app, ["mcp", "--json", "--home", str(told_releases)])
    listed = {row["name"]: row["arguments"] for row in json.loads(done.stdout)["rows"]}
    assert listed == {tool.name: tool.input_schema for tool in answers["tools"]}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"status": "provisional"}, "58 offences (95 % interval 44 to 75). Provisional: it is published, and late"),
        ({"status": "withdrawn"}, "Withdrawn: its release was taken back. Do not use it."),
        ({"status": "suppressed", "value": None}, "held the figure back. This is not zero."),
        ({"status": "missing", "value": None}, "no data was received for it. This is not zero."),
        ({"status": "unavailable", "value": None, "reason": "no population"}, "calculated (no population). This is"),
        ({"breakdown": "sex:F"}, "Violence, sex:F, Seatown, twelve months to March 2025: 58 offences"),
    ],
)
def test_what_a_number_is_not_is_said(told: dict[str, Any], said: str) -> None:
    row = {
        "area_name": "Seatown", "period": "2025-03-R12", "period_type": "rolling12", "breakdown": "all", "value": 58.0,
        "unit": "offences", "lower": 44.0, "upper": 75.0, "status": "certified", "reason": None,
    }  # fmt: skip
    assert said in sentence(row | told, "Violence", [])
