"""What people are told of a comparison; numbers are added up from the table at the head of conftest.py.

Between 15 August and now, of the four metrics in W1, W2, L1, F1 and unplaced, over three months and the quarter:

    violence      April, June and the quarter, in each of W1, W2, L1, F1           12 numbers
    rate          as violence                                                      12
    outcomes      April and the quarter, in W1, L1, F1 (four progressed in W1)      6
    share         April and the quarter, in W1, W2, L1, F1; June has no outcomes    8
                                                                                   38
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import safer_kpi
from safer_kpi import Lake
from safer_kpi.errors import NotFound
from safer_kpi.settings import Settings
from safer_kpi.statements import Explanation, Slice, explain, sentences
from safer_kpi.statements.document import page
from safer_kpi.statements.moved import Totals
from tests.reading.publishing import builder, publish

VIOLENCE, OUTCOMES = "1a.violence_and_sexual_offences", "1c.violence_positive_outcomes"
RATE, SHARE = "1a.violence_and_sexual_offences_rate", "1c.violence_positive_outcome_share"


@pytest.fixture
def lake(book_writer: Callable[..., Path], tmp_path: Path) -> Iterator[Lake]:
    book_writer(tmp_path / "safer_kpi.duckdb")
    with safer_kpi.open(tmp_path) as opened:
        yield opened


def _told(found: Explanation) -> list[str]:
    return [sentences.headline(moved, found.received, backwards=found.backwards) for moved in found.moved]


def test_how_many_numbers_moved_of_how_many(lake: Lake) -> None:
    found = explain(lake, Slice("2024-08-15", "now"))
    # 4 metrics x 5 areas x 4 periods; no residents are unplaced (4), nor is violence in May and June (2 shares).
    # Violence in W2 in June was 8, reverted and new again: it and its rate have the same value as before.
    assert found.totals == Totals(numbers=80, both=74, moved=38, revised=38, gone=0, first=0, unstated=0, settled=2)
    assert sentences.overview(found.totals) == [
        "Both sides have a figure for 74 numbers: 38 of them changed, each explained to the last unit, residual 0.",
        "2 numbers moved but have the same value as before.",
    ]


def test_one_change_is_told_once(lake: Lake) -> None:
    # Of 38 numbers two are told, in the authority and the quarter; 4 of 10 outcomes is more than 2 of 58 offences.
    found = explain(lake, Slice("2024-08-15", "now"))
    assert [(moved.metric.metric_id, *moved.statement.key[1:4]) for moved in found.moved] == [
        (OUTCOMES, "L1", "Seatown", "2024-25-Q1"),
        (VIOLENCE, "L1", "Seatown", "2024-25-Q1"),
    ]
    assert found.of == 2
    assert [[each.metric.metric_id for each in moved.companions] for moved in found.moved] == [[SHARE], [RATE]]
    assert [moved.followers for moved in found.moved] == [5, 11]  # 6 and 12 numbers of the metric, less this one


def test_the_sentences_say_what_moved_and_why(lake: Lake) -> None:
    found = explain(lake, Slice("2024-08-15", "now"))
    outcomes, violence = _told(found)
    assert outcomes == (
        f"{OUTCOMES} in Seatown, April to June 2024, rose by 4 to 10 offences: "
        "4 were added as cases progressed (delivery 5 of 1 October 2024, Street)."
    )
    assert violence == (
        f"{VIOLENCE} in Seatown, April to June 2024, rose by 2 to 58 offences: "
        "15 were delivered for the first time (delivery 7 of 2 November 2024, Street), "
        "14 were removed with a reverted delivery (delivery 4 of 1 August 2024, Street), "
        "2 were recorded late (delivery 5 of 1 October 2024, Street) and "
        "1 was reclassified and no longer counts (delivery 5 of 1 October 2024, Street)."
    )
    # 600/56 = 10.714 and 1000/58 = 17.241 per cent; 56 and 58 per 4,000 residents are 14 and 14.5 per 1,000
    assert [sentences.beside(moved)[0] for moved in found.moved] == [
        f"In the same period, {SHARE} rose by 6.53 percentage points to 17.24 per cent.",
        f"In the same period, {RATE} rose by 0.50 to 14.50 per 1,000 residents.",
    ]


def test_looking_back_tells_the_same_the_other_way(lake: Lake) -> None:
    found = explain(lake, Slice("now", "2024-08-15"))
    assert found.totals.revised == 38
    assert _told(found)[0] == (
        f"{OUTCOMES} in Seatown, April to June 2024, fell by 4 to 6 offences, as it was before "
        "4 were added as cases progressed (delivery 5 of 1 October 2024, Street)."
    )


def test_what_each_delivery_did_across_metrics(lake: Lake) -> None:
    # 5: 8 of violence (April and quarter, 4 areas), 8 rates, 6 outcomes, 8 shares; 4 and 7: June and quarter, 8 and 8,
    # and the quarter's 4 shares
    found = explain(lake, Slice("2024-08-15", "now"))
    assert [(each.delivery_id, each.numbers, each.reported, len(each.metrics)) for each in found.sources] == [
        (5, 30, 30, 4),
        (4, 20, 20, 3),
        (7, 20, 20, 3),
    ]
    assert sentences.source(found.sources[0], found.titles) == (
        "Delivery 5 (file 2024-04b.csv, Street, received 1 October 2024) moved 30 numbers of 4 metrics, "
        "all of them already reported: late, progressed, reclassified and relocated."
    )


def test_first_figures_are_told_apart_from_changed_ones(lake: Lake) -> None:
    # 15 June knows April, 15 July May too; the quarter lacks June on both sides.
    # First, in May: violence and rate in W1, W2, L1, F1 (8), one outcome in W1 and so in L1, F1 (3), their shares (3).
    # On neither side, the quarter: violence and rate in four areas (8), outcomes in three, the share in W2, L1, F1 (3);
    # in W1 it was 2 of 10 and is 3 of 15.
    found = explain(lake, Slice("2024-06-15", "2024-07-15"))
    totals = found.totals
    assert (totals.revised, totals.first, totals.unstated, totals.gone, totals.moved) == (0, 14, 14, 0, 28)
    assert _told(found)[0] == (
        f"{VIOLENCE} in Seatown, May 2024, has its first figure, 12 offences (not covered until now): "
        "12 were delivered for the first time (delivery 3 of 1 July 2024, Street)."
    )
    back = explain(lake, Slice("2024-07-15", "2024-06-15"))
    assert (back.totals.gone, back.totals.first) == (14, 0)
    assert "was 12 offences and now has no figure (not covered), as it was before 12 were delivered" in _told(back)[0]


def test_where_the_authority_stands_still_the_force_or_the_wards_are_told(lake: Lake) -> None:
    # Within the authority one offence was relocated from W2 to W1: L1 and F1 lose and gain it.
    found = explain(lake, Slice("2024-08-15", "2024-10-15", area="W2"))
    assert [moved.statement.key[1:4] for moved in found.moved] == [("W2", "South", "2024-25-Q1")] * len(found.moved)
    assert (
        f"{VIOLENCE} in South, April to June 2024, fell by 1 to 34 offences: 1 was moved out of the area"
        in _told(found)[0]
    )


def test_releases_are_named_with_who_approved_them_and_a_new_definition_with_no_delivery(
    book_writer: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.load(tmp_path / "home")
    build = builder(settings, book_writer, monkeypatch)
    build(4)
    publish(settings)
    build(7, definition=2, positive_weight=3)  # every outcome counts three times: 6 -> 18 before, 4 more -> 12 since
    publish(settings, reason="outcomes count three times")
    with safer_kpi.open(settings.home) as lake:
        found = explain(lake, Slice("2024-25-Q1", "2024-25-Q1.2", metric=OUTCOMES))
        [listed] = [row for row in lake.releases().rows() if row["release_id"] == "2024-25-Q1.2"]
    [told] = _told(found)
    assert told == (
        f"{OUTCOMES} in Seatown, April to June 2024, rose by 24 to 30 offences: a new definition, on the same "
        "evidence, added 12 and 12 were added as cases progressed (delivery 5 of 1 October 2024, Street)."
    )
    assert found.b.label == "as certified in 2024-25-Q1.2"
    assert found.b.approved_by == ("Ada King", "Bo Lund")
    assert found.b.supersedes == "2024-25-Q1"
    assert found.b.manifest_sha256 == listed["manifest_sha256"] is not None
    rule = next(each for each in found.sources if each.delivery_id is None)
    assert sentences.source(rule, {}).startswith("A new definition moved ")


def test_a_preview_is_told_as_built_in_its_environment(
    book_writer: Callable[..., Path], tmp_path: Path, lake: Lake
) -> None:
    book_writer(tmp_path / "safer_kpi.dev.duckdb", definition=2, positive_weight=3)
    with pytest.raises(NotFound, match=r"Open the lake again\."):
        explain(lake, Slice("prod", "dev", metric=OUTCOMES))
    with safer_kpi.open(tmp_path) as opened:
        found = explain(opened, Slice("prod", "dev", metric=OUTCOMES))
        assert (found.a.label, found.b.label, found.backwards) == ("as it stands now", "as built in dev", False)
        # 10 outcomes, each counted three times
        [told] = _told(found)
        assert told.endswith("rose by 20 to 30 offences: a new definition, on the same evidence, added 20.")
        source = page(found, command=["safer-kpi", "compare", "prod", "dev"])
        assert "as built in dev" in source
        assert "safer-kpi</span> <span>trace" not in source  # a preview is not traced


def test_questions_of_a_kept_table_do_not_compute_it_again(lake: Lake) -> None:
    found = explain(lake, Slice("2024-08-15", "now"))
    held = "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'memory'"
    before = lake.book.read(held)[1][0][0]
    assert found.numbers.query("SELECT count(*) AS n FROM this").rows() == [{"n": 80}]
    assert lake.book.read(held)[1][0][0] == before
    del found
    assert lake.book.read(held)[1] == [(0,)]


def test_a_label_that_is_a_month_and_a_year_is_two_numbers(book_writer: Callable[..., Path], tmp_path: Path) -> None:
    import duckdb

    # 2010-11 as a month is November 2010, as a year April 2010 to March 2011: 5 and 3 late count once in each.
    file = book_writer(tmp_path / "safer_kpi.duckdb")
    with duckdb.connect(str(file)) as con:
        con.execute("USE kpi")
        con.execute(
            "INSERT INTO span VALUES ('2010-11', 'month', '2010-11-01', '2010-11-30'), "
            "('2010-11', 'year', '2010-04-01', '2011-03-31')"
        )
        for entry, amount in ((2, 5), (5, 3)):
            con.execute(
                "INSERT INTO ledger SELECT * REPLACE (DATE '2010-11-01' AS month, ? AS amount) FROM ledger "
                f"WHERE entry = ? AND metric_id = '{VIOLENCE}' AND area_code = 'W1' LIMIT 1",
                (amount, entry),
            )
        con.execute(
            "INSERT INTO coverage SELECT 'police_street', 'coast/old', 'F1', NULL, "
            "unnest(generate_series(DATE '2010-04-01', DATE '2011-03-01', INTERVAL 1 MONTH)), 1, 2, "
            "TIMESTAMP '2024-06-01 09:00:00', 1"
        )
    with safer_kpi.open(tmp_path) as lake:
        found = explain(lake, Slice("2024-08-15", "2024-10-15", metric=VIOLENCE, area="L1"))
        old = [moved for moved in found.each(most=99) if moved.statement.key[3] == "2010-11"]
        assert [(moved.period_type, moved.statement.closing) for moved in old] == [("month", 8), ("year", 8)]
        assert [moved.statement.opening for moved in old] == [5, 5]
