"""Counts and figures as tables: read from a release or a public edition, written into one that is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.disclosure.protect.values import AUTHORITY, WARD, Count, Period, Place, Published
from safer_kpi.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import duckdb

    from safer_kpi.disclosure.rule import Rule

#: The columns of ``kpi.published``, in order.
COLUMNS: Mapping[str, str] = {
    "metric_id": "VARCHAR",
    "series": "INTEGER",
    "definition_version": "INTEGER",
    "area_code": "VARCHAR",
    "area_type": "VARCHAR",
    "period": "VARCHAR",
    "period_type": "VARCHAR",
    "period_start": "DATE",
    "period_end": "DATE",
    "breakdown": "VARCHAR",
    "figure": "BIGINT",
    "how": "VARCHAR",
    "release_id": "VARCHAR",
    "edition": "VARCHAR",
    "corrects": "VARCHAR",
}
_COUNTS = """
SELECT
  metric_id, definition_version, area_code, area_type, period, period_type, period_start, period_end, breakdown,
  CASE WHEN status = 'certified' THEN numerator END
FROM kpi.certified
WHERE list_contains($metrics, metric_id) AND list_contains($areas, area_code)
  AND area_type IN ('local_authority', 'ward') AND period_type IN ('quarter', 'year', 'rolling12')
"""


def place_of(connection: duckdb.DuckDBPyConnection, authority: str) -> Place:
    """Return an authority and its wards, as an open release's ``kpi.area`` has them.

    Raises:
        NotFound: the release has no such authority.
    """
    rows = connection.execute(
        "SELECT area_code, area_type FROM kpi.area WHERE la_code = ? ORDER BY area_code", [authority]
    ).fetchall()
    if (authority, AUTHORITY) not in rows:
        raise NotFound(f"The release has no local authority {authority}.", next_action="Name the partnership's own.")
    return Place(authority=authority, wards=frozenset(code for code, kind in rows if kind == WARD))


def read_counts(connection: duckdb.DuckDBPyConnection, *, rules: Mapping[str, Rule], place: Place) -> list[Count]:
    """Return the counts of protected metrics of an open restricted release, of the own authority and its wards."""
    metrics = [name for name, rule in rules.items() if rule.method == "protected" and rule.is_count]
    rows = connection.execute(_COUNTS, {"metrics": metrics, "areas": [place.authority, *sorted(place.wards)]})
    return [
        Count(
            metric_id=metric,
            definition_version=version,
            area_code=area,
            area_type=kind,
            period=Period(label=label, length=length, starts_on=first, ends_on=last),
            breakdown=breakdown,
            value=value,
        )
        for metric, version, area, kind, label, length, first, last, breakdown, value in rows.fetchall()
    ]


def read_labels(connection: duckdb.DuckDBPyConnection, *, rules: Mapping[str, Rule]) -> frozenset[str]:
    """Return the parts that a restricted release has of published breakdowns, in any area and period.

    The parts of a metric whose rule publishes none of them are left out: another feed may have other parts.
    """
    pairs = [f"{name} {word}" for name, rule in rules.items() if rule.method == "protected" for word in rule.breakdowns]
    rows = connection.execute(
        "SELECT DISTINCT breakdown FROM kpi.certified "
        "WHERE list_contains($pairs, metric_id || ' ' || split_part(breakdown, ':', 1))",
        {"pairs": pairs},
    )
    return frozenset(label for (label,) in rows.fetchall())


def read_published(connection: duckdb.DuckDBPyConnection) -> list[Published]:
    """Return the figures of an open public edition."""
    rows = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM kpi.published").fetchall()
    return [_published(dict(zip(COLUMNS, row, strict=True))) for row in rows]


def write_published(connection: duckdb.DuckDBPyConnection, rows: Iterable[Published]) -> None:
    """Create ``kpi.published`` with these figures; the schema ``kpi`` must exist."""
    connection.execute(f"CREATE TABLE kpi.published ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})")
    columns = zip(*(_row(row) for row in rows), strict=True)
    held = dict(zip(COLUMNS, columns, strict=False))
    if held:
        lists = ", ".join(f"unnest(${name}::{kind}[])" for name, kind in COLUMNS.items())
        connection.execute(f"INSERT INTO kpi.published SELECT {lists}", {name: list(held[name]) for name in COLUMNS})


def _published(row: Mapping[str, Any]) -> Published:
    values = dict(row)
    period = Period(
        label=values.pop("period"),
        length=values.pop("period_type"),
        starts_on=values.pop("period_start"),
        ends_on=values.pop("period_end"),
    )
    return Published(**values, period=period)


def _row(row: Published) -> tuple[object, ...]:
    period = {
        "period": row.period.label,
        "period_type": row.period.length,
        "period_start": row.period.starts_on,
        "period_end": row.period.ends_on,
    }
    return tuple(period[name] if name in period else getattr(row, name) for name in COLUMNS)
