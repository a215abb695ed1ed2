"""How a number's change is said; every amount is written into the statement the test makes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from safer_kpi.domain.reconcile import Statement
from safer_kpi.statements import sentences
from safer_kpi.statements.moved import Metric, Moved, Named, Source, Totals, by_cause
from safer_kpi.statements.wording import (
    amount,
    clause,
    feed_in_words,
    line_word,
    listed,
    rule_word,
    signed,
    spelled,
    standing,
)

ROBBERY = Metric(metric_id="1a.robbery", title="Robbery", unit="offences", kind="outcome", polarity="lower_is_better")
SHARE = Metric(metric_id="1c.share", title="Share with an outcome", unit="per cent", kind="outcome", is_percentage=True)
FEEDS = {"police_street": "Street-level crime"}
RECEIVED = {118: dt.datetime(2024, 11, 4, 9), 121: dt.datetime(2024, 12, 2, 9), 130: dt.datetime(2025, 1, 6, 9)}


def _line(cause: str, moved: str, delivery: int | None = 118) -> dict[str, Any]:
    feed = "police_street" if delivery else None
    return {"cause": cause, "feed": feed, "delivery_id": delivery, "amount": Decimal(moved)}


def _moved(opening: str, *lines: dict[str, Any], metric: Metric = ROBBERY, **beside: Any) -> Moved:
    closing = Decimal(opening) + sum((line["amount"] for line in lines), Decimal(0))
    key = (metric.metric_id, "E06000058", "Bournemouth, Christchurch and Poole", "2024-25-Q1", "all")
    told = {"has_a": True, "has_b": True, "status_a": "certified", "status_b": "certified", **beside}
    statement = Statement(key, Decimal(opening), lines, closing)
    return Moved(metric=metric, statement=statement, period_type="quarter", feeds=FEEDS, **told)


def test_one_cause() -> None:
    assert sentences.headline(_moved("204", _line("late", "17")), RECEIVED) == (
        "Robbery in Bournemouth, Christchurch and Poole, April to June 2024, rose by 17 to 221 offences: "
        "17 were recorded late (delivery 118 of 4 November 2024, Street-level crime)."
    )


def test_causes_of_one_delivery_name_it_once() -> None:
    told = sentences.headline(_moved("204", _line("late", "17"), _line("reclassified", "-9")), RECEIVED)
    assert told.endswith(
        "rose by 8 to 212 offences: 17 were recorded late and 9 were reclassified and no longer count "
        "(all in delivery 118 of 4 November 2024, Street-level crime)."
    )


def test_many_deliveries_are_named_once_and_small_causes_added_up() -> None:
    lines = [
        *(_line("late", "10", delivery) for delivery in (118, 121, 130, 131)),  # 40
        _line("progressed", "8"),
        _line("withdrawn", "-7"),
        _line("reclassified", "6"),
        _line("relocated", "-5"),
        _line("corrected", "-2"),
        _line("held", "-1"),
    ]
    told = sentences.headline(_moved("100", *lines), RECEIVED)
    # 100 + 40 + 8 - 7 + 6 - 5 - 2 - 1 = 139; four causes are named, -5 - 2 - 1 = -8 is left
    assert told.endswith(
        "rose by 39 to 139 offences: 40 were recorded late, 8 were added as cases progressed, 7 were withdrawn, "
        "6 were reclassified and now count and 3 smaller movements together subtracted 8 "
        "(all in 4 deliveries from 4 November 2024 to 6 January 2025, Street-level crime)."
    )


def test_what_no_delivery_brought() -> None:
    rules = [_line("definition", "31", None), {**_line("reference", "-2", None), "feed": "offence_codes"}]
    assert sentences.headline(_moved("1204", *rules, _line("late", "8")), RECEIVED).endswith(
        "rose by 37 to 1,241 offences: a new definition, on the same evidence, added 31, "
        "8 were recorded late (delivery 118 of 4 November 2024, Street-level crime) and "
        "a change of reference data subtracted 2 (offence codes)."
    )
    assert sentences.headline(_moved("1204", *rules[:1]), RECEIVED).endswith("on the same evidence, added 31.")
    assert rule_word("definition", None) == "definition changed (on the same evidence)"
    assert rule_word("reference", "offence_codes") == "reference changed, offence_codes (on the same evidence)"


def test_a_share_moves_by_percentage_points() -> None:
    moved = _moved("10.714285714", _line("progressed", "6.526956496"), metric=SHARE)
    assert "rose by 6.53 percentage points to 17.24 per cent: progressed cases added 6.53 (" in sentences.headline(
        moved, RECEIVED
    )


def test_looking_back() -> None:
    told = sentences.headline(_moved("221", _line("late", "-17")), RECEIVED, backwards=True)
    assert told.endswith(
        "fell by 17 to 204 offences, as it was before 17 were recorded late "
        "(delivery 118 of 4 November 2024, Street-level crime)."
    )


@pytest.mark.parametrize(
    ("has_a", "has_b", "status_a", "status_b", "said"),
    [
        (False, True, None, "certified", "has its first figure, 221 offences (not covered until now): "),
        (False, True, "suppressed", "certified", "has its first figure, 221 offences (suppressed until now): "),
        (True, False, "certified", "incomplete", "was 204 offences and now has no figure (incomplete): "),
        (False, False, "incomplete", "incomplete", "rose by 17 to 221 offences in the ledger, with no figure on "),
    ],
)
def test_a_missing_figure_is_never_said_to_be_nought(has_a, has_b, status_a, status_b, said) -> None:
    moved = _moved("204", _line("late", "17"), has_a=has_a, has_b=has_b, status_a=status_a, status_b=status_b)
    assert said in sentences.headline(moved, RECEIVED)


def test_better_and_worse_are_the_definitions_words_alone() -> None:
    moved = _moved("204", _line("late", "17"))
    assert sentences.nature(moved) == "outcome, lower is better"
    told = sentences.headline(moved, RECEIVED) + " ".join(sentences.beside(moved))
    assert not [word for word in ("better", "worse", "improv", "good", "bad") if word in told.lower()]
    context = _moved("204", _line("late", "17"), metric=Metric(metric_id="x", title="X", unit="u", polarity="context"))
    assert not sentences.nature(context)


def test_a_rate_that_hardly_moves_is_shown_with_more_places() -> None:
    moved = _moved("0.8200", _line("late", "0.0040"), metric=SHARE)
    assert (moved.places, moved.line_places) == (4, 4)
    moved = _moved("0.8200", _line("late", "0.0300"), _line("withdrawn", "-0.0010"), metric=SHARE)
    assert (moved.places, moved.line_places) == (2, 4)
    assert _moved("204", _line("late", "17")).line_places == 0


def test_what_came_in_and_what_went_out_are_not_netted() -> None:
    rows = [_line("reclassified", "3"), _line("reclassified", "-9", 121), _line("reclassified", "2", 130)]
    assert [(cause, total) for cause, total, _ in by_cause(rows)] == [("reclassified", -9), ("reclassified", 5)]


def test_counts_of_one_and_of_all() -> None:
    both = Totals(numbers=1, both=1, moved=1, revised=1, gone=0, first=0, unstated=0, settled=0)
    assert sentences.overview(both) == ["Both sides have a figure for one number: it changed."]
    none = Totals(numbers=3, both=3, moved=0, revised=0, gone=0, first=0, unstated=0, settled=0)
    assert sentences.overview(none) == ["Nothing changed: 3 numbers are the same on both sides, residual 0."]
    gone = Totals(numbers=3, both=2, moved=3, revised=2, gone=1, first=0, unstated=0, settled=0)
    assert sentences.overview(gone) == [
        "Both sides have a figure for 2 numbers: all of them changed, each explained to the last unit, residual 0.",
        "1 number had a figure before and has none now.",
    ]


def test_a_delivery_and_its_receipt() -> None:
    told = Source(
        delivery_id=118, feed="police_street", cause=None, causes=("late",), numbers=34, reported=30,
        metrics=("1a.robbery", "1c.share"), file_name="2024-08.csv", received_at=RECEIVED[118],
        records={"late": 1_234, "withdrawn": 2}, feed_title="Street-level crime",
    )  # fmt: skip
    assert sentences.source(told, {}) == (
        "Delivery 118 (file 2024-08.csv, Street-level crime, received 4 November 2024) moved 34 numbers of 2 metrics, "
        "30 of them already reported; its receipt lists 1,234 late, 2 withdrawn."
    )


def test_a_side_that_was_never_published() -> None:
    side = Named(name="now", label="as it stands now", picture="now", known_at=RECEIVED[118], last_entry=7)
    assert sentences.side(side) == "as it stands now: known up to 2024-11-04 09:00 UTC (entry 7)"


def test_words_and_numbers() -> None:
    assert [amount(Decimal(each), 2) for each in ("1234.5", "-0.001", "0")] == ["1,234.50", "0.00", "0.00"]
    assert [signed(each) for each in (5, 0, -5)] == ["+5", "+0", "-5"]
    assert [listed(each) for each in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
    assert spelled("2024-03-R12", "rolling12") == "twelve months to March 2024"
    assert spelled("2023-12-R36", "rolling36") == "three years to December 2023"
    assert spelled("2024-25-Q1", "quarter") == "April to June 2024"
    assert spelled("2024-25-Q4", "quarter") == "January to March 2025"
    assert spelled("2010-11", "month") == "November 2010"
    assert spelled("2010-11", "year") == "April 2010 to March 2011"
    assert feed_in_words("police_street", "Street-level crime") == "Street-level crime"
    assert feed_in_words("seeds/offence_codes.csv", None) == "offence codes"
    assert clause("late", Decimal(1), 0, is_count=True) == "1 was recorded late"
    assert clause("late", Decimal(-2), 0, is_count=True) == "late data subtracted 2"
    assert clause("seasonal", Decimal(2), 0, is_count=True) == "the cause seasonal added 2"
    assert line_word("relocated", Decimal(-1)) == "relocated out"
    assert [standing(status, has_figure=True) for status in ("certified", "provisional")] == ["", "provisional"]
    assert standing("suppressed", has_figure=False) == "no figure: suppressed"
