"""The list of results of outcomes holds every published outcome once, and nothing that is not a positive outcome."""

from __future__ import annotations

import csv
from pathlib import Path

SEEDS = Path(__file__).resolve().parents[2] / "seeds"


def read(name: str) -> list[dict[str, str]]:
    with (SEEDS / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_outcome_has_one_result() -> None:
    categories = [row["outcome_category"] for row in read("outcome_categories.csv")]
    assert [row["outcome_category"] for row in read("outcome_results.csv")] == categories


def test_whoever_is_dealt_with_has_a_positive_outcome() -> None:
    positive = {row["outcome_category"] for row in read("outcome_categories.csv") if row["is_positive"] == "true"}
    dealt_with = {row["outcome_category"] for row in read("outcome_results.csv") if row["is_dealt_with"] == "true"}
    assert dealt_with < positive
    assert positive - dealt_with == {
        "Awaiting court outcome", "Court case unable to proceed", "Court result unavailable",
        "Defendant found not guilty", "Defendant sent to Crown Court", "Suspect charged",
        "Suspect charged as part of another case",
    }  # fmt: skip


def test_the_result_says_whether_someone_was_dealt_with() -> None:
    words = {"convicted", "cautioned", "dealt with out of court"}
    for row in read("outcome_results.csv"):
        assert (row["result"] in words) == (row["is_dealt_with"] == "true"), row["outcome_category"]
