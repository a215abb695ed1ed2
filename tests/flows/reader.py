"""Read ``safer_kpi.duckdb`` through the API, and directly, until told to stop: each read is of one complete build.

A direct read has the file open while the next build takes its place; the API then opens it at that moment.

``reader.py HOME STOP_FILE``; prints one JSON line: reads made, builds seen, problems.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb

import safer_kpi

METRICS = ("1a.violence_and_sexual_offences", "1a.robbery", "1a.possession_of_weapons", "3c.asb_incidents")
DISAGREEMENTS = """
    WITH observed AS (
        SELECT metric_id, period_start AS month, numerator FROM kpi.observation
        WHERE period_type = 'month' AND area_type = 'force' AND area_code = 'E23000039' AND list_contains(?, metric_id)
    ), posted AS (
        SELECT metric_id, month, sum(amount) AS amount FROM kpi.ledger WHERE force_code = 'E23000039' GROUP BY ALL
    )
    SELECT count(*) FROM observed LEFT JOIN posted USING (metric_id, month)
    WHERE numerator IS NOT NULL AND numerator <> coalesce(amount, 0)"""
BUILD = """
    SELECT last_entry, (SELECT max(entry) FROM kpi.entry), (SELECT max(entry) FROM kpi.ledger),
        (SELECT count(*) FROM kpi.observation)
    FROM kpi.build"""


def until_replaced(home: Path, stop: Path) -> None:
    """Wait until another build takes the file's place; no longer than three seconds, nor than told to."""
    there, deadline = (home / "safer_kpi.duckdb").stat().st_ino, time.monotonic() + 3
    while time.monotonic() < deadline and not stop.exists() and (home / "safer_kpi.duckdb").stat().st_ino == there:
        time.sleep(0.02)


def directly(home: Path, stop: Path) -> tuple[int, list[str]]:
    """An analyst's read, in two questions; answers the build's last entry and what was wrong."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{home / 'safer_kpi.duckdb'}' AS book (READ_ONLY)")
        connection.execute("USE book")
        wrong = connection.execute(DISAGREEMENTS, [list(METRICS)]).fetchall()[0][0]
        until_replaced(home, stop)
        last, journal, ledger, observations = connection.execute(BUILD).fetchall()[0]
    problems = [f"{wrong} cells of observation and ledger disagree"] if wrong else []
    if journal != last or ledger > last or not observations:
        problems.append(f"build {last} holds journal {journal}, ledger {ledger}")
    return last, problems


def through_api(home: Path) -> list[str]:
    """A tool's read: wards and unplaced sum to the force in every month."""
    with safer_kpi.open(home) as lake:
        rows = lake.metric("1a.robbery", by="month", release="now").rows()
    problems = []
    for month in {row["period"] for row in rows}:
        here = [row for row in rows if row["period"] == month and row["value"] is not None]
        parts = sum(row["value"] for row in here if row["area_type"] in ("ward", "unplaced"))
        if parts != sum(row["value"] for row in here if row["area_type"] == "force"):
            problems.append(f"parts of {month} do not sum to the force")
    return problems


def main() -> None:
    home, stop = Path(sys.argv[1]), Path(sys.argv[2])
    reads, builds, problems = 0, set(), []
    while not stop.exists():
        last, found = directly(home, stop)
        builds.add(last)
        problems += found + through_api(home)
        reads += 1
    sys.stdout.write(json.dumps({"reads": reads, "builds": len(builds), "problems": problems[:5]}))


if __name__ == "__main__":
    main()
