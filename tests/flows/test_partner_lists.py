"""Lists of powers, orders, sessions and training: what repeats counts once, what is wrong is held.

They are landed in the lake that the stories share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.lake import connect
from tests.flows.examples import Row, write_example
from tests.flows.shared_lake import Post, Story

pytestmark = pytest.mark.e2e
Q1, Q2 = "2024-25-Q1", "2024-25-Q2"
PARTNERS = ("council", "police", "voluntary", "youth-justice")


@dataclass(frozen=True)
class Lists(Story):
    """The shared lake, and the receipts of the lists."""

    def parts(self, metric: str, period: str, *parts: str, **asked: Any) -> dict[str, float]:
        """The value of each part that has a row: a part that is nowhere above 0 has none."""
        rows = [row for part in parts for row in self.rows(metric, period=period, breakdown=part, **asked)]
        return {row["breakdown"]: row["value"] for row in rows}

    def rules(self, name: str) -> Counter[str]:
        with connect(self.settings, read_only=True) as connection:
            found = connection.execute(
                "SELECT rule FROM journal.quarantine WHERE delivery_id = ?", [self.receipts[name].delivery_id]
            ).fetchall()
        return Counter(rule for (rule,) in found)


def listed(post: Post, day: str, feed: str, name: str, *rows: Row) -> None:
    post.send(feed, day, write_example(load_feed(post.project, feed), name, rows, post.path(day, name).parent))


def notice(reference: str, power: str, purpose: str, issued: str, status: str, on: str) -> Row:
    return {"Quarter": Q1, "Notice reference": reference, "Power": power, "Purpose": purpose, "Issued on": issued,
            "Status": status, "Status date": on}  # fmt: skip


def order(quarter: str, reference: str, kind: str, stage: str, on: str) -> Row:
    return {"Quarter": quarter, "Case reference": reference, "Order": kind, "Stage": stage, "Made on": on}


def session(reference: str, start: str, with_whom: str, attended: str) -> Row:
    return {
        "Quarter": Q1, "Session reference": reference, "Date": "2024-05-07", "Start": start, "End": "10:30",
        "Setting code": "113892", "Audience": "Young people", "Topic": "Online safety", "Delivered with": with_whom,
        "Attended": attended,
    }  # fmt: skip


def completion(quarter: str, person: str, on: str) -> Row:
    return {"Quarter": quarter, "Practitioner reference": person, "Agency": "Health", "Course": "Spotting the signs",
            "Topic": "Exploitation", "Completed on": on}  # fmt: skip


def send(post: Post) -> None:
    powers(post)
    courts(post)
    sessions(post)
    training(post)


@pytest.fixture(scope="module")
def lists(story_of: Callable[[str], Story]) -> Lists:
    return Lists(**vars(story_of("test_partner_lists")))


def powers(post: Post) -> None:
    """Two lists of one quarter; the police list holds four rows that cannot be, and is sent again without them."""
    good = [
        notice("A", "CPN", "Exploitation", "2024-04-03", "Issued", "2024-04-03"),
        notice("B", "CPN", "ASB", "2024-05-03", "Issued", "2024-05-03"),
    ]
    bad = [
        notice("C", "CAWN", "ASB", "2024-05-04", "Issued", "2024-05-04"),
        notice("D", "CPN", "ASB", "2024-05-05", "Breached", "2024-05-01"),
        notice("E", "CPN", "ASB", "2024-05-06", "Issued", "2024-07-01"),
        notice("F", "CPN", "ASB", "2024-05-07", "Issued", "2024-05-07"),
        notice("F", "CPN", "Exploitation", "2024-05-07", "Varied", "2024-05-09"),
    ]
    listed(post, "2024-07-20", "police_powers", f"police-powers_{Q1}.csv", *good, *bad)
    listed(post, "2024-07-21", "police_powers", f"council-powers_{Q1}.csv")
    listed(post, "2024-07-22", "police_powers", f"council-powers_{Q2}.csv", good[0])


def courts(post: Post) -> None:
    """An interim injunction in the first quarter, the full one in the second; the police list it too."""
    listed(post, "2024-07-23", "court_orders", f"police-court-orders_{Q1}.csv")
    interim = order(Q1, "CI-1", "Civil injunction", "Interim", "2024-06-28")
    listed(post, "2024-07-23", "court_orders", f"council-court-orders_{Q1}.csv", interim)
    full = order(Q2, "CI-1", "Civil injunction", "Full", "2024-08-15")
    listed(post, "2024-10-23", "court_orders", f"council-court-orders_{Q2}.csv", full)
    listed(post, "2024-10-23", "court_orders", f"police-court-orders_{Q2}.csv", full)


def sessions(post: Post) -> None:
    """A joint session in the council's list in July and in that of the police in August."""
    feed, name = "prevention_sessions", "{}-prevention-sessions_" + Q1 + ".xlsx"
    listed(post, "2024-07-24", feed, name.format("council"), session("C1", "09:30", "Police", "28"))
    for partner in ("voluntary", "youth-justice"):
        listed(post, "2024-07-24", feed, name.format(partner))
    listed(post, "2024-08-24", feed, name.format("police"), session("P1", "09:35", "", "30"))


def training(post: Post) -> None:
    """The second export lists the last completion of the first quarter once more, and its own twice."""
    feed, name = "training_records", "training-records_{}.xlsx"
    first, last, later = (
        completion(Q1, "P1", "2024-04-10"), completion(Q1, "P2", "2024-06-28"), completion(Q2, "P1", "2024-07-02"),
    )  # fmt: skip
    listed(post, "2024-07-25", feed, name.format(Q1), first, last)
    listed(post, "2024-10-25", feed, name.format(Q2), {**last, "Quarter": Q2}, later, later)


def test_rows_that_cannot_be_are_held_by_the_clause_they_break(lists: Lists) -> None:
    name = f"2024-07-20 police-powers_{Q1}.csv"
    receipt = lists.receipts[name]
    assert (receipt.status, receipt.rows_accepted, receipt.rows_quarantined) == ("accepted", 2, 5)
    # the purpose of C, the day of D before its issue, the day of E after the quarter, and both rows of F
    assert lists.rules(name) == {
        "purpose_fits_power": 1,
        "issued_before_status": 1,
        "status_date_by_quarter_end": 1,
        "one_purpose_per_notice": 2,
    }


def test_a_file_of_another_quarter_than_its_rows_is_refused(lists: Lists) -> None:
    receipt = lists.receipts[f"2024-07-22 council-powers_{Q2}.csv"]
    assert (receipt.status, receipt.rule) == ("refused", "must_agree.quarter")
    assert "A" not in (receipt.error or "").split()


def test_a_protection_notice_counts_under_one_kpi(lists: Lists) -> None:
    # A is against exploitation, B against anti-social behaviour
    counted = [lists.row(f"{kpi}.protection_notices", Q1)["value"] for kpi in ("2a", "3d")]
    assert counted == [1, 1]
    assert lists.row("2a.all_powers", Q1)["value"] == 1
    # B and the injunction
    assert lists.row("3d.all_powers", Q1)["value"] == 2


def test_references_are_kept_as_pseudonyms(lists: Lists) -> None:
    with connect(lists.settings, read_only=True) as connection:
        for feed, column in (
            ("police_powers", "notice_ref"), ("court_orders", "case_ref"), ("training_records", "practitioner_ref"),
        ):  # fmt: skip
            kept = connection.execute(f"SELECT DISTINCT {column} FROM landing.{feed}").fetchall()
            assert kept
            assert all(len(text) == 32 and set(text) <= set("0123456789abcdef") for (text,) in kept)


def test_an_interim_order_and_its_full_one_are_one_order_of_the_first_quarter(lists: Lists) -> None:
    asked = ("3d.civil_injunctions", Q1, "all", "stage:interim", "stage:full")
    assert lists.parts(*asked, known_at="2024-08-01") == {"all": 1, "stage:interim": 1}
    assert lists.parts(*asked) == {"all": 1, "stage:full": 1}
    assert lists.row("3d.civil_injunctions", Q2)["value"] == 0


def test_a_joint_session_is_one_and_the_quarter_waits_for_all_four_lists(lists: Lists) -> None:
    early = lists.row("1b.sessions", Q1, known_at="2024-08-01")
    assert (early["status"], early["value"], early["coverage"]) == ("incomplete", None, 0.75)
    assert lists.row("1b.sessions", Q1)["value"] == 1
    # 28 in one list, 30 in the other
    assert lists.row("1b.young_people_reached", Q1)["value"] == 30


def test_completions_and_practitioners_count_once_however_often_listed(lists: Lists) -> None:
    # P1 in April and July, P2 in June; listed 2 + 3 times
    assert [lists.row("2b.completions", quarter)["value"] for quarter in (Q1, Q2)] == [2, 1]
    assert [lists.row("2b.practitioners", quarter)["value"] for quarter in (Q1, Q2)] == [2, 1]
    # the year lacks two quarters: no number, rather than that of its last list
    assert lists.row("2b.practitioners", "2024-25")["status"] == "incomplete"
