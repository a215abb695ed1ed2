"""One of many landers, or one of many readers, of a lake that the environment names.

``python -m tests.flows.together land NUMBER DELIVERIES FOLDER`` lands its files one after another, each with the lease
taken anew, and prints the statuses of their receipts. ``… read STOP`` reads until the file STOP is there, and prints
how often, the most deliveries it saw, and every violation.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from safer_kpi.lake import connect
from safer_kpi.landing import Terms, land
from safer_kpi.settings import Settings
from tests.properties.histories import Delivery, Row

FEED = "police_street"
#: Rows of a month's first file; each later file of it has one more.
FIRST_ROWS = 5
#: Of each month in one state of the lake: how many files of it the journal has, and how many rows are live.
_MONTHS = f"""
SELECT d.month, d.files, coalesce(l.live, 0)::INTEGER
FROM (SELECT cells[1] AS month, count(*)::INTEGER AS files FROM journal.delivery
    WHERE feed = '{FEED}' AND status = 'accepted' GROUP BY ALL) AS d
LEFT JOIN (SELECT cell AS month, sum(weight) AS live FROM landing.{FEED} GROUP BY ALL) AS l USING (month)"""
#: Seconds between two reads, so that readers leave something of two processors to the landers.
_PAUSE = 10.0


def delivery(lander: int, number: int) -> Delivery:
    """A file of one of twelve months of the lander's own; the month's files grow by a row each."""
    rows = FIRST_ROWS + number // 12
    month = f"{2012 + lander}-{number % 12 + 1:02d}"
    return Delivery(month, number, tuple(Row(n, "E01015272", "Robbery", "") for n in range(1, rows + 1)))


def landed(lander: int, deliveries: int, folder: Path) -> list[str]:
    """Land a lander's files; return what became of each."""
    found = []
    for number in range(deliveries):
        made = delivery(lander, number)
        path = made.write(folder, number)
        (receipt,) = land(Settings.load(), FEED, [str(path)], terms=Terms(published=made.published))
        found.append(receipt.status)
    return found


def wrong(months: list[tuple[str, int, int]]) -> list[str]:
    """Return the months whose live rows are not those of the last of their files."""
    return [
        f"{month}: {live} rows after {files} files"
        for month, files, live in months
        if live != FIRST_ROWS + files - 1
    ]  # fmt: skip


def months() -> list[tuple[str, int, int]]:
    """Return what one state of the lake holds of each month."""
    with connect(Settings.load(), read_only=True) as lake:
        return lake.execute(_MONTHS).fetchall()


def reading(stop: Path) -> dict[str, object]:
    """Read again and again; each state must be whole, and none older than the one before."""
    reads = most = 0
    problems: list[str] = []
    while not stop.exists():
        found = months()
        files = sum(each[1] for each in found)
        problems += wrong(found) + ([f"{files} files after {most}"] if files < most else [])
        reads, most = reads + 1, files
        time.sleep(_PAUSE)
    return {"reads": reads, "most": most, "problems": problems}


def main() -> None:
    if sys.argv[1] == "land":
        found: object = landed(int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
    else:
        found = reading(Path(sys.argv[2]))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
