"""Read a report's workbook back with openpyxl, and look every number in it up in the releases it was made of."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

import safer_kpi
from tests.publishing import read_back

Row = dict[str, Any]
Checked = Callable[["Lookup", Row], dict[str, float | None]]

SHORTHANDS = {"[c]", "[x]", "[z]"}
STATUSES = {
    "certified": "Final", "provisional": "Provisional", "incomplete": "Incomplete", "missing": "No data",
    "suppressed": "Withheld", "unavailable": "Not available", "withdrawn": "Withdrawn",
}  # fmt: skip
VERDICTS = {"improving": "Improving", "worsening": "Worsening", "no clear change": "No clear change"}
SIGNALS = {"improving": "Better", "worsening": "Worse", "no clear change": "No signal"}
GROUPS = {"F": "Female", "M": "Male", "X": "Another sex, or not stated", "unknown": "Not recorded"}
BREAKDOWNS = {"Level of risk": "risk", "Day of the week": "weekday"}
#: The full hours of a day.
CLOCK = ("midnight", *(f"{n}am" for n in range(1, 12)), "noon", *(f"{n}pm" for n in range(1, 12)), "midnight")
#: The day on which a lake posts what its project brings along.
SEEDED_ON = dt.date(2000, 1, 1)
INTERVAL = ("95% interval, lower", "95% interval, upper")


def opened(content: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def heading(text: str) -> str:
    """A heading without the note that it refers to."""
    return re.sub(r"\n\[note \d+\]$", "", text)


def rows(sheet: Worksheet) -> list[Row]:
    """The rows of a sheet's one table by their headings."""
    (table,) = sheet.tables.values()
    first, *others = sheet[table.ref]
    names = [heading(cell.value) for cell in first]
    return [dict(zip(names, (cell.value for cell in row), strict=True)) for row in others]


def spelled(start: dt.date, end: dt.date, kind: str) -> str:
    """A period in words, by rules written down here."""
    if kind == "month":
        return f"{start:%B %Y}"
    if kind.startswith("rolling"):
        return f"{'Twelve months' if kind == 'rolling12' else 'Three years'} to {end:%B %Y}"
    return f"{start:%B} to {end:%B %Y}" if start.year == end.year else f"{start:%B %Y} to {end:%B %Y}"


def group(breakdown: str) -> str:
    """A part of a breakdown in words."""
    kind, _, part = breakdown.partition(":")
    if kind == "hour" and part.isdigit():
        part = f"{CLOCK[int(part)]} to {CLOCK[int(part) + 1]}"
    text = GROUPS.get(part, part.replace("_", " ").replace("-", " to "))
    return text[:1].upper() + text[1:]


def place(row: Mapping[str, Any], shared: set[str]) -> str:
    """The words for the area of a number; wards have their code, because two may have the same name.

    ``shared`` are the names that an authority and a police force have both; these say which of them they are.
    """
    if row["area_type"] == "ward":
        return str(row["area_code"])
    kinds = {"force": " (police force area)", "local_authority": " (local authority)"}
    return f"{row['area_name']}{kinds[row['area_type']] if row['area_name'] in shared else ''}"


@dataclass
class Lookup:
    """Two releases, whose rows are found by the words that the workbook has for them."""

    releases: read_back.Releases
    folder: Path
    before: Path | None

    def __post_init__(self) -> None:
        with duckdb.connect(str(self.folder / "release.duckdb"), read_only=True) as con:
            titles = dict(con.execute("SELECT metric_id, title FROM kpi.metric").fetchall())
            shared = {
                name
                for (name,) in con.execute(
                    """SELECT area_name FROM kpi.area WHERE area_type IN ('force', 'local_authority')
                       GROUP BY area_name HAVING count(DISTINCT area_type) = 2"""
                ).fetchall()
            }
            self.feeds = {
                title: (held, received and received.date())
                for title, held, received in con.execute(
                    """SELECT f.title, CAST(coalesce(sum(d.rows_quarantined) FILTER (d.status = 'accepted'), 0) AS INT),
                         max(d.received_at) FILTER (d.status = 'accepted')
                       FROM kpi.feed AS f LEFT JOIN kpi.delivery AS d USING (feed) GROUP BY f.title"""
                ).fetchall()
            }
        assert len(set(titles.values())) == len(titles)
        self.by_words: dict[tuple[str, str, str, str], tuple[str, ...]] = {}
        for key, row in (self.releases.before | self.releases.now).items():
            period = spelled(row["period_start"], row["period_end"], row["period_type"])
            part = "" if row["breakdown"] == "all" else group(row["breakdown"])
            kind = row["breakdown"].partition(":")[0]
            name = (titles[row["metric_id"]], place(row, shared), period, f"{kind} {part}" if part else "")
            # Quarters of the year and of the calendar have the same months; a measure has one of them.
            assert name not in self.by_words, name
            self.by_words[name] = key

    def key(self, row: Row, area: str = "Area", part: str = "") -> tuple[str, ...]:
        """The number that a row is about."""
        return self.by_words[row["Measure"], row[area], row["Period"], part]


def number(row: Row, of: Mapping[str, Any]) -> dict[str, float | None]:
    """What a row must hold of a number; its words are checked here."""
    assert row["Unit"] == of["unit"]
    assert row["Status"] == STATUSES[of["status"]]
    if of["value"] is None:
        assert row["Value"] == ("[c]" if of["status"] == "suppressed" else "[x]")
    lower, upper = INTERVAL
    return {"Value": of["value"], lower: of["lower"], upper: of["upper"]}


def figures(lookup: Lookup, row: Row) -> dict[str, float | None]:
    key = lookup.key(row)
    releases, of = lookup.releases, lookup.releases.now[key]
    assert (row["First day"].date(), row["Last day"].date()) == (of["period_start"], of["period_end"])
    verdict = releases.verdicts.get(key, (None, None))[0]
    if verdict in VERDICTS and of["value"] is not None:
        assert row["Verdict"] == VERDICTS[verdict]
    else:
        assert row["Verdict"] in {"Not judged", *STATUSES.values()}
    signal = SIGNALS.get(releases.series.get(key, ""), "[z]")
    assert row["Signal in the series"].partition(":")[0] == signal
    earlier = releases.before.get(key)
    assert (row.get("Value in the last report") == "[z]") is (earlier is None)
    return number(row, of) | {"Value in the last report": None if earlier is None else earlier["value"]}


def scorecard(lookup: Lookup, row: Row) -> dict[str, float | None]:
    reference, received = "Earlier value", "Data received"
    if row["Measure"] == "Not measured":
        assert {row[name] for name in ("Area", "Period", "Value", "Unit", reference, received)} == {"[z]"}
        return dict.fromkeys(("Value", *INTERVAL, reference, received))
    key = lookup.key(row)
    of, change = lookup.releases.now[key], lookup.releases.change(key)
    said = read_back.DATED.sub("", f"{row['Change on the earlier period']} {row['What to know']}")
    numbers = set(read_back.NUMBER.findall(said))
    assert numbers <= read_back.of_row(key, lookup.releases) | {"1"}, (key, said)
    known = change["difference"] is not None
    return number(row, of) | {reference: change["reference_value"] if known else None, received: of["coverage"]}


def wards(lookup: Lookup, row: Row) -> dict[str, float | None]:
    name, is_whole, _ = row["Place"].partition(" (whole area)")
    key = lookup.key({**row, "Place": name if is_whole else row["Code of the place"]}, "Place")
    of = lookup.releases.now[key]
    assert (row["Code of the place"], name) == (of["area_code"], of["area_name"])
    return number(row, of) | {"Number counted": of["numerator"] if of["value"] is not None else None}


def parts(lookup: Lookup, row: Row) -> dict[str, float | None]:
    kind = BREAKDOWNS.get(row["Breakdown"], row["Breakdown"].lower().replace(" ", "_"))
    part = f"{kind} {row['Group']}"
    return number(row, lookup.releases.now[lookup.key(row, part=part)])


def areas(lookup: Lookup, row: Row) -> dict[str, float | None]:
    if row["Unit"] == "[x]":
        assert row["Value"] == "[x]"
        return dict.fromkeys(("Value", *INTERVAL))
    return number(row, lookup.releases.now[lookup.key(row)])


def repeats(lookup: Lookup, row: Row) -> dict[str, float | None]:
    name, is_whole, _ = row["Place"].partition(" (whole area)")
    of = lookup.releases.now[lookup.key({**row, "Place": name if is_whole else row["Code of the place"]}, "Place")]
    assert row["Code of the place"] == of["area_code"]
    return number(row, of)


def emerging(lookup: Lookup, row: Row) -> dict[str, float | None]:
    """A ward stands beside the value that its stored test starts from, a measure beside that of the year before."""
    is_ward = row["Kind"].startswith("Ward")
    key = lookup.key({**row, "Place": row["Code of the place"]} if is_ward else row, "Place")
    of = lookup.releases.now[key]
    assert (row["Code of the place"], row["Unit"]) == (of["area_code"], of["unit"])
    before = None
    if row["Kind"] == "Ward, against the year before":
        before = lookup.releases.references[key]
    elif "Signal" not in row["Kind"] and "signal" not in row["Kind"]:
        change = lookup.releases.change(key)
        before = change["reference_value"] if change["difference"] is not None else None
    return {"Value": of["value"], "The year before": before}


def progress(lookup: Lookup, row: Row) -> dict[str, float | None]:
    if row["Period"] == "[z]":
        return {"Value": None}
    key = lookup.key(row)
    of = lookup.releases.now[key]
    said = read_back.DATED.sub("", row["Change on the earlier period"])
    assert set(read_back.NUMBER.findall(said)) <= read_back.of_row(key, lookup.releases), (key, said)
    assert row["Unit"] == of["unit"]
    return {"Value": of["value"]}


def changed(lookup: Lookup, row: Row) -> dict[str, float | None]:
    """Both balances are those of the comparison; a side without the number has none."""
    key, (opening, *_, closing) = _compared(lookup, row)
    sides = ("Last report", opening, lookup.releases.before), ("This report", closing, lookup.releases.now)
    told = {
        name: float(of["amount"]) if side.get(key, {}).get("value") is not None else None for name, of, side in sides
    }
    return {"Statement": row["Statement"], **told}


def quality(lookup: Lookup, row: Row) -> dict[str, float | None]:
    held, received = lookup.feeds[row["Data"]]
    shown = row["Last file received on"]
    if received is None:
        assert shown == "[z]"
    elif received == SEEDED_ON:
        assert shown == "Came with the project"
    else:
        assert shown.date() == received
    return {"Rows held back": held}


def _compared(lookup: Lookup, row: Row) -> tuple[tuple[str, ...], list[Mapping[str, Any]]]:
    """The number of a statement, and its rows in the comparison of the two releases."""
    assert lookup.before is not None
    words, part = (row["Measure"], row["Area"], row["Period"]), row["Part"]
    (key,) = (
        key
        for name, key in lookup.by_words.items()
        if name[:3] == words and (name[3].endswith(f" {part}") if part != "[z]" else not name[3])
    )
    metric, area, by, period, breakdown = key
    with safer_kpi.open(lookup.folder.parents[1]) as lake:
        found = lake.compare(
            lookup.before.name, lookup.folder.name, metric=metric, area=area, by=by, period=period
        ).rows()  # type: ignore[arg-type]
    return key, [one for one in found if one["breakdown"] == breakdown]


def check_statements(lookup: Lookup, lines: list[Row]) -> int:
    """Every amount is that of the comparison, in its order, and each statement adds up; return how many there are."""
    checked = 0
    for place in sorted({row["Statement"] for row in lines}):
        own = [row for row in lines if row["Statement"] == place]
        _, compared = _compared(lookup, own[0])
        balance = 0.0
        for row, of in zip(own, compared, strict=True):
            assert row["Line"] == {"opening": "Opening balance", "closing": "Closing balance"}.get(
                of["step"], "Movement"
            )
            amount = float(of["amount"])
            if row["Line"] == "Movement":
                assert row["Amount"] == pytest.approx(amount)
                assert row["Delivery"] == (of["delivery_id"] if of["delivery_id"] is not None else "[z]")
                balance += amount
                checked += 1
            else:
                assert row["Amount"] == "[z]"
                balance = balance or amount
            assert row["Balance"] == pytest.approx(balance, abs=1e-6)
            checked += 1
    return checked


SHEETS: dict[str, Checked] = {
    "Scorecard": scorecard, "Wards": wards, "People": parts, "Other breakdowns": parts, "Other areas": areas,
    "Levels": scorecard, "Repeat demand": repeats, "Emerging issues": emerging, "Progress": progress,
    "What changed": changed, "Data quality": quality,
}  # fmt: skip
#: Sheets of words; their only numbers are places in a list.
WORDS = {"Cover", "Contents", "Notes", "Summary", "Changes by file", "Data by month", "Definitions", "Comments"}


def check(book: Workbook, lookup: Lookup) -> dict[str, int]:
    """Every number of every sheet is what the releases state; return how many there are by sheet."""
    return {sheet.title: check_sheet(sheet, lookup) for sheet in book if sheet.title not in WORDS}


def check_sheet(sheet: Worksheet, lookup: Lookup) -> int:
    """Every number of a sheet is what the releases state, and each missing one is missing there; return how many."""
    table = rows(sheet)
    if sheet.title == "Statements":
        return check_statements(lookup, table)
    counted = 0
    for row in table:
        expected = SHEETS.get(sheet.title, figures)(lookup, row)
        for name, cell in row.items():
            if isinstance(cell, int | float):
                counted += 1
                assert expected[name] is not None, (name, row)
                assert cell == pytest.approx(expected[name], rel=1e-14, abs=0), (name, row)
            elif name in expected:
                assert expected[name] is None, (name, row)
                assert cell in SHORTHANDS, (name, row)
    return counted
