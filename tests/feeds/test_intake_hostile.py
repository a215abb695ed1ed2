"""The hostile text files that are read: every value arrives as it was written, and nothing of it is obeyed."""

from __future__ import annotations

from pathlib import Path

import pytest

from safer_kpi.intake import Dialect, Parsed, preflight
from safer_kpi.intake.even import Job
from safer_kpi.intake.read import read
from tests.feeds.hostile import READ, REFUSED
from tests.feeds.reading_back import intake, rows_of


@pytest.mark.parametrize("name", READ)
def test_read(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the child reads it, without the cost of its start: the working folder must be its own."""
    content, rows, malformed = READ[name]
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    found = preflight(path, Dialect())
    assert found.header == ("id", "name", "count")
    job = Job(path=path, found=found, dialect=Dialect(), columns=found.header, memory_bytes=2**30)
    answer = read(job)
    assert [tuple(row) for row in answer["malformed"]] == [(row, "column_count") for row in malformed]
    parsed = Parsed(**{**answer, "malformed": ()}, parquet=tmp_path / "rows.parquet", columns=found.header)
    assert rows_of(parsed) == rows
    assert parsed.rows_read == len(rows) + parsed.rows_skipped + len(malformed)


def test_a_hostile_file_through_the_child(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    content, rows, _ = READ["a formula that calls a program"]
    path.write_bytes(content)
    assert rows_of(intake(path)) == rows


def test_the_corpus_is_as_large_as_was_asked_for() -> None:
    files = {content for content, _ in REFUSED.values()} | {content for content, *_ in READ.values()}
    assert len(files) == len(REFUSED) + len(READ)
    assert len(files) >= 130
