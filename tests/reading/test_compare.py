"""Expected numbers are added up in the table at the head of conftest.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

import safer_kpi
from safer_kpi import CheckFailed, Lake
from safer_kpi.domain.reconcile import statements
from tests.oracles.rates import rate_effects

VIOLENCE, OUTCOMES = "1a.violence_and_sexual_offences", "1c.violence_positive_outcomes"
RATE, SHARE = "1a.violence_and_sexual_offences_rate", "1c.violence_positive_outcome_share"


@pytest.fixture
def lake(book_writer: Callable[..., Path], tmp_path: Path) -> Iterator[Lake]:
    book_writer(tmp_path / "safer_kpi.duckdb")
    with safer_kpi.open(tmp_path) as opened:
        yield opened


def _lines(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["step"], row["cause"], row["delivery_id"], row["amount"]) for row in rows]


def test_a_count_moves_by_cause_and_delivery(lake: Lake) -> None:
    table = lake.compare("2024-08-15", "now", metric=VIOLENCE, area="L1", period="2024-25-Q1")
    assert _lines(table.rows()) == [
        ("opening", None, None, 56),
        ("movement", "reverted", 4, -14),
        ("movement", "late", 5, 2),
        ("movement", "reclassified", 5, -1),
        ("movement", "new", 7, 15),
        ("closing", None, None, 58),
    ]
    assert table.arrow().schema.field("amount").type == "int64"


def test_the_columns_are_those_of_the_interface(lake: Lake) -> None:
    names = "metric_id area_code area_name period breakdown step cause feed delivery_id amount"
    assert lake.compare("2024-08-15", "now").columns == tuple(names.split())


def test_looking_back_turns_the_signs(lake: Lake) -> None:
    there = lake.compare("2024-08-15", "now", metric=VIOLENCE, area="W1", by="month").rows()
    back = lake.compare("now", "2024-08-15", metric=VIOLENCE, area="W1", by="month").rows()
    forward = {(r["period"], r["cause"], r["delivery_id"]): r["amount"] for r in there if r["step"] == "movement"}
    turned = {(r["period"], r["cause"], r["delivery_id"]): -r["amount"] for r in back if r["step"] == "movement"}
    assert forward == turned
    assert [r["amount"] for r in there if r["step"] == "closing"] == [
        r["amount"] for r in back if r["step"] == "opening"
    ]


def test_what_moved_inside_an_area_is_no_line(lake: Lake) -> None:
    rows = lake.compare("2024-08-15", "now", metric=VIOLENCE, area="L1", period="2024-04").rows()
    assert "relocated" not in {row["cause"] for row in rows}
    rows = lake.compare("2024-08-15", "now", metric=VIOLENCE, area="W2", period="2024-04").rows()
    assert ("movement", "relocated", 5, -1) in _lines(rows)


def test_a_rate_over_residents_moves_by_the_numerator_alone(lake: Lake) -> None:
    # per 1,000 of 4,000 residents: 56 -> 14, 58 -> 14.5; a violent offence is worth 0.25.
    rows = lake.compare("2024-08-15", "now", metric=RATE, area="L1", period="2024-25-Q1").rows()
    assert _lines(rows) == [
        ("opening", None, None, Decimal(14)),
        ("movement", "reverted", 4, Decimal("-3.5")),
        ("movement", "late", 5, Decimal("0.5")),
        ("movement", "reclassified", 5, Decimal("-0.25")),
        ("movement", "new", 7, Decimal("3.75")),
        ("closing", None, None, Decimal("14.5")),
    ]


def test_a_share_moves_as_the_arithmetic_of_reconciliation_says(lake: Lake) -> None:
    # 6/56 -> 10/58: four outcomes progressed; of the offences -14 reverted, +2 late, -1 reclassified, +15 new.
    rows = lake.compare("2024-08-15", "now", metric=SHARE, area="L1", period="2024-25-Q1").rows()
    effects = rate_effects(opening=(6, 56), numerator_changes=[4], denominator_changes=[-14, 2, -1, 15], base=100)
    expected = dict(zip(["progressed", "reverted", "late", "reclassified", "new"], effects, strict=True))
    assert {row["cause"]: row["amount"] for row in rows if row["step"] == "movement"} == expected
    assert rows[0]["amount"] == Decimal("10.714285714")  # 600 / 56
    assert rows[-1]["amount"] == Decimal("17.241379310")  # 1000 / 58


def test_every_statement_of_every_pair_adds_up(lake: Lake) -> None:
    sides = ["2000-06-01", "2024-06-15", "2024-10-15", "2024-11-01", "now"]
    numbers = {b: list(_numbers(lake, {"release": "now"} if b == "now" else {"known_at": b})) for b in sides}
    for a in sides:
        for b in sides:
            found = statements(lake.compare(a, b).rows())
            assert all(each.residual == 0 for each in found)
            closing = {each.key: each.closing for each in found}
            for key, number in numbers[b]:
                assert closing.get(key, 0) == number


def _numbers(lake: Lake, known: dict[str, str]) -> Iterator[tuple[tuple[str, ...], int]]:
    """Every number of both counts at one moment, by the key of its statement."""
    for metric in (VIOLENCE, OUTCOMES):
        for by in ("month", "quarter"):
            for row in lake.metric(metric, by=by, **known).rows():
                yield (metric, row["area_code"], row["area_name"], row["period"], "all"), row["numerator"] or 0


def test_the_same_side_twice_moves_nothing(lake: Lake) -> None:
    assert not [row for row in lake.compare("now", "now").rows() if row["step"] == "movement"]


def test_amounts_are_never_floats(lake: Lake) -> None:
    assert str(lake.compare("2024-08-15", "now").arrow().schema.field("amount").type).startswith("decimal128")


def test_a_stored_number_that_its_ledger_denies_is_a_failed_check(
    book_writer: Callable[..., Path], tmp_path: Path
) -> None:
    file = book_writer(tmp_path / "safer_kpi.duckdb")
    with duckdb.connect(str(file)) as con:
        con.execute(f"UPDATE kpi.observation SET numerator = 60 WHERE metric_id = '{VIOLENCE}' AND area_code = 'L1'")
    with safer_kpi.open(tmp_path) as opened, pytest.raises(CheckFailed, match="do not add up"):
        opened.compare("2024-08-15", "now", metric=VIOLENCE)


def test_computed_tables_go_with_the_last_table_that_needs_them(lake: Lake) -> None:
    table = lake.compare("2024-08-15", "now")
    asked = table.query("SELECT count(*) AS n FROM this")
    del table
    assert asked.rows()[0]["n"] > 0
    del asked
    count = "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'memory'"
    assert lake.book.read(count)[1] == [(0,)]
