"""Four releases of the demo's lake, each with counts that differ here and there from those before: files to publish.

The demo has two releases of which the second holds eight quarters. Its counts by ward and quarter are changed as
``tests.oracles.revisions`` says; authority, force, years, rolling years and one part of each breakdown follow, so that
everything still adds up. A count is certified once its metric has settled at the release's day, else provisional.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tests.oracles.revisions import Counts, revised

OWN = "E06000058"
#: Metrics that change by ward: the rest of the demo's stay as they are.
CHANGED = (
    "1a.violence_against_person", "1a.serious_youth_violence", "1a.sexual_offences", "1a.domestic_abuse_violence",
    "1a.knife_weapon_assaults", "1c.msv_offences", "1c.msv_cohort_with_outcome", "1c.msv_positive_outcomes",
    "3c.personal_asb", "3c.asb_recorded_as_crime",
)  # fmt: skip
#: The metrics that tell of the same things by part, each with that whole.
SAME = {
    "1a.violence_victims": "1a.violence_against_person",
    "1a.serious_youth_violence_victims": "1a.serious_youth_violence",
    "1a.knife_weapon_victims": "1a.knife_weapon_assaults",
    "1c.msv_victims": "1c.msv_offences",
    "3c.personal_asb_times": "3c.personal_asb",
}
#: The metrics of which every thing is one of another metric, each with that one.
INSIDE = {
    "1a.serious_youth_violence": "1a.violence_against_person",
    "1a.domestic_abuse_violence": "1a.violence_against_person",
    "1a.knife_weapon_assaults": "1a.violence_against_person",
    "1c.msv_cohort_with_outcome": "1c.msv_offences",
}
#: The part of each breakdown that takes up what changes.
GIVES = ("age:25-64", "age:18-24", "sex:F", "weekday:Friday", "hour:18")


@dataclass(frozen=True)
class Step:
    """A release: its name, the end of its last quarter, and the day as of which its counts are known."""

    release_id: str
    until: dt.date
    known_on: dt.date


STEPS = (
    Step("2023-24-Q4", dt.date(2024, 3, 31), dt.date(2024, 7, 15)),
    Step("2024-25-Q2", dt.date(2024, 9, 30), dt.date(2025, 1, 15)),
    Step("2024-25-Q4", dt.date(2025, 3, 31), dt.date(2025, 7, 15)),
    Step("2024-25-Q4.2", dt.date(2025, 3, 31), dt.date(2026, 4, 15)),
)


def write_releases(source: Path, folder: Path, *, seed: int) -> list[Path]:
    """Write the ``release.duckdb`` of each step into a folder of its name; return the folders, oldest first."""
    found = []
    counts = changed_counts(source, seed)
    for step, changed in zip(STEPS, counts, strict=True):
        target = folder / step.release_id
        target.mkdir(parents=True)
        with duckdb.connect() as book:
            book.execute(f"ATTACH '{source}' AS source (READ_ONLY)")
            book.execute(f"ATTACH '{target / 'release.duckdb'}' AS release (STORAGE_VERSION 'v1.0.0')")
            book.execute("COPY FROM DATABASE source TO release")
            book.execute("USE release")
            _change(book, changed)
            _cut(book, step)
        found.append(target)
    return found


def changed_counts(source: Path, seed: int) -> list[Counts]:
    """The counts by ward and quarter of each release."""
    with duckdb.connect(str(source), read_only=True) as book:
        rows = book.execute(
            "SELECT metric_id, area_code, period, CAST(numerator AS INTEGER) FROM kpi.certified "
            "WHERE period_type = 'quarter' AND area_type = 'ward' AND breakdown = 'all' AND numerator IS NOT NULL "
            "AND list_contains(?, metric_id) AND area_code IN (SELECT area_code FROM kpi.area WHERE la_code = ?)",
            [list(CHANGED), OWN],
        ).fetchall()
    found = revised({(m, a, p): n for m, a, p, n in rows}, releases=len(STEPS), seed=seed)
    for counts in found:
        for (metric, ward, quarter), number in counts.items():
            if metric in INSIDE:
                counts[metric, ward, quarter] = min(number, counts[INSIDE[metric], ward, quarter])
    return found


def _change(book: duckdb.DuckDBPyConnection, counts: Counts) -> None:
    """Put the changed counts in, and into all that is made of them."""
    book.execute("CREATE TEMP TABLE ward (metric_id VARCHAR, area_code VARCHAR, period VARCHAR, n BIGINT)")
    book.executemany("INSERT INTO ward VALUES (?, ?, ?, ?)", [[*cell, n] for cell, n in counts.items()])
    # How far each count of a ward, the authority and the force moves, by quarter and by what holds the quarter.
    book.execute(f"""
        CREATE TEMP TABLE quarter AS
        SELECT w.metric_id, w.area_code, c.period_start, c.period_end, w.n - c.numerator AS moved
        FROM ward AS w JOIN kpi.certified AS c USING (metric_id, area_code, period)
        WHERE c.period_type = 'quarter' AND c.breakdown = 'all';
        INSERT INTO quarter SELECT metric_id, area, period_start, period_end, sum(moved)
        FROM quarter, (VALUES ('{OWN}'), ('E23000039')) AS whole (area) GROUP BY ALL;
        CREATE TEMP TABLE moved AS
        SELECT q.metric_id, q.area_code, p.period, p.period_type, sum(q.moved) AS moved
        FROM quarter AS q, (SELECT DISTINCT period, period_type, period_start, period_end FROM kpi.certified
            WHERE period_type IN ('quarter', 'year')
                OR period_type = 'rolling12' AND month(period_end) % 3 = 0) AS p
        WHERE q.period_start >= p.period_start AND q.period_end <= p.period_end
        GROUP BY ALL HAVING sum(q.moved) <> 0;
    """)
    same = ", ".join(f"('{one}', '{whole}')" for one, whole in SAME.items())
    parts = ", ".join(f"'{part}'" for part in ("all", *GIVES))
    book.execute(f"""
        INSERT INTO moved SELECT s.one, area_code, period, period_type, moved
        FROM moved JOIN (VALUES {same}) AS s (one, whole) ON metric_id = s.whole;
        CREATE TEMP TABLE part AS
        SELECT c.rowid AS at, m.moved FROM kpi.certified AS c
        JOIN moved AS m USING (metric_id, area_code, period, period_type)
        WHERE c.numerator IS NOT NULL AND c.breakdown IN ({parts})
        -- of each breakdown the first of the parts that is there, and at the authority alone
        QUALIFY c.breakdown = 'all' OR c.area_type <> 'ward' AND c.breakdown = min(c.breakdown) FILTER (
            c.breakdown <> 'all') OVER (PARTITION BY c.metric_id, c.area_code, c.period, c.period_type,
            split_part(c.breakdown, ':', 1));
        UPDATE kpi.certified SET numerator = numerator + moved, value = value + moved
        FROM part WHERE certified.rowid = part.at;
    """)


def _cut(book: duckdb.DuckDBPyConnection, step: Step) -> None:
    """Leave what a release of that day holds, and call certified what has settled by then."""
    known = f"TIMESTAMP '{step.known_on} 10:00:00'"
    for table in ("certified", "certified_verdict", "certified_strategy"):
        book.execute(f"UPDATE kpi.{table} SET release_id = '{step.release_id}', known_at = {known}")
    for table in ("certified", "certified_verdict"):
        book.execute(f"DELETE FROM kpi.{table} WHERE period_end > DATE '{step.until}'")
    book.execute(f"""
        UPDATE kpi.certified SET status = CASE WHEN last_day(period_end + to_months(settles_after_months))
            <= DATE '{step.known_on}' THEN 'certified' ELSE 'provisional' END
        FROM kpi.metric WHERE certified.metric_id = metric.metric_id AND status IN ('certified', 'provisional')
    """)
    book.execute("DELETE FROM kpi.release WHERE release_id <> (SELECT max(release_id) FROM kpi.release)")
    book.execute(f"UPDATE kpi.release SET release_id = '{step.release_id}', known_at = {known}")
