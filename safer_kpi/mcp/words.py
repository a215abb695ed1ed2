"""One number in a sentence that cannot be mistaken: no value is not zero, and what may still change says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.reading.plain import number
from safer_kpi.statements.wording import spelled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NOT_ZERO = "This is not zero."
#: What a status means, for a number with a value and for one without.
_STANDING = {
    "certified": "Certified: people signed it, and it never changes.",
    "provisional": "Provisional: it is published, and late records may still change it.",
    "uncertified": "Uncertified: nobody has signed it, and it may still change.",
    "withdrawn": "Withdrawn: its release was taken back. Do not use it.",
}
_LACKING = {
    "missing": "No value: no data was received for it.",
    "incomplete": "No value: a part of the period is missing.",
    "suppressed": "No value: its source held the figure back.",
    "unavailable": "No value: it cannot be calculated.",
}
_AGAINST = {"year_before": "the year before", "baseline": "the baseline", "series": "its own series"}


def sentence(row: Mapping[str, Any], title: str, verdicts: Sequence[Mapping[str, Any]]) -> str:
    """Return a number, its standing and its verdicts in words."""
    part = "" if row["breakdown"] == "all" else f", {row['breakdown']}"
    named = f"{title}{part}, {row['area_name']}, {spelled(row['period'], row['period_type'])}"
    if row["value"] is None:
        return " ".join([f"{named}: {_lack(row)}", _NOT_ZERO])
    interval = f" (95 % interval {number(row['lower'])} to {number(row['upper'])})" if row["lower"] is not None else ""
    said = [f"{named}: {number(row['value'])} {row['unit']}{interval}.", _STANDING.get(row["status"], row["status"])]
    said += [f"Against {_AGAINST.get(one['against'], one['against'])}: {_verdict(one)}." for one in verdicts]
    return " ".join(said)


def _lack(row: Mapping[str, Any]) -> str:
    told = _LACKING.get(row["status"]) or f"No value: {row['status']}."
    return f"{told.rstrip('.')} ({row['reason']})." if row.get("reason") else told


def _verdict(one: Mapping[str, Any]) -> str:
    return f"{one['verdict']} ({one['reason']})" if one["reason"] else str(one["verdict"])
