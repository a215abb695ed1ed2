"""A lake in a folder that commands are tried on, and the files that are landed in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from safer_kpi.cli.main import app
from safer_kpi.lake import connect, raw
from safer_kpi.settings import Settings
from tests.properties.histories import Delivery, Row

VIOLENCE = "Violence and sexual offences"
#: What the live rows of a feed are, whatever numbers entries and deliveries have.
_ROWS = """SELECT month, crime_id, lsoa_code, crime_type, last_outcome_category, sum(weight) AS rows
    FROM landing.police_street GROUP BY ALL HAVING sum(weight) <> 0 ORDER BY ALL"""


@dataclass
class Lake:
    """A lake in a folder."""

    home: Path

    @property
    def settings(self) -> Settings:
        """The settings that name it."""
        return Settings.load(self.home)

    def command(self, *words: str) -> tuple[int, str]:
        """Exit code and output of a command; anything but one of our own endings is a violation."""
        done = CliRunner().invoke(app, [*words, "--home", str(self.home)])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            return -1, f"{type(done.exception).__name__}"
        if "Traceback" in done.output:
            return -2, "a traceback was printed"
        return done.exit_code, done.output

    def rows(self) -> str:
        """SHA-256 of the live rows."""
        with connect(self.settings, read_only=True) as connection:
            return hashlib.sha256(repr(connection.execute(_ROWS).fetchall()).encode()).hexdigest()

    def left_over(self) -> list[str]:
        """What a sweep leaves that no receipt and no snapshot knows, what is lost, and what is there twice."""
        code, output = self.command("sweep")
        found = [] if code == 0 else [f"sweep: {output}"]
        settings = self.settings
        with connect(settings) as connection:
            known = {row[0] for row in connection.execute("SELECT DISTINCT sha256 FROM journal.delivery").fetchall()}
            orphans = connection.execute(
                "CALL ducklake_delete_orphaned_files('lake', cleanup_all => true, dry_run => true)"
            ).fetchall()
            accepted, different, entries, last = connection.execute(
                """SELECT count(*) FILTER (status = 'accepted'), count(DISTINCT sha256) FILTER (status = 'accepted'),
                (SELECT count(*) FROM journal.entry), (SELECT max(entry) FROM journal.entry)
                FROM journal.delivery WHERE feed = 'police_street'"""
            ).fetchall()[0]
        found += [f"{len(orphans)} orphans"] if orphans else []
        found += ["bytes and receipts differ"] if set(raw._names(settings)) ^ known else []
        found += ["a delivery is there twice"] if accepted != different else []
        found += ["the journal has a gap"] if entries != last else []
        return found


def delivery(number: int) -> Delivery:
    """A file of a month of its own; every second one corrects the month before it."""
    month = f"20{10 + number // 24}-{number // 2 % 12 + 1:02d}"
    outcome = "Local resolution" if number % 2 else "Under investigation"
    return Delivery(month, 1 + number % 2, tuple(Row(n, "E01015272", VIOLENCE, outcome) for n in range(1, 9)))


def land(lake: Lake, folder: Path, number: int) -> tuple[int, str]:
    """Land the file of that number, as a person does: with the date of its publication."""
    made = delivery(number)
    path = made.write(folder, number)
    return lake.command("land", "police_street", str(path), "--published", made.published.date().isoformat())


def undisturbed(lake: Lake, folder: Path, files: int) -> list[str]:
    """Return the rows' hashes after each file, with nothing in between."""
    found = []
    for number in range(files):
        code, output = land(lake, folder, number)
        assert code == 0, output
        found.append(lake.rows())
    return found
