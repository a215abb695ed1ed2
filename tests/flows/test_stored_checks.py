"""A data file or stored bytes that are gone or changed are found, and named by file and delivery."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from safer_kpi.lake import connect
from safer_kpi.landing.stored_checks import stored_checks
from safer_kpi.settings import Settings


def _failed(settings: Settings) -> list[tuple[str, str]]:
    return [(check, subject) for check, subject, status, _ in stored_checks(settings) if status == "failed"]


def test_what_is_missing_cut_or_flipped_is_found(new_lake: Callable[..., Settings], tmp_path: Path) -> None:
    settings = new_lake(tmp_path / "lake")
    assert _failed(settings) == []
    with connect(settings, read_only=True) as connection:
        delivery, feed, sha256 = connection.execute(
            "SELECT delivery_id, feed, sha256 FROM journal.delivery ORDER BY delivery_id LIMIT 1"
        ).fetchall()[0]
        listed = f"ducklake_list_files('lake', '{feed}', schema => 'landing')"
        file = Path(connection.execute(f"SELECT data_file FROM {listed} LIMIT 1").fetchall()[0][0])
    bytes_of = Path(settings.raw) / sha256[:2] / sha256
    subject = f"{feed} delivery {delivery}"
    for path, found in ((file, ("data file", f"landing.{feed}/{file.name}")), (bytes_of, ("raw bytes", subject))):
        whole = path.read_bytes()
        path.unlink()
        assert _failed(settings) == [found]
        path.write_bytes(whole[:-1])
        assert _failed(settings) == [found]
        path.write_bytes(whole)
    content = bytes_of.read_bytes()
    bytes_of.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    assert _failed(settings) == [("raw bytes", subject)]


@pytest.mark.parametrize("table", ["format", "lake", "entry", "delivery"])
def test_a_damaged_file_of_the_journal_is_named_and_ends_nothing(
    new_lake: Callable[..., Settings], tmp_path: Path, table: str
) -> None:
    """Whoever opens the lake reads the format first, whichever command it is."""
    settings = new_lake(tmp_path / "lake")
    file = min((Path(settings.data) / "journal" / table).rglob("*.parquet"))
    whole = file.read_bytes()
    # The length of the footer stands before the last four bytes, the footer before it, the column of numbers first.
    for place in (6, len(whole) // 2, len(whole) - 120, len(whole) - 60, len(whole) - 6):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        assert ("data file", f"journal.{table}/{file.name}") in _failed(settings), place
    for spoil in (file.unlink, file.mkdir, file.rmdir, lambda: os.mkfifo(file)):
        spoil()
        assert ("data file", f"journal.{table}/{file.name}") in _failed(settings)


def test_a_catalogue_with_a_text_that_is_none_is_a_failed_check(
    new_lake: Callable[..., Settings], tmp_path: Path
) -> None:
    """The name of a column: what DuckDB says of it can then not be read either."""
    settings = new_lake(tmp_path / "lake")
    catalogue = Path(settings.catalogue.removeprefix("sqlite:"))
    whole, column = catalogue.read_bytes(), b"sha256 VARCHAR"
    assert whole.count(column) == 1
    catalogue.write_bytes(whole.replace(column, bytes([column[0] | 128]) + column[1:]))
    assert ("catalogue", "lake") in _failed(settings)
