"""A small lake made by hand, so that every expected number can be added up on paper.

One force F1 with one authority L1 (wards W1, W2); months April to June 2024, so one quarter. Columns: entry, cause,
then violence in W1, W2, unplaced, and positive outcomes in W1, W2.

    entry 1  2000-01-01  delivery 1  population 2020: W1 1,000, W2 3,000
    entry 2  2024-06-01  delivery 2  April  new           10  20  1    2  3
    entry 3  2024-07-01  delivery 3  May    new            5   7  .    1  .
    entry 4  2024-08-01  delivery 4  June   new            6   8  .    .  .
    -- release 2024-25-Q1: violence L1 = 10+20+5+7+6+8 = 56, force = 57; outcomes L1 = 2+3+1 = 6
    entry 5  2024-10-01  delivery 5  April  late          +2   .  .    .  .
                                            reclassified  -1   .  .    .  .
                                            relocated     +1  -1  .    .  .
                                            progressed     .   .  .   +4  .
    entry 6  2024-11-01  delivery 4  June   reverted      -6  -8  .    .  .   (June is no longer covered)
    entry 7  2024-11-02  delivery 7  June   new           +7  +8  .    .  .
    -- violence L1 = 56+2-1+0-14+15 = 58, force 59; outcomes L1 = 6+4 = 10
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from safer_kpi.settings import Settings
from tests.reading.publishing import builder, kept, publish

VIOLENCE, OUTCOMES = "1a.violence_and_sexual_offences", "1c.violence_positive_outcomes"
RATE, SHARE = "1a.violence_and_sexual_offences_rate", "1c.violence_positive_outcome_share"

POSTED = {
    1: dt.datetime(2000, 1, 1),
    2: dt.datetime(2024, 6, 1, 9),
    3: dt.datetime(2024, 7, 1, 9),
    4: dt.datetime(2024, 8, 1, 9),
    5: dt.datetime(2024, 10, 1, 9),
    6: dt.datetime(2024, 11, 1, 9),
    7: dt.datetime(2024, 11, 2, 9),
}
APRIL, MAY, JUNE = "2024-04-01", "2024-05-01", "2024-06-01"
# entry, delivery, cause, month, metric, area, amount
POSTINGS = [
    (1, 1, "new", "2020-06-01", "population", "W1", 1000),
    (1, 1, "new", "2020-06-01", "population", "W2", 3000),
    (2, 2, "new", APRIL, VIOLENCE, "W1", 10),
    (2, 2, "new", APRIL, VIOLENCE, "W2", 20),
    (2, 2, "new", APRIL, VIOLENCE, "unplaced", 1),
    (2, 2, "new", APRIL, OUTCOMES, "W1", 2),
    (2, 2, "new", APRIL, OUTCOMES, "W2", 3),
    (3, 3, "new", MAY, VIOLENCE, "W1", 5),
    (3, 3, "new", MAY, VIOLENCE, "W2", 7),
    (3, 3, "new", MAY, OUTCOMES, "W1", 1),
    (4, 4, "new", JUNE, VIOLENCE, "W1", 6),
    (4, 4, "new", JUNE, VIOLENCE, "W2", 8),
    (5, 5, "late", APRIL, VIOLENCE, "W1", 2),
    (5, 5, "reclassified", APRIL, VIOLENCE, "W1", -1),
    (5, 5, "relocated", APRIL, VIOLENCE, "W1", 1),
    (5, 5, "relocated", APRIL, VIOLENCE, "W2", -1),
    (5, 5, "progressed", APRIL, OUTCOMES, "W1", 4),
    (6, 4, "reverted", JUNE, VIOLENCE, "W1", -6),
    (6, 4, "reverted", JUNE, VIOLENCE, "W2", -8),
    (7, 7, "new", JUNE, VIOLENCE, "W1", 7),
    (7, 7, "new", JUNE, VIOLENCE, "W2", 8),
]
COVERAGE = [(2, APRIL, 1), (3, MAY, 1), (4, JUNE, 1), (6, JUNE, -1), (7, JUNE, 1)]
FILES = {
    1: "population.csv",
    2: "2024-04.csv",
    3: "2024-05.csv",
    4: "2024-06.csv",
    5: "2024-04b.csv",
    7: "2024-06b.csv",
}

SCHEMA = """
CREATE SCHEMA kpi;
CREATE TABLE kpi.build (last_entry BIGINT, as_of TIMESTAMP, built_at TIMESTAMP, package_version VARCHAR,
  snapshot_id BIGINT);
CREATE TABLE kpi.entry (entry BIGINT, posted_at TIMESTAMP, kind VARCHAR, delivery_id BIGINT, feed VARCHAR,
  reason VARCHAR,  person VARCHAR);
CREATE TABLE kpi.delivery (delivery_id BIGINT, feed VARCHAR, file_name VARCHAR, sha256 VARCHAR, bytes BIGINT,
  published_at TIMESTAMP, received_at TIMESTAMP, cells VARCHAR[], stale_cells VARCHAR[], contract_version VARCHAR,
  status VARCHAR, rows_read BIGINT, rows_accepted BIGINT, rows_quarantined BIGINT, rows_skipped BIGINT, changes VARCHAR,
  error VARCHAR, entry BIGINT, posted_at TIMESTAMP);
CREATE TABLE kpi.metric (metric_id VARCHAR, kpi VARCHAR, definition_version INTEGER, title VARCHAR, unit VARCHAR,
  numerator VARCHAR, denominator VARCHAR, rate_base DOUBLE, additive BOOLEAN);
CREATE TABLE kpi.area (area_code VARCHAR, area_name VARCHAR, area_type VARCHAR, la_code VARCHAR, force_code VARCHAR);
CREATE TABLE kpi.ledger (metric_id VARCHAR, area_code VARCHAR, la_code VARCHAR, force_code VARCHAR,
  period_type VARCHAR, month DATE, breakdown VARCHAR, measure VARCHAR, series INTEGER, entry BIGINT,
  posted_at TIMESTAMP, feed VARCHAR, delivery_id BIGINT, cause VARCHAR, amount BIGINT,
  evidence STRUCT(delivery_id BIGINT, source_row BIGINT, weight BIGINT)[]);
CREATE TABLE kpi.police_force (force_slug VARCHAR, force_code VARCHAR, force_name VARCHAR, local_authorities BIGINT);
INSERT INTO kpi.police_force VALUES ('coast', 'F1', 'Coast', 1);
CREATE TABLE kpi.coverage (feed VARCHAR, cell VARCHAR, cover_code VARCHAR, part VARCHAR, starts_on DATE, months INTEGER,
  entry BIGINT, posted_at TIMESTAMP, weight INTEGER);
CREATE TABLE kpi.feed (feed VARCHAR, title VARCHAR, owner VARCHAR, cadence VARCHAR, due_after_days INTEGER,
  parts VARCHAR[], contract_version VARCHAR);
CREATE TABLE kpi.held (feed VARCHAR, cell VARCHAR, entry BIGINT, posted_at TIMESTAMP, rows BIGINT);
INSERT INTO kpi.feed VALUES ('police_street', 'Street', 'Coast Police', 'monthly', 60, [], '1.0.0'),
  ('population', 'Residents', 'ONS', 'yearly', 400, [], '1.0.0');
INSERT INTO kpi.held VALUES ('police_street', 'coast/2024-05', 3, '2024-07-01 09:00:00', 2);
CREATE TABLE kpi.release (release_id VARCHAR, quarter VARCHAR, published_at TIMESTAMP, last_entry BIGINT,
  known_at TIMESTAMP, supersedes VARCHAR, approved_by VARCHAR[], manifest_sha256 VARCHAR,
  previous_manifest_sha256 VARCHAR, row_hash VARCHAR, revision VARCHAR, reason VARCHAR, status VARCHAR,
  withdrawn_reason VARCHAR);
CREATE TABLE kpi.component (metric_id VARCHAR, kind VARCHAR, name VARCHAR, value VARCHAR);
CREATE TABLE kpi.certificate (release_id VARCHAR, metric_id VARCHAR, kind VARCHAR, name VARCHAR, value VARCHAR);
CREATE TABLE kpi.span (period VARCHAR, period_type VARCHAR, period_start DATE, period_end DATE);
INSERT INTO kpi.span VALUES ('2024-04', 'month', '2024-04-01', '2024-04-30'), ('2024-05', 'month', '2024-05-01',
  '2024-05-31'), ('2024-06', 'month', '2024-06-01', '2024-06-30'),
  ('2024-25-Q1', 'quarter', '2024-04-01', '2024-06-30');
INSERT INTO kpi.area VALUES ('W1', 'North', 'ward', 'L1', 'F1'), ('W2', 'South', 'ward', 'L1', 'F1'),
  ('L1', 'Seatown', 'local_authority', 'L1', 'F1'), ('F1', 'Coast', 'force', NULL, 'F1'),
  ('unplaced', 'Unplaced', 'unplaced', NULL, NULL);
COMMENT ON COLUMN kpi.ledger.amount IS 'What the entry adds to the balance';
"""

OBSERVATION = """
WITH level AS (
  SELECT metric_id, unnest(list_distinct([area_code, nullif(la_code, 'unplaced'), force_code])) AS area_code,
    month, amount
  FROM kpi.ledger WHERE posted_at <= {ts}
), covered AS (
  SELECT starts_on AS month FROM kpi.coverage WHERE posted_at <= {ts} GROUP BY starts_on HAVING sum(weight) > 0
), cell AS (
  SELECT m.metric_id, m.definition_version, m.unit, m.numerator AS top, m.denominator AS bottom, m.rate_base,
    a.area_code, a.area_name, a.area_type, s.*,
    (SELECT count(*) FROM covered WHERE month BETWEEN s.period_start AND s.period_end) AS months
  FROM kpi.metric AS m, kpi.area AS a, kpi.span AS s
), summed AS (
  SELECT c.*,
    coalesce((SELECT sum(amount) FROM level AS l WHERE l.metric_id = c.top AND l.area_code = c.area_code
      AND l.month BETWEEN c.period_start AND c.period_end), 0) AS n,
    CASE WHEN TRY_CAST(c.bottom AS BIGINT) IS NOT NULL THEN TRY_CAST(c.bottom AS BIGINT)
      WHEN c.bottom = 'population'
      THEN (SELECT sum(amount) FROM level AS l WHERE l.metric_id = 'population' AND l.area_code = c.area_code)
      ELSE coalesce((SELECT sum(amount) FROM level AS l WHERE l.metric_id = c.bottom AND l.area_code = c.area_code
        AND l.month BETWEEN c.period_start AND c.period_end), 0) END AS d
  FROM cell AS c
), judged AS (
  SELECT *, CASE WHEN months = 0 THEN 'missing'
    WHEN months < CASE period_type WHEN 'month' THEN 1 ELSE 3 END THEN 'incomplete'
    WHEN bottom IS NOT NULL AND coalesce(d, 0) = 0 THEN 'unavailable' ELSE 'final' END AS status FROM summed
)
SELECT metric_id, definition_version, area_code, area_name, area_type, period, period_type, period_start, period_end,
  'all' AS breakdown, CASE WHEN status <> 'missing' THEN CAST(n AS BIGINT) END AS numerator,
  CASE WHEN bottom IS NOT NULL AND status <> 'missing' THEN CAST(d AS BIGINT) END AS denominator,
  CASE WHEN status <> 'final' THEN NULL WHEN bottom IS NULL THEN CAST(n AS DOUBLE)
    ELSE CAST(n AS DOUBLE) / d * rate_base END AS value, unit,
  CAST(NULL AS DOUBLE) AS lower, CAST(NULL AS DOUBLE) AS upper,
  CAST(NULL AS VARCHAR) AS method, status,
  months / CASE period_type WHEN 'month' THEN 1.0 ELSE 3.0 END AS coverage,
  CAST(0 AS BIGINT) AS held_rows, 1 AS series
FROM judged
"""


def write_book(
    file: Path,
    *,
    last_entry: int = 7,
    definition: int = 1,
    positive_weight: int = 1,
    changed: Mapping[str, Mapping[str, Any]] | None = None,
    made_of: tuple[str, dict[str, str]] | None = None,
) -> Path:
    """Write a read file as known at an entry; ``positive_weight`` counts outcomes more often, as a new rule would.

    ``changed`` gives metrics other definitions; ``made_of`` is the hash of the models and of
    each list they read, which files of older versions do not hold. A file of the same words is made once and copied.
    """
    told = (last_entry, definition, positive_weight, changed, made_of)
    written = kept() / f"{hashlib.sha256(repr(told).encode()).hexdigest()}.duckdb"
    if not written.exists():
        _write(written, last_entry, definition, positive_weight, changed or {}, made_of)
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(".new")
    shutil.copyfile(written, beside)
    beside.replace(file)
    return file


def _write(
    file: Path,
    last_entry: int,
    definition: int,
    positive_weight: int,
    changed: Mapping[str, Mapping[str, Any]],
    made_of: tuple[str, dict[str, str]] | None,
) -> None:
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{file}' AS book (STORAGE_VERSION 'v1.0.0')")
        con.execute("USE book")
        con.execute(SCHEMA)
        for metric, unit, top, bottom, base, version in (
            (VIOLENCE, "offences", VIOLENCE, None, None, 1),
            (RATE, "per 1,000 residents", VIOLENCE, "population", 1000.0, 1),
            (OUTCOMES, "offences", OUTCOMES, None, None, definition),
            (SHARE, "per cent", OUTCOMES, VIOLENCE, 100.0, definition),
        ):
            row = {"definition_version": version, "unit": unit, "numerator": top, "denominator": bottom}
            row |= {"rate_base": base} | dict(changed.get(metric, {}))
            con.execute(
                "INSERT INTO kpi.metric VALUES (?, ?, ?, ?, ?, ?, ?, ?, TRUE)",
                (metric, metric[:2], row.pop("definition_version"), metric, *row.values()),
            )
        if made_of is not None:
            con.execute("ALTER TABLE kpi.metric ADD COLUMN model_hash VARCHAR")
            con.execute("ALTER TABLE kpi.metric ADD COLUMN seeds VARCHAR")
            con.execute("UPDATE kpi.metric SET model_hash = ?, seeds = ?", (made_of[0], json.dumps(made_of[1])))
        for number, (entry, delivery, cause, month, metric, area, amount) in enumerate(POSTINGS):
            if entry > last_entry:
                continue
            weight = amount * (positive_weight if metric == OUTCOMES else 1)
            feed = "population" if metric == "population" else "police_street"
            la = "unplaced" if area == "unplaced" else "L1"
            evidence = [{"delivery_id": delivery, "source_row": 2 + number, "weight": weight}]
            con.execute(
                "INSERT INTO kpi.ledger VALUES (?, ?, ?, 'F1', 'month', ?, 'all', 'amount', 1, ?, ?, ?, ?, ?, ?, ?)",
                (metric, area, la, month, entry, POSTED[entry], feed, delivery, cause, weight, evidence),
            )
        for entry, month, weight in COVERAGE:
            if entry <= last_entry:
                row = (f"coast/{month[:7]}", month, entry, POSTED[entry], weight)
                con.execute("INSERT INTO kpi.coverage VALUES ('police_street', ?, 'F1', NULL, ?, 1, ?, ?, ?)", row)
        for entry, posted in POSTED.items():
            if entry <= last_entry:
                kind, delivery = ("reversal", 4) if entry == 6 else ("delivery", entry)
                con.execute(
                    "INSERT INTO kpi.entry VALUES (?, ?, ?, ?, 'police_street', NULL, NULL)",
                    (entry, posted, kind, delivery),
                )
                if entry in FILES:
                    con.execute(
                        "INSERT INTO kpi.delivery (delivery_id, feed, file_name, sha256, published_at, received_at, "
                        "contract_version, status, entry, posted_at) "
                        "VALUES (?, ?, ?, ?, ?, ?, '1.0.0', 'accepted', ?, ?)",
                        [entry, "population" if entry == 1 else "police_street", FILES[entry], f"{entry:064d}",
                         posted, posted, entry, posted],
                    )  # fmt: skip
        con.execute(
            "INSERT INTO kpi.build VALUES (?, ?, ?, '0', 1)", (last_entry, POSTED[last_entry], POSTED[last_entry])
        )
        now = f"TIMESTAMP '{POSTED[last_entry]}'"
        order = "ORDER BY metric_id, area_code, period_type, period_start"
        con.execute(f"CREATE TABLE kpi.observation AS {OBSERVATION.format(ts=now)} {order}")
        con.execute(
            "CREATE TABLE kpi.certified AS SELECT *, CAST(NULL AS VARCHAR) AS release_id, "
            "CAST(NULL AS TIMESTAMP) AS known_at, CAST(NULL AS VARCHAR) AS note FROM kpi.observation WHERE FALSE"
        )
        con.execute(
            "INSERT INTO kpi.component SELECT metric_id, unnest(['definition', 'deliveries', 'package', 'snapshot']), "
            "unnest([metric_id, 'police_street', 'safer-kpi', 'lake']), "
            f"unnest([concat(definition_version, ' d'), '{last_entry} e{last_entry}', '0', '{last_entry}']) "
            "FROM kpi.metric"
        )
        con.execute(f"CREATE MACRO kpi.as_of(ts) AS TABLE {OBSERVATION.format(ts='ts')}")


@pytest.fixture(scope="session")
def book_writer() -> Callable[..., Path]:
    """Write a read file as known at an entry."""
    return write_book


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(tmp_path / "home")


@pytest.fixture
def build(settings: Settings, book_writer: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Bring the journal and the read file up to an entry."""
    return builder(settings, book_writer, monkeypatch)


@pytest.fixture(scope="session")
def two_releases(book_writer: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Q1 published at entry 4 and corrected at entry 7."""
    settings = Settings.load(tmp_path_factory.mktemp("two") / "home")
    with pytest.MonkeyPatch.context() as patch:
        build = builder(settings, book_writer, patch)
        build(4)
        assert publish(settings) == "2024-25-Q1"
        build(7)
        assert publish(settings, reason="June came again") == "2024-25-Q1.2"
    return settings.home


@pytest.fixture
def home(two_releases: Path, tmp_path: Path) -> Path:
    """A copy of it, for one test to spoil."""
    return Path(shutil.copytree(two_releases, tmp_path / "home"))
