"""The verdicts of a release or of the live balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.domain.periods import period_at
from safer_kpi.errors import NotFound
from safer_kpi.reading.book import one_of
from safer_kpi.reading.changing.references import reference
from safer_kpi.reading.contributing import OWN_RECORD, contributors, has_contributors, unlike
from safer_kpi.reading.every_verdict import every_verdict, is_derived, terms_of
from safer_kpi.reading.metric import period_filter
from safer_kpi.reading.sealing.sealed import require_sealed
from safer_kpi.reading.sealing.terms import require_terms
from safer_kpi.reading.sensitive import sensitivity_of
from safer_kpi.reading.table import Table
from safer_kpi.sql import literal, values

if TYPE_CHECKING:
    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.reading.picture import Picture
    from safer_kpi.sql import Value

COLUMNS = (
    "metric_id",
    "area_code",
    "area_name",
    "period",
    "period_type",
    "period_start",
    "period_end",
    "breakdown",
    "against",
    "reference_period",
    "is_baseline",
    "value",
    "reference_value",
    "numerator",
    "denominator",
    "reference_numerator",
    "reference_denominator",
    "verdict",
    "reason",
    "test",
    "statistic",
    "p_value",
    "change",
    "sensitivity",
    "contributors_differ",
    "release_id",
    "known_at",
)


_DIFFERING = {
    "of_metric": "VARCHAR",
    "of_type": "VARCHAR",
    "of_start": "DATE",
    "of_against": "VARCHAR",
    "contributors_differ": "VARCHAR",
}
#: The columns that verdicts of older versions do not have, with their types.
_LATER = {
    "is_baseline": "BOOLEAN",
    "value": "DOUBLE",
    "reference_value": "DOUBLE",
    "numerator": "BIGINT",
    "denominator": "BIGINT",
    "reference_numerator": "BIGINT",
    "reference_denominator": "BIGINT",
}


def verdict_table(
    lake: Picture,
    metric: str | None = None,
    *,
    area: str | None = None,
    by: PeriodType | None = None,
    period: str | None = None,
    breakdown: str | None = None,
    release: str | None = None,
) -> Table:
    """Return the table that ``Lake.verdicts`` documents."""
    chosen = lake.latest_release() if release is None else release
    is_live = chosen is None or chosen == "now"
    if is_live:
        lake.require_live("The live balance")
    release_id = None if is_live or chosen is None else lake.release_id(chosen)
    table = "verdict" if is_live else "certified_verdict"
    _require(lake, table)
    narrow = [f"breakdown = {literal(breakdown or 'all')}"]
    if metric is not None:
        # Releases keep a metric that is no longer defined.
        numbers = "kpi.observation" if release_id is None else f"kpi.certified WHERE release_id = {literal(release_id)}"
        held = [row[0] for row in lake.book.read(f"SELECT DISTINCT metric_id FROM {numbers}")[1]]
        metric = one_of(metric, [*lake.book.metrics, *held], "metric")
        narrow.append(f"metric_id = {literal(metric)}")
    code = None if area is None else lake.book.area_code(area)
    if code is not None:
        narrow.append(f"area_code = {literal(code)}")
    if release_id is not None:
        _require_signed(lake, release_id, metric, code)
    where = period_filter(by, period)
    narrow += [one for one in where if one.startswith("period_type")]
    source = f"({every_verdict(lake, release_id, narrow)})"
    is_older = not lake.book.has_column(table, "is_baseline")
    told = {"sensitivity": f"{sensitivity_of(lake.book, 'v.metric_id')} AS sensitivity"}
    columns = ", ".join(told.get(name) or _selected(name, is_older=is_older) for name in COLUMNS)
    added = _added(_differing(lake, f"{source} AS v WHERE {' AND '.join(where) or 'TRUE'}"))
    sql = f"""
        SELECT {columns}
        FROM {source} AS v
        LEFT JOIN (SELECT area_code, any_value(area_name) AS area_name FROM kpi.area GROUP BY area_code) AS a
          ON v.area_code = a.area_code
        LEFT JOIN ({added}) AS d
          ON v.metric_id = d.of_metric AND v.period_type = d.of_type AND v.period_start = d.of_start
          AND v.against = d.of_against AND v.area_code = d.of_area
        WHERE {" AND ".join(where) or "TRUE"}
        ORDER BY metric_id, v.area_code, period_type, period_start, against
    """
    return Table(lake.book, sql, COLUMNS)


def _require_signed(lake: Picture, release_id: str, metric: str | None, area: str | None) -> None:
    """Raise unless verdicts of a release, and what those are derived from that are not stored, are what was signed."""
    require_sealed(lake, release_id, table="certified_verdict", metric=metric, area=area)
    if is_derived(lake, release_id):
        require_sealed(lake, release_id, metric=metric, area=area)
        require_terms(lake, release_id, terms_of(lake, release_id), metric=metric)


def _differing(lake: Picture, verdicts: str) -> list[tuple[Value, ...]]:
    """Return the pairs of periods whose months have other sources, with what differs."""
    if not has_contributors(lake):
        return []
    rows = lake.book.read(
        f"SELECT DISTINCT metric_id, period_type, period_start, against, known_at FROM {verdicts} "
        "AND against <> 'series' ORDER BY ALL"
    )[1]
    sources = {metric_id: contributors(lake, metric_id) for metric_id in {row[0] for row in rows}}
    found: list[tuple[Value, ...]] = []
    for metric_id, kind, start, against, known_at in rows:
        if not sources[metric_id].steps:
            continue
        earlier = reference(lake.book.metrics[metric_id], against, None, start, kind)
        if isinstance(earlier, str):
            continue
        period = period_at(start, kind)
        differ = unlike(sources[metric_id], (period, earlier), (known_at, known_at), months=range(period.months))
        if differ:
            found.append((metric_id, kind, start, against, differ))
    return found


def _added(differing: list[tuple[Value, ...]]) -> str:
    """Return the query for the differing contributors, by area. No other source adds to a force's own record."""
    found = values(_DIFFERING, differing)
    if not differing:
        return f"SELECT *, CAST(NULL AS VARCHAR) AS of_area FROM ({found}) AS nothing"
    areas = f"SELECT area_code AS of_area FROM kpi.area WHERE area_type <> '{OWN_RECORD}'"
    return f"SELECT * FROM ({found}) AS periods CROSS JOIN ({areas}) AS areas"


def _selected(name: str, *, is_older: bool) -> str:
    if is_older and name in _LATER:
        return f"CAST(NULL AS {_LATER[name]}) AS {name}"
    return "v.area_code" if name == "area_code" else name


def _require(lake: Picture, table: str) -> None:
    """Raise ``NotFound`` if the file was written before verdicts existed."""
    sql = f"SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'kpi' AND table_name = {literal(table)}"
    if not lake.book.read(f"{sql} AND database_name = current_database()")[1][0][0]:
        raise NotFound(
            "These numbers have no verdicts, because an older version wrote them.",
            next_action="Run safer-kpi build, or read a later release.",
        )
