"""New rules on the same evidence (DESIGN's rules 7 and 8), and what they are put down to.

The balances are those at the head of conftest.py, for Seatown in the first quarter: at entry 4 violence 56, outcomes 6,
residents 4,000; at entry 7 violence 58 (reverted -14, late +2, reclassified -1, new +15), outcomes 10 (progressed +4).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

import safer_kpi
from safer_kpi import NotFound, UsageError
from safer_kpi.domain.reconcile import statements
from safer_kpi.reading.comparing.rule_changes import rule_change
from safer_kpi.settings import read_file_name
from tests.oracles.rates import decimal, nano, rate_effects

Writer = Callable[..., Path]
VIOLENCE, OUTCOMES = "1a.violence_and_sexual_offences", "1c.violence_positive_outcomes"
RATE, SHARE = "1a.violence_and_sexual_offences_rate", "1c.violence_positive_outcome_share"
OF_VIOLENCE = {"reverted": -14, "late": 2, "reclassified": -1, "new": 15}
OF_OUTCOMES = {"progressed": 4}


def _previewed(book_writer: Writer, folder: Path, metric: str, **dev: Any) -> list[tuple[str, str | None, Decimal]]:
    """Seatown's first quarter: entry 4 under the rules of conftest.py, then entry 7 under those of ``dev``."""
    book_writer(folder / "safer_kpi.duckdb", last_entry=4)
    book_writer(folder / "safer_kpi.dev.duckdb", **dev)
    with safer_kpi.open(folder) as lake:
        table = lake.compare("prod", "dev", metric=metric, area="L1", period="2024-25-Q1")
        rows = table.rows()
        back = lake.compare("dev", "prod", metric=metric, area="L1", period="2024-25-Q1").rows()
        assert table.moved.rows() == rows
        assert all(each.residual == 0 for each in statements(lake.compare("prod", "dev").rows()))
        assert all(each.residual == 0 for each in statements(lake.compare("dev", "prod").rows()))
    assert sorted(row["amount"] for row in rows if row["step"] == "movement") == sorted(
        -row["amount"] for row in back if row["step"] == "movement"
    )
    return [(row["step"], row["cause"], row["amount"]) for row in rows]


def _nine(value: Fraction) -> Decimal:
    return decimal(nano(value))


# metric, what the new definition says, how often an outcome counts, then by hand: the number as it was certified, what
# the new rules make of the same evidence, and what they make of today's; the last two as numerator, denominator, base.
CHANGES = {
    "rate_base": (SHARE, {"rate_base": 1000.0}, 1, Fraction(6 * 100, 56), (6, 56, 1000), (10, 58)),
    "numerator": (SHARE, {}, 3, Fraction(6 * 100, 56), (18, 56, 100), (30, 58)),
    "another numerator": (SHARE, {"numerator": VIOLENCE}, 1, Fraction(6 * 100, 56), (56, 56, 100), (58, 58)),
    "denominator and base": (
        SHARE, {"denominator": OUTCOMES, "rate_base": 1.0, "numerator": VIOLENCE}, 1, Fraction(6 * 100, 56),
        (56, 6, 1), (58, 10),
    ),
    "residents to a ledger": (RATE, {"denominator": OUTCOMES}, 1, Fraction(56, 4), (56, 6, 1000), (58, 10)),
    "a ledger to residents": (
        SHARE, {"denominator": "population"}, 1, Fraction(6 * 100, 56), (6, 4000, 100), (10, 4000),
    ),
    "count to rate": (
        OUTCOMES, {"denominator": "population", "rate_base": 1000.0}, 1, Fraction(6), (6, 4000, 1000), (10, 4000),
    ),
    "count to a constant": (VIOLENCE, {"denominator": "7"}, 1, Fraction(56), (56, 7, 1), (58, 7)),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_new_definition_of_a_ratio_is_one_line_and_movements_follow_under_it(
    book_writer: Writer, tmp_path: Path, name: str
) -> None:
    metric, says, weight, certified, (n, d, base), (n2, d2) = CHANGES[name]
    dev = {"definition_version": 2} | says
    lines = _previewed(book_writer, tmp_path, metric, positive_weight=weight, changed={metric: dev})
    moved = {
        ledger: {cause: amount * (weight if ledger == OUTCOMES else 1) for cause, amount in by_cause.items()}
        for ledger, by_cause in ((VIOLENCE, OF_VIOLENCE), (OUTCOMES, OF_OUTCOMES))
    }
    own = {VIOLENCE: VIOLENCE, RATE: VIOLENCE}.get(metric, OUTCOMES)
    top = moved[str(says.get("numerator", own))]
    bottom = moved.get(str(says.get("denominator", VIOLENCE if metric == SHARE else "population")), {})
    assert n + sum(top.values()) == n2
    assert d + sum(bottom.values()) == d2
    effects = rate_effects(
        opening=(n, d), numerator_changes=list(top.values()), denominator_changes=list(bottom.values()), base=base
    )
    expected: dict[str | None, Decimal] = {"definition": _nine(Fraction(n * base, d)) - _nine(certified)}
    for cause, effect in zip([*top, *bottom], effects, strict=True):
        expected[cause] = expected.get(cause, Decimal(0)) + effect
    assert {cause: amount for step, cause, amount in lines if step == "movement"} == {
        cause: amount for cause, amount in expected.items() if amount
    }
    assert lines[0] == ("opening", None, _nine(certified))
    assert lines[1][1] == "definition"
    assert lines[-1] == ("closing", None, _nine(Fraction(n2 * base, d2)))


def test_a_rate_that_becomes_a_count_moves_in_whole_numbers(book_writer: Writer, tmp_path: Path) -> None:
    dev = {RATE: {"definition_version": 2, "denominator": None, "rate_base": None}}
    # 56 of 4,000 residents are 14 per 1,000; as a count 56, so 42 more; then the movements of violence
    assert _previewed(book_writer, tmp_path, RATE, changed=dev) == [
        ("opening", None, 14), ("movement", "definition", 42), ("movement", "reverted", -14), ("movement", "late", 2),
        ("movement", "reclassified", -1), ("movement", "new", 15), ("closing", None, 58),
    ]  # fmt: skip


def test_a_constant_divisor_changes_by_definition_alone(book_writer: Writer, tmp_path: Path) -> None:
    for name, entry, divisor in (("safer_kpi", 4, "2"), ("safer_kpi.dev", 7, "4")):
        says = {OUTCOMES: {"definition_version": int(divisor), "denominator": divisor}}
        book_writer(tmp_path / f"{name}.duckdb", last_entry=entry, changed=says)
    with safer_kpi.open(tmp_path) as lake:
        rows = lake.compare("prod", "dev", metric=OUTCOMES, area="L1", period="2024-25-Q1").rows()
    # 6 / 2 = 3; 6 / 4 = 1.5; four more are 4 / 4 = 1; 10 / 4 = 2.5
    assert [(row["cause"], row["amount"]) for row in rows] == [
        (None, 3), ("definition", Decimal("-1.5")), ("progressed", 1), (None, Decimal("2.5"))
    ]  # fmt: skip


OLD = {"seeds/offence_codes.csv": "a", "seeds/outcome_types.csv": "b"}
ONE, BOTH = OLD | {"seeds/offence_codes.csv": "c"}, {"seeds/offence_codes.csv": "c", "seeds/outcome_types.csv": "d"}
CAUSES = {
    "one list": (("m", OLD), ("m", ONE), 1, ("reference", "seeds/offence_codes.csv")),
    "two lists": (("m", OLD), ("m", BOTH), 1, ("reference", None)),
    "a list more": (("m", {}), ("m", {"seeds/new.csv": "a"}), 1, ("reference", "seeds/new.csv")),
    "a model": (("m", OLD), ("other", OLD), 1, ("method", None)),
    "a model and a list": (("m", OLD), ("other", ONE), 1, ("method", None)),
    "nothing that is known": (("m", OLD), ("m", OLD), 1, ("method", None)),
    "a definition, a model and a list": (("m", OLD), ("other", ONE), 2, ("definition", None)),
    "a release from before lists were told": (None, ("m", ONE), 1, ("method", None)),
    "two releases from before": (None, None, 1, ("method", None)),
}


@pytest.mark.parametrize("name", CAUSES)
def test_what_other_rules_make_of_the_same_evidence_is_put_down_to_what_changed(
    book_writer: Writer, tmp_path: Path, name: str
) -> None:
    before, after, version, (cause, feed) = CAUSES[name]
    book_writer(tmp_path / "safer_kpi.duckdb", last_entry=4, made_of=before)
    book_writer(tmp_path / "safer_kpi.dev.duckdb", made_of=after, definition=version, positive_weight=3)
    with safer_kpi.open(tmp_path) as lake:
        rows = lake.compare("prod", "dev", metric=OUTCOMES, area="L1", period="2024-25-Q1").rows()
        untouched = lake.compare("prod", "dev", metric=VIOLENCE, area="L1", period="2024-25-Q1").rows()
    # 6 became 18 on the same evidence; four progressed, each counting three times: 30
    assert [(row["cause"], row["feed"], row["delivery_id"], row["amount"]) for row in rows] == [
        (None, None, None, 6), (cause, feed, None, 12), ("progressed", "police_street", 5, 12), (None, None, None, 30)
    ]  # fmt: skip
    assert not {row["cause"] for row in untouched} & {"definition", "method", "reference"}


def test_a_definition_edited_without_a_new_version_is_a_definition_all_the_same() -> None:
    first = {"definition_version": 1, "model_hash": "m", "definition": '{"counted": "all", "title": "Old"}'}
    assert rule_change(first, first | {"definition": '{"counted": "some", "title": "Old"}'}) == ("definition", None)
    # What it is called, or how it is judged, does not change what is counted.
    assert rule_change(first, first | {"definition": '{"counted": "all", "title": "New"}'}) == ("method", None)


def test_a_metric_that_is_new_opens_at_nothing_and_one_that_is_gone_closes_there(
    book_writer: Writer, tmp_path: Path
) -> None:
    for name, unknown in (("safer_kpi", SHARE), ("safer_kpi.dev", OUTCOMES)):
        file = book_writer(tmp_path / f"{name}.duckdb")
        with duckdb.connect() as connection:
            connection.execute(f"ATTACH '{file}' AS book")
            for table in ("metric", "observation"):
                connection.execute(f"DELETE FROM book.kpi.{table} WHERE metric_id = '{unknown}'")
    with safer_kpi.open(tmp_path) as lake:
        rows = lake.compare("prod", "dev", area="L1", period="2024-25-Q1").rows()
        for metric in (SHARE, OUTCOMES):  # each known to one side alone
            alone = lake.compare("prod", "dev", metric=metric, area="L1", period="2024-25-Q1").rows()
            assert alone == [row for row in rows if row["metric_id"] == metric]
    told = {(row["metric_id"], row["step"]): (row["cause"], row["amount"]) for row in rows}
    # 10 outcomes of 58 offences are 17.24 per cent; 10 outcomes are no longer counted
    assert [told[SHARE, step] for step in ("opening", "movement", "closing")] == [
        (None, 0), ("definition", Decimal("17.241379310")), (None, Decimal("17.241379310"))
    ]  # fmt: skip
    assert [told[OUTCOMES, step] for step in ("opening", "movement", "closing")] == [
        (None, 10), ("definition", -10), (None, 0)
    ]  # fmt: skip


def test_a_preview_that_was_not_built_says_how_to_build_it(book_writer: Writer, tmp_path: Path) -> None:
    book_writer(tmp_path / "safer_kpi.duckdb")
    with safer_kpi.open(tmp_path) as lake:
        with pytest.raises(NotFound, match="safer-kpi build --env dev"):
            lake.compare("prod", "dev")
        with pytest.raises(NotFound):
            lake.compare("../elsewhere", "now")
        assert lake.compare("prod", "now").moved.rows() == []
    with pytest.raises(UsageError, match="is not a valid environment name"):
        read_file_name("../dev")
