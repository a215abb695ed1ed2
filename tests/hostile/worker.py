"""A process that reads files as landing does, through the real children, and says what came of each.

Run as ``python -m tests.hostile.worker FOLDER``: it makes its lake there, then answers one JSON line for each JSON line
``{"feed", "path", "land"}``; with ``land`` the file is landed too, after it was read. Peak memory is VmHWM: that of the
parent is reset before each file, a child writes its own at its end.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import traceback
from pathlib import Path
from typing import Any

from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.errors import InputRefused
from safer_kpi.intake import sandbox
from safer_kpi.intake.archive.reading import members_of, unpack
from safer_kpi.lake import connect
from safer_kpi.landing import Terms, land
from safer_kpi.landing.readings import reading
from tests.hostile.made import digest
from tests.hostile.project import DIALECTS, write_contracts

RECEIVED = dt.datetime(2024, 6, 1)
_MEASURED = """
import os
def _ended(code, end=os._exit):
    with open("/proc/self/status") as status, open({peaks!r}, "a") as out:
        out.writelines(line for line in status if line.startswith("VmHWM"))
    end(code)
os._exit = _ended
"""


def _measure_children(peaks: Path) -> None:
    """Let every child write its peak memory at its end."""
    begin = sandbox._Child.__init__

    def begin_measured(child: Any, start: str, folder: Path, answer: str) -> None:
        begin(child, _MEASURED.format(peaks=str(peaks)) + start, folder, answer)
        child.start = start

    sandbox._Child.__init__ = begin_measured  # type: ignore[method-assign]


def peak() -> int:
    """Return the most memory that this process has held since it was last reset, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


class Reader:
    """A lake that reads files one after another."""

    def __init__(self, folder: Path) -> None:
        self._settings = write_contracts(folder)
        self._peaks = folder / "peaks"
        _measure_children(self._peaks)
        self._feeds = {f"hostile_{name}": load_feed(self._settings.project, f"hostile_{name}") for name in DIALECTS}
        self._lake = connect(self._settings)
        self._landed = 0

    def answer(self, feed: str, path: Path, *, whole: bool) -> dict[str, Any]:
        """Read one file, land it if ``whole`` is asked for, and say what came of it."""
        answer = self._answer(feed, path)
        try:
            return answer | {"landed": self._land(feed, path)} if whole and feed != "archive" else answer
        except Exception:  # noqa: BLE001 (the parent reports it)
            return {"fault": traceback.format_exc()}

    def _land(self, feed: str, path: Path) -> dict[str, Any]:
        """Land a file as the next publication of its month; answer its receipt and how many rows are live."""
        self._landed += 1
        named = path.with_name(f"2024-05-{feed.removeprefix('hostile_')}.csv")
        path.replace(named)
        published = RECEIVED + dt.timedelta(minutes=self._landed)
        (receipt,) = land(self._settings, feed, [str(named)], terms=Terms(published=published))
        live = (
            self._lake.execute(
                f"SELECT count(*) FROM (SELECT ref FROM landing.{feed} GROUP BY ALL HAVING sum(weight) > 0)"
            ).fetchall()
            if receipt.status == "accepted"
            else [(0,)]
        )
        return {"status": receipt.status, "rows": receipt.rows_accepted, "live": live[0][0], "said": repr(receipt)}

    def _answer(self, feed: str, path: Path) -> dict[str, Any]:
        self._peaks.write_text("")
        Path("/proc/self/clear_refs").write_text("5")
        try:
            found = self._members(path) if feed == "archive" else self._read(feed, path)
        except InputRefused as refused:
            found = {"rule": refused.rule, "said": str(refused), "next_action": refused.next_action}
        except Exception:  # noqa: BLE001 (the parent reports it)
            return {"fault": traceback.format_exc()}
        children = [int(line.split()[1]) * 1024 for line in self._peaks.read_text().splitlines()]
        left = len(list(self._settings.scratch.iterdir())) if self._settings.scratch.is_dir() else 0
        return {"parent": peak(), **found, "child": max(children, default=0), "left": left}

    def _read(self, feed: str, path: Path) -> dict[str, Any]:
        name = f"2024-05-{feed.removeprefix('hostile_')}.csv"
        with reading(self._settings, self._feeds[feed], path, name, received_on=RECEIVED.date()) as read:
            own = peak()
            parsed, checked = read.parsed, read.checked
            columns = "source_row, ref, area, figure"
            # A nil return without a header has no column.
            query = f"SELECT {columns} FROM ({parsed.relation_sql()}) ORDER BY source_row" if parsed.columns else ""
            rows = self._lake.execute(query).fetchall() if query else []
            return {
                "parent": own,
                "rows": len(rows),
                "digest": digest(rows),
                "first": [list(row) for row in rows[:3]],
                "malformed": [row for row, _ in parsed.malformed],
                "read": parsed.rows_read,
                "skipped": parsed.rows_skipped,
                "accepted": checked.rows_accepted,
                "quarantined": checked.rows_quarantined,
            }

    def _members(self, path: Path) -> dict[str, Any]:
        """Unpack the members of an archive; a row is a member: its name and what it holds."""
        scratch = self._settings.scratch
        scratch.mkdir(parents=True, exist_ok=True)
        rows = []
        for number, member in enumerate(members_of(path, scratch), 1):
            out = scratch / f"member-{number}"
            try:
                unpack(path, member.place, out)
                rows.append((number, member.name, out.read_bytes().hex(), None))
            finally:
                out.unlink(missing_ok=True)
        counts = {"read": len(rows), "accepted": len({row[1] for row in rows}), "quarantined": 0, "skipped": 0}
        return {"rows": len(rows), "digest": digest(rows), "first": rows[:1], "malformed": [], **counts}


def main() -> None:
    reader = Reader(Path(sys.argv[1]))
    for line in sys.stdin:
        told = json.loads(line)
        sys.stdout.write(json.dumps(reader.answer(told["feed"], Path(told["path"]), whole=told["land"])) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
