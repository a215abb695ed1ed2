"""Bring a copy of the last read file up to the lake: make again what has changed, and carry the rest over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.compute import verdicts
from safer_kpi.compute.changed import EVER, TOUCHED, Since, renew_tables
from safer_kpi.compute.explained import require_explained
from safer_kpi.compute.observations import insert_observations
from safer_kpi.compute.sampled import unlike_in_sample
from safer_kpi.sql import literal
from safer_kpi.version import package_version

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import duckdb

    from safer_kpi.settings import Settings

#: Of the carried numbers, those whose period has settled since: nothing else in them depends on the day.
_HAS_SETTLED = """
    o.metric_id = m.metric_id AND o.status = 'provisional'
    AND o.period_end <= (SELECT as_of FROM kpi.build) - m.settles_after_months * INTERVAL '1' MONTH
"""
#: The last day that a period which has settled can end on: most numbers are looked at no further.
_SOONEST = """(SELECT as_of FROM kpi.build)
    - (SELECT min(settles_after_months) FROM kpi.metric) * INTERVAL '1' MONTH"""
_SETTLED = f"""
    SELECT {", ".join(f"o.{name.strip()}" for name in verdicts.KEY.split(","))}
    FROM (SELECT * FROM kpi.observation WHERE period_end <= {_SOONEST}) AS o JOIN kpi.metric AS m ON {_HAS_SETTLED}
    ANTI JOIN {TOUCHED} AS t ON o.metric_id = t.metric_id AND o.area_code = t.area_code
"""
_SETTLE = f"UPDATE kpi.observation AS o SET status = 'final' FROM kpi.metric AS m WHERE {_HAS_SETTLED}"

#: The numbers that are made again. Of the others at most a status has changed, and from one that says the same.
_MADE = f"(SELECT o.* FROM kpi.observation AS o SEMI JOIN {TOUCHED} USING (metric_id, area_code))"

#: What is asked of the book in use; it raises what stops the build.
Examination = Callable[["duckdb.DuckDBPyConnection"], None]


def unexamined(_: duckdb.DuckDBPyConnection) -> None:
    """Ask nothing of the tables."""


@dataclass(frozen=True, kw_only=True)
class Built:
    """The build that a read file holds.

    Attributes:
        last_entry: the last journal entry the numbers hold.
        built_at: when it ended, UTC.
        snapshot: the lake's snapshot that the file is read from.
        lake_id: the lake's identity.
    """

    last_entry: int
    built_at: dt.datetime
    snapshot: int
    lake_id: str | None


class CarriedOverWrongError(Exception):
    """Numbers that were to be carried over are not those that the rule gives.

    Attributes:
        metric_ids: the metrics that they belong to.
    """

    def __init__(self, metric_ids: list[str]) -> None:
        super().__init__(", ".join(metric_ids))
        self.metric_ids = metric_ids


class MostIsNewError(Exception):
    """Most numbers would be made again: a whole file is written sooner, in less memory, and in order."""


#: How many pairs of metric and area that are carried over are made again at each build, to compare them.
_SAMPLE = 40
#: About how many numbers they are chosen from: all of most lakes; of a country's, one or two metrics at each build.
_SAMPLED = 250_000
#: Up to so many numbers are made again in a copy, however few are carried over.
MANY = 200_000


def renew(
    connection: duckdb.DuckDBPyConnection,
    project: Path,
    built: Built,
    since: Since,
    *,
    examine: Examination = unexamined,
    engine: Settings | None = None,
) -> int:
    """Bring the copy, attached as ``book`` and in use, up to the lake; return how many numbers were made again.

    A number is made again where something that it is made of has changed. Of the others a period may have settled; some
    of them are made again too, by DuckDB, only to be compared. ``engine`` may name another engine for the rest, and
    ``examine`` is asked of the tables before any number is made.

    Raises:
        CarriedOverWrongError: they differ.
        MostIsNewError: more numbers change than are carried over; the copy is half renewed.
        CheckFailed: a status does not fit its number.
    """
    renew_tables(connection, since)
    examine(connection)
    write_build(connection, built)
    connection.execute(f"CREATE TEMP TABLE settled AS {_SETTLED}")
    if connection.execute("SELECT 1 FROM settled LIMIT 1").fetchall():
        connection.execute(_SETTLE)
    gone, before = _delete(connection, "observation", since), _count(connection)
    if gone > max(before, MANY):
        raise MostIsNewError
    _delete(connection, "verdict", since)
    touched = f"SELECT metric_id, area_code FROM {TOUCHED}"
    insert_observations(connection, project, touched, "kpi.observation", engine=engine)
    require_explained(connection, project, "kpi.observation" if since == EVER else _MADE)
    verdicts.insert(connection, TOUCHED)
    verdicts.insert_settled(connection, "settled")
    seed = str(built.last_entry)
    some = f"""SELECT metric_id FROM (SELECT metric_id, count(*) AS numbers FROM kpi.observation GROUP BY metric_id)
        QUALIFY sum(numbers) OVER (ORDER BY hash(metric_id, {seed})) - numbers < {_SAMPLED}"""
    others = f"""SELECT DISTINCT metric_id, area_code FROM kpi.observation
        SEMI JOIN ({some}) USING (metric_id) ANTI JOIN {TOUCHED} USING (metric_id, area_code)"""
    if wrong := unlike_in_sample(connection, project, pairs=others, count=_SAMPLE, seed=seed):
        raise CarriedOverWrongError(sorted(wrong))
    connection.execute(f"DROP TABLE settled; DROP TABLE {TOUCHED}")
    return _count(connection) - before


def write_build(connection: duckdb.DuckDBPyConnection, built: Built) -> None:
    """Write the only row of ``kpi.build``, in a book that holds the entries."""
    connection.execute("DELETE FROM kpi.build")
    connection.execute(
        f"INSERT INTO kpi.build SELECT {built.last_entry}, posted_at, {literal(built.built_at)}, "
        f"{literal(package_version())}, {built.snapshot}, {literal(built.lake_id)} "
        f"FROM kpi.entry WHERE entry = {built.last_entry}"
    )


def _delete(connection: duckdb.DuckDBPyConnection, table: str, since: Since) -> int:
    """Delete the rows of what is made again, and return how many; delete those of metrics that are gone too."""
    ((rows,),) = connection.execute(
        f"DELETE FROM kpi.{table} AS o USING {TOUCHED} AS t "
        "WHERE o.metric_id = t.metric_id AND o.area_code = t.area_code"
    ).fetchall()
    if since == EVER:
        connection.execute(f"DELETE FROM kpi.{table} WHERE metric_id NOT IN (SELECT metric_id FROM kpi.metric)")
    return int(rows)


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    ((rows,),) = connection.execute("SELECT count(*) FROM kpi.observation").fetchall()
    return int(rows)
