"""The audit of folders: databases of restricted releases and of public editions, as they lie on a disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from safer_kpi.disclosure.audit import audit_editions
from safer_kpi.errors import CheckFailed, NotFound
from tests.disclosure.chains import AUTHORITY, ELSEWHERE, FIRST, FORCE, HURT, SEVENTEEN, Story, by_ward, cell, ward

CERTIFIED = """CREATE TABLE kpi.certified (metric_id VARCHAR,
    area_code VARCHAR, period_type VARCHAR, period_start DATE,
    breakdown VARCHAR, series INTEGER, definition_version INTEGER, numerator BIGINT, denominator BIGINT, value DOUBLE,
    lower DOUBLE, upper DOUBLE, method VARCHAR, release_id VARCHAR,
    period VARCHAR)"""
PUBLISHED = """CREATE TABLE kpi.published (metric_id VARCHAR, area_code VARCHAR, area_type VARCHAR, period_type VARCHAR,
    period_start DATE, breakdown VARCHAR, series INTEGER, definition_version INTEGER, figure BIGINT, how VARCHAR,
    release_id VARCHAR, edition VARCHAR, corrects VARCHAR)"""
VERDICT = """CREATE TABLE kpi.certified_verdict (metric_id VARCHAR, area_code VARCHAR, period VARCHAR,
    period_type VARCHAR, period_start DATE, breakdown VARCHAR, reference_period VARCHAR, value DOUBLE,
    reference_value DOUBLE, numerator BIGINT, denominator BIGINT, reference_numerator BIGINT,
    reference_denominator BIGINT)"""
METRIC = """CREATE TABLE kpi.metric (metric_id VARCHAR, numerator VARCHAR, denominator VARCHAR,
    denominator_kind VARCHAR,
    rate_base DOUBLE, interval_method VARCHAR, additive BOOLEAN, definition VARCHAR)"""
AREA = "CREATE TABLE kpi.area (area_code VARCHAR, area_type VARCHAR, la_code VARCHAR, force_code VARCHAR)"


def _write(file: Path, tables: dict[str, tuple[str, list[tuple[object, ...]]]]) -> Path:
    file.parent.mkdir(parents=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE SCHEMA kpi")
        for name, (made, rows) in tables.items():
            connection.execute(made)
            if rows:
                marks = ", ".join("?" * len(rows[0]))
                connection.executemany(f"INSERT INTO kpi.{name} VALUES ({marks})", rows)
    return file.parent


def _files(story: Story, folder: Path, verdicts: Sequence[tuple[object, ...]] = ()) -> tuple[list[Path], list[Path]]:
    """Write a story's editions and releases; its metrics have the rule in their definitions."""
    metrics = [
        (
            one.name, one.numerator, one.denominator, "count" if one.denominator else "none", one.rate_base,
            "wilson" if one.is_share else "byar", one.is_additive,
            json.dumps({"public": {"method": one.method, "grain": one.grain, "periods": one.lengths}}),
        )
        for one in story.metrics
    ]  # fmt: skip
    areas = {key.area for numbers in story.counts.values() for key in numbers}
    area_rows = [(one, "ward", AUTHORITY, FORCE) for one in sorted(areas) if one.startswith("E05")]
    area_rows += [(AUTHORITY, "local_authority", AUTHORITY, FORCE)]
    releases = []
    for name, numbers in story.counts.items():
        certified = [
            (*key[:5], 1, 1, number, None, float(number), None, None, None, name, key.start)
            for key, number in numbers.items()
        ]
        tables = {"certified": (CERTIFIED, certified), "metric": (METRIC, metrics), "area": (AREA, area_rows)}
        releases.append(_write(folder / "releases" / name / "release.duckdb", tables))  # type: ignore[arg-type]
    editions = []
    for name, rows in story.shown.items():
        figures = [
            (one.key.metric, one.key.area, one.level, one.key.length, one.key.start, one.key.breakdown, one.series,
             one.version, one.figure, one.how, one.release, one.first, one.corrects)
            for one in rows
        ]  # fmt: skip
        certified = [
            (*one.key[:5], one.series, 1, one.numerator, one.denominator, one.value, one.lower, one.upper, one.method,
             one.release, one.key.start)
            for one in story.certified.get(name, [])
        ]  # fmt: skip
        tables = {
            "certified": (CERTIFIED, certified),
            "published": (PUBLISHED, figures),
            "certified_verdict": (VERDICT, list(verdicts)),
        }
        editions.append(_write(folder / "publications" / name / "public.duckdb", tables))  # type: ignore[arg-type]
    return editions, releases


def test_folders_that_pass(tmp_path: Path) -> None:
    result = audit_editions(*_files(by_ward(SEVENTEEN), tmp_path))
    assert result.passed, result.findings
    record = json.loads(json.dumps(result.record))
    assert record == {
        "auditor": 2,
        "passed": True,
        "models": [
            "nothing is known of revisions",
            "known which counts were revised",
            "known which counts were revised, and by how much at most",
        ],
        "width": 5,
        "cells": 19,
        "audited": 11,
        "figures": 19,
        "relations": 1,
        "findings": [],
    }


def test_a_folder_that_tells_a_count(tmp_path: Path) -> None:
    story = by_ward(SEVENTEEN)
    story.certify("one", cell(ward(1)), numerator=5, value=5.0, lower=0.6, upper=8.8, method="exact")
    story.shown["one"][1] = story.shown["one"][1]._replace(figure=5)
    result = audit_editions(*_files(story, tmp_path))
    told = [one.row for one in result.findings if one.kind == "narrowed"]
    assert [(one["cell"], one["least"], one["most"]) for one in told] == [
        (f"{HURT}, {ward(1)}, quarter from 2030-04-01, as counted in {FIRST}", 3, 3)
    ]
    assert json.dumps(result.record)


def test_a_verdict_on_numbers_that_are_not_published(tmp_path: Path) -> None:
    story = by_ward(SEVENTEEN)
    total = sum(SEVENTEEN) + 1
    story.certify("one", cell(AUTHORITY), numerator=total, value=float(total))
    start = "2030-04-01"
    right = (HURT, AUTHORITY, start, "quarter", start, "all", start, total, total, total, None, total, None)
    wrong = (HURT, ward(1), start, "quarter", start, "all", None, 3, None, 3, None, None, None)
    assert audit_editions(*_files(story, tmp_path / "right", [right])).passed
    found = audit_editions(*_files(story, tmp_path / "wrong", [right, wrong])).findings
    assert [(one.kind, one.cell) for one in found] == [("outside the rule", f"{HURT}, {ward(1)}, quarter from {start}")]


def test_a_chain_without_one_of_its_releases_is_refused(tmp_path: Path) -> None:
    story = by_ward(SEVENTEEN)
    editions, releases = _files(story, tmp_path)
    story.show("two", cell(ELSEWHERE, start="2030-07-01"), 0, "rounded", "2030-31-Q2")
    later, _ = _files(story, tmp_path / "later")
    with pytest.raises(NotFound, match="2030-31-Q2"):
        audit_editions([*editions, later[-1]], releases)


def test_a_file_with_code_in_it_is_refused(tmp_path: Path) -> None:
    editions, releases = _files(by_ward(SEVENTEEN), tmp_path)
    with duckdb.connect(str(editions[0] / "public.duckdb")) as connection:
        connection.execute("CREATE VIEW kpi.more AS SELECT 1")
    with pytest.raises(CheckFailed):
        audit_editions(editions, releases)
