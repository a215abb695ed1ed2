"""A contract's retention: what it must say, and where a partner reads it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from safer_kpi.catalogue.contract_diff import compare_contracts
from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.catalogue.odcs import to_odcs, to_yaml
from safer_kpi.catalogue.partner_page import partner_page
from safer_kpi.catalogue.retention import Retention, retention_of

PROJECT = Path(__file__).resolve().parents[2]
SEVEN_YEARS = Retention(months=84, rule="the sharing agreement, clause 7")


def test_a_contract_without_one_keeps_its_bytes() -> None:
    assert retention_of({}) is None


def test_partners_read_it_in_the_exported_contract_and_on_their_page() -> None:
    kept = replace(load_feed(PROJECT, "joint_patrols"), retention=None)
    limited = replace(kept, retention=SEVEN_YEARS)
    assert "retention" not in to_yaml(kept)
    (told,) = [one for one in to_odcs(limited)["slaProperties"] if one["property"] == "retention"]
    assert (told["value"], told["unit"], SEVEN_YEARS.rule in told["description"]) == (84, "month", True)
    assert f"84 months after we receive it, under {SEVEN_YEARS.rule}" in partner_page(limited)
    assert "delete the file" not in partner_page(kept)
    (change,) = compare_contracts(to_odcs(kept), to_odcs(limited)).changes
    assert (change.level, change.where, change.change) == ("minor", "retention", "none -> 84 months after receipt")
    assert to_yaml(limited)


def test_what_may_be_kept_without_limit_says_why() -> None:
    kept = load_feed(PROJECT, "joint_patrols")
    unlimited = replace(kept, retention=Retention(months=None, rule="published counts"))
    (told,) = [one for one in to_odcs(unlimited)["slaProperties"] if one["property"] == "retention"]
    assert told["value"] == "unlimited"
    assert told["description"].endswith("published counts")
    assert "without a limit of time, because it holds published counts" in partner_page(unlimited)
    changes = compare_contracts(to_odcs(kept), to_odcs(unlimited)).changes
    assert [change.change for change in changes] == ["84 months after receipt -> unlimited"]


@pytest.mark.parametrize("name", feed_names(PROJECT))
def test_every_shipped_contract_declares_how_long_it_keeps_files(name: str) -> None:
    feed = load_feed(PROJECT, name)
    assert feed.retention is not None, f"{name} declares no retention"
    assert len(feed.retention.rule.split()) >= 4, "a reason in words"
    is_open = feed.legal_basis.startswith(("Open Government Licence", "Published figures"))
    assert feed.retention.months is not None or is_open, "only what is published may be kept without limit"
    assert feed.retention.months is not None or not feed.pseudonyms, "records of people have a time"
