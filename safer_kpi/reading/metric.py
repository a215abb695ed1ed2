"""The observations of one metric: certified, live, or as known at a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from safer_kpi.domain.periods import PERIOD_TYPES, PeriodType, parse_period, period_type
from safer_kpi.errors import NotFound, UsageError
from safer_kpi.reading import older
from safer_kpi.reading.book import one_of
from safer_kpi.reading.contributing import contributors, with_contributors
from safer_kpi.reading.denominators import reason
from safer_kpi.reading.releases import withdrawn_reason
from safer_kpi.reading.sealing.sealed import require_sealed
from safer_kpi.reading.sensitive import sensitivity
from safer_kpi.reading.table import Table
from safer_kpi.sql import literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from safer_kpi.reading.picture import Picture
    from safer_kpi.reading.times import Moment

COLUMNS = (
    "metric_id",
    "definition_version",
    "area_code",
    "area_name",
    "area_type",
    "period",
    "period_type",
    "period_start",
    "period_end",
    "breakdown",
    "numerator",
    "denominator",
    "value",
    "unit",
    "lower",
    "upper",
    "method",
    "status",
    "coverage",
    "placed",
    "sensitivity",
    "held_rows",
    "unplaced",
    "contributors",
    "series",
    "note",
    "reason",
    "release_id",
    "known_at",
)
#: The columns that the numbers themselves have. Who contributes stands in the coverage, and why a rate has no
#: denominator in the feeds; who may see it stands in the definition.
_STORED = tuple(name for name in COLUMNS if name not in {"contributors", "reason", "sensitivity"})
# A live number is not certified, even if it has settled; a status that says what is missing stays.
_LIVE_STATUS = "CASE WHEN status IN ('final', 'provisional') THEN 'uncertified' ELSE status END AS status"
_WITHDRAWN_STATUS = "CASE WHEN status IN ('certified', 'provisional') THEN 'withdrawn' ELSE status END AS status"


_NO_NOTE = "CAST(NULL AS VARCHAR) AS note"
CERTIFIED = "kpi.certified"


class _Source(NamedTuple):
    """Where numbers are read from: the select list of the stored columns by their names, and the relation."""

    columns: dict[str, str]
    relation: str


def metric_table(
    lake: Picture,
    metric: str | Sequence[str],
    *,
    area: str | Sequence[str] | None,
    by: PeriodType | None,
    breakdown: str | None,
    release: str | None,
    known_at: Moment | None,
    definition: int | None,
    period: str | None,
) -> Table:
    """Return the table that ``Lake.metric`` documents."""
    names = [metric] if isinstance(metric, str) else list(dict.fromkeys(metric))
    if not names:
        raise UsageError("No metric is named.", next_action="Name one, as metrics() lists them.")
    areas = [area] if isinstance(area, str) else area
    parts = [
        _one_metric(
            lake,
            name,
            areas=areas,
            by=by,
            breakdown=breakdown,
            release=release,
            known_at=known_at,
            definition=definition,
            period=period,
        )
        for name in names
    ]
    if len(parts) == 1:  # planned twice as fast as within another query
        return Table(lake.book, f"{parts[0]} ORDER BY area_code, period_start", COLUMNS)
    every = " UNION ALL ".join(f"SELECT *, {place} AS place FROM ({sql}) AS one" for place, sql in enumerate(parts))
    columns = ", ".join(COLUMNS)
    return Table(lake.book, f"SELECT {columns} FROM ({every}) AS n ORDER BY place, area_code, period_start", COLUMNS)


def _one_metric(
    lake: Picture,
    metric: str,
    *,
    areas: Sequence[str] | None,
    by: PeriodType | None,
    breakdown: str | None,
    release: str | None,
    known_at: Moment | None,
    definition: int | None,
    period: str | None,
) -> str:
    """Return the query of one metric's numbers."""
    if release is not None and known_at is not None:
        raise UsageError("release and known_at cannot be combined.", next_action="Use only one of them.")
    source, where, moment = _source(lake, release, known_at)
    metric_id = _metric_id(lake, metric, source, where)
    where += [f"metric_id = {literal(metric_id)}"]
    _require_signed(lake, source, release, metric_id, areas)
    if definition is not None:
        _require_definition(lake, metric_id, definition, source, where)
    if areas is not None:
        codes = sorted({lake.book.area_code(area) for area in areas})
        where.append(f"area_code IN ({', '.join(map(literal, codes))})" if codes else "FALSE")
    asked = _asked_length(by, period)
    if asked is not None:
        _require_length(lake, metric_id, asked, source, where)
    where.append(f"breakdown = {literal(breakdown or 'all')}")
    where += period_filter(by if by or period else shortest(lake, metric_id), period)
    columns = source.columns | {
        "reason": f"{reason(lake, metric_id)} AS reason",
        "sensitivity": f"CAST({literal(sensitivity(lake.book, metric_id))} AS VARCHAR) AS sensitivity",
    }
    numbers = f"{source.relation} WHERE {' AND '.join(where)}"
    return with_contributors(columns, numbers, COLUMNS, contributors(lake, metric_id), moment)


def numbers_of(lake: Picture, release: str | None) -> tuple[str, list[str]]:
    """Return the relation that holds the numbers of a release or the live balance, and the conditions on it."""
    source, where, _ = _source(lake, release, None)
    return source.relation, where


def shortest(lake: Picture, metric_id: str) -> PeriodType:
    """Return the shortest period length of a metric."""
    given = (lake.book.metrics.get(metric_id) or {}).get("periods") or ["month"]
    return next(known for known in PERIOD_TYPES if known in given)


def period_filter(by: PeriodType | None, period: str | None) -> list[str]:
    """Return the SQL conditions for a period length and a period; a period implies its own length."""
    by = period_type(by)
    if period is None:
        return [f"period_type = {literal(by)}"] if by else []
    span = parse_period(period, by=by)
    return [f"period_type = {literal(span.period_type)}", f"period = {literal(span.label)}"]


def _asked_length(by: str | None, period: str | None) -> PeriodType | None:
    """Return the period length that a request names, by itself or through a period."""
    length = period_type(by)
    return length if period is None else parse_period(period, by=length).period_type


def _require_length(lake: Picture, metric_id: str, asked: PeriodType, source: _Source, where: list[str]) -> None:
    """Check that the metric has numbers of a period length; an older definition of a release may have had others."""
    given = (lake.book.metrics.get(metric_id) or {}).get("periods") or [asked]
    if asked in given:
        return
    sql = f"SELECT 1 FROM {source.relation} WHERE {' AND '.join(where)} AND period_type = {literal(asked)} LIMIT 1"
    if not lake.book.read(sql)[1]:
        raise NotFound(
            f"{metric_id} is not available in this period type: {asked}.",
            next_action=f"Use one of: {', '.join(known for known in PERIOD_TYPES if known in given)}.",
        )


def _source(lake: Picture, release: str | None, known_at: Moment | None) -> tuple[_Source, list[str], dt.datetime]:
    """Return where to read from, the conditions that select the numbers, and their moment."""
    if known_at is not None:
        moment = lake.moment(known_at)
        return _Source(_live(lake, literal(moment)), f"kpi.as_of({literal(moment)})"), [], moment
    chosen = lake.latest_release() if release is None else release
    if chosen is None or chosen == "now":
        lake.require_live("The live balance")
        return _Source(_live(lake, literal(lake.book.as_of)), "kpi.observation"), [], lake.book.as_of
    where = f"release_id = {literal(lake.release_id(chosen))}"
    known = lake.book.known(f"SELECT known_at FROM {CERTIFIED} WHERE {where} LIMIT 1")  # the same in all of its rows
    return _Source(_stored(lake), CERTIFIED), [where], known[0][0] if known else lake.book.as_of


def _require_signed(
    lake: Picture, source: _Source, release: str | None, metric_id: str, areas: Sequence[str] | None
) -> None:
    """Raise if the certified numbers that are asked for are not those that people signed."""
    chosen = release or lake.latest_release()
    if source.relation == CERTIFIED and chosen is not None:
        for code in [None] if areas is None else [lake.book.area_code(area) for area in areas]:
            require_sealed(lake, lake.release_id(chosen), metric=metric_id, area=code)


def _stored(lake: Picture) -> dict[str, str]:
    """Return the select list for certified numbers; those of a withdrawn release have the status ``withdrawn``."""
    columns = dict(zip(_STORED, older.given(lake.book, _STORED, "certified"), strict=True))
    if not lake.book.certified_has_notes:
        columns["note"] = _NO_NOTE
    if lake.place.release_id and withdrawn_reason(lake) is not None:
        columns["status"] = _WITHDRAWN_STATUS
    return columns


def _live(lake: Picture, known_at: str) -> dict[str, str]:
    columns = dict(zip(_STORED, older.given(lake.book, _STORED, "observation"), strict=True))
    last = {"release_id": "CAST(NULL AS VARCHAR) AS release_id", "known_at": f"{known_at} AS known_at"}
    return {**columns, "status": _LIVE_STATUS, "note": _NO_NOTE, **last}


def _metric_id(lake: Picture, metric: str, source: _Source, where: list[str]) -> str:
    if metric in lake.book.metrics:
        return metric
    # Releases keep a metric that is no longer defined.
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    held = [row[0] for row in lake.book.read(f"SELECT DISTINCT metric_id FROM {source.relation}{condition}")[1]]
    return one_of(metric, [*lake.book.metrics, *held], "metric")


def _require_definition(lake: Picture, metric_id: str, definition: int, source: _Source, where: list[str]) -> None:
    sql = f"SELECT DISTINCT definition_version FROM {source.relation} WHERE {' AND '.join(where)} ORDER BY 1"
    held = [row[0] for row in lake.book.read(sql)[1]]
    if definition not in held:
        there = ", ".join(str(version) for version in held) or "none"
        raise NotFound(
            f"The numbers of {metric_id} do not have definition version {definition}.",
            next_action=f"Use one of: {there}.",
        )
