"""``Lake.change``: what a number was a year before at the same age, and how much it has changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.change import Measure
from safer_kpi.domain.periods import PeriodType, parse_period, period_type
from safer_kpi.errors import UsageError
from safer_kpi.reading.changing.breaks import breaks
from safer_kpi.reading.changing.figures import Asked, earlier, entry_at, numbers
from safer_kpi.reading.changing.references import named_period, reference
from safer_kpi.reading.changing.rows import Call, moment_of, row
from safer_kpi.reading.contributing import OWN_RECORD, contributors
from safer_kpi.reading.metric import shortest
from safer_kpi.reading.older import denominator_kind
from safer_kpi.reading.sealing.sealed import require_sealed
from safer_kpi.reading.sensitive import sensitivity
from safer_kpi.reading.table import Table
from safer_kpi.reading.tracing.trace import is_summed, ledgers
from safer_kpi.sql import literal, values

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from safer_kpi.domain.change import Figure
    from safer_kpi.reading.changing.figures import Key, Numbers
    from safer_kpi.reading.picture import Picture
    from safer_kpi.reading.times import Moment

COLUMNS = {
    "metric_id": "VARCHAR",
    "definition_version": "INTEGER",
    "area_code": "VARCHAR",
    "area_name": "VARCHAR",
    "area_type": "VARCHAR",
    "period": "VARCHAR",
    "period_type": "VARCHAR",
    "period_start": "DATE",
    "period_end": "DATE",
    "breakdown": "VARCHAR",
    "against": "VARCHAR",
    "reference_period": "VARCHAR",
    "months": "INTEGER",
    "of_months": "INTEGER",
    "left_out": "VARCHAR[]",
    "value": "DOUBLE",
    "numerator": "BIGINT",
    "denominator": "BIGINT",
    "reference_value": "DOUBLE",
    "reference_numerator": "BIGINT",
    "reference_denominator": "BIGINT",
    "difference": "DOUBLE",
    "percentage": "DOUBLE",
    "basis": "VARCHAR",
    "reference_known_at": "TIMESTAMP",
    "latest_reference_value": "DOUBLE",
    "latest_difference": "DOUBLE",
    "latest_percentage": "DOUBLE",
    "unit": "VARCHAR",
    "status": "VARCHAR",
    "reference_status": "VARCHAR",
    "sensitivity": "VARCHAR",
    "reason": "VARCHAR",
    "contributors_differ": "VARCHAR",
    "release_id": "VARCHAR",
    "known_at": "TIMESTAMP",
}
_QUARTERLY: tuple[PeriodType, ...] = ("year", "rolling12", "rolling36")


@dataclass(frozen=True, kw_only=True)
class Source:
    """The file that holds the compared numbers, and the moment up to which they were known.

    Attributes:
        lake: the lake, or the folder of the release: its ledger and rules are those of the numbers.
        relation: the relation that holds the numbers, and ``where`` the conditions that select them.
        release_id: the release that certified them; None for live numbers.
        known_at: up to when postings count in them (UTC).
    """

    lake: Picture
    relation: str
    where: list[str]
    release_id: str | None
    known_at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The length of period over which one metric is compared, and the shorter periods that it has, if any."""

    metric_id: str
    kind: PeriodType
    part: PeriodType | None
    measure: Measure


def change_table(
    lake: Picture,
    metric: str | Sequence[str],
    *,
    area: str | Sequence[str] | None,
    period: str | None,
    by: PeriodType | None,
    against: str,
    breakdown: str | None,
    release: str | None,
    known_at: Moment | None,
) -> Table:
    """Return the table that ``Lake.change`` documents."""
    source = _source(lake, release, known_at)
    book = source.lake.book
    chosen = None if period is None else parse_period(period, by=period_type(by))
    kind = chosen.period_type if chosen else period_type(by)
    named = named_period(against, kind)
    kind = kind or (named.period_type if named else None)
    plans = [_plan(source.lake, book.metric_id(each), kind) for each in _each(metric)]
    if source.release_id is not None:
        for plan in plans:
            require_sealed(source.lake, source.release_id, metric=plan.metric_id)
    asked = Asked(
        metric_ids=[plan.metric_id for plan in plans],
        area_codes=None if area is None else [book.area_code(each) for each in _each(area)],
        breakdown=breakdown or "all",
        kinds=sorted({kind for plan in plans for kind in (plan.kind, plan.part) if kind}),
    )
    now = numbers(source.lake, source.relation, source.where, asked)
    references = {
        key: reference(book.metrics[plan.metric_id], against, named, key[3], plan.kind)
        for plan in plans
        for key in sorted(now.about)
        if key[0] == plan.metric_id and key[2] == plan.kind and (chosen is None or key[3] == chosen.start)
    }
    at = {moment_of(source.known_at, found, key[3]) for key, found in references.items() if not isinstance(found, str)}
    then = earlier(source.lake, at, asked)
    entries = {moment: entry_at(source.lake, moment) for moment in at}
    forces = {about["area_code"] for about in now.about.values() if about["area_type"] == OWN_RECORD}
    calls = {
        plan.metric_id: Call(
            measure=plan.measure,
            contributors=contributors(source.lake, plan.metric_id),
            forces=forces,
            part=plan.part,
            known_at=source.known_at,
            now=now.figures,
            then=then,
            entries=entries,
            breaks=breaks(source.lake, plan.metric_id, asked, source.known_at),
            defined_otherwise=_defined_otherwise(now, book.metrics[plan.metric_id]),
        )
        for plan in plans
    }
    rows = [
        _shown(source, asked, against, now, key) | row(calls[key[0]], key, found) for key, found in references.items()
    ]
    told = [tuple(each.get(name) for name in COLUMNS) for each in rows]
    return Table(lake.book, values(COLUMNS, told), tuple(COLUMNS))


def _each(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(dict.fromkeys(names))


def _plan(lake: Picture, metric_id: str, kind: PeriodType | None) -> Plan:
    length = kind or shortest(lake, metric_id)
    measure = _measure(lake, metric_id)
    part = _part(lake, metric_id, length) if measure.is_summed else None
    return Plan(metric_id=metric_id, kind=length, part=part, measure=measure)


def _source(lake: Picture, release: str | None, known_at: Moment | None) -> Source:
    if release is not None and known_at is not None:
        raise UsageError("release and known_at cannot be combined.", next_action="Use only one of them.")
    if known_at is not None:
        moment = lake.moment(known_at)
        return Source(lake=lake, relation=f"kpi.as_of({literal(moment)})", where=[], release_id=None, known_at=moment)
    chosen = lake.latest_release() if release is None else release
    if chosen is None or chosen == "now":
        lake.require_live("The live balance")
        return Source(lake=lake, relation="kpi.observation", where=[], release_id=None, known_at=lake.book.as_of)
    release_id = lake.release_id(chosen)
    own = lake.in_release(release_id) or lake
    where = f"release_id = {literal(release_id)}"
    known = own.book.read(f"SELECT max(known_at) FROM kpi.certified WHERE {where}")[1][0][0]
    return Source(
        lake=own, relation="kpi.certified", where=[where], release_id=release_id, known_at=known or own.book.as_of
    )


def _measure(lake: Picture, metric_id: str) -> Measure:
    about = lake.book.metrics[metric_id]
    sql = f"SELECT {denominator_kind(lake.book)} FROM kpi.metric WHERE metric_id = {literal(metric_id)}"
    kind = str(lake.book.read(sql)[1][0][0])
    counted = ledgers(lake, metric_id)[: 2 if kind == "count" else 1]
    return Measure(
        is_summed=all(is_summed(lake, ledger) for ledger in counted),
        denominator_kind=kind,
        rate_base=about["rate_base"],
        is_percentage=kind != "none" and about["rate_base"] == 100,
    )


def _part(lake: Picture, metric_id: str, kind: PeriodType) -> PeriodType | None:
    """Return the length of the parts that a period is made of; None if the metric has no shorter periods."""
    lengths = lake.book.metrics[metric_id].get("periods") or ["month", "quarter"]
    if kind != "month" and "month" in lengths:
        return "month"
    return "quarter" if kind in _QUARTERLY and "quarter" in lengths else None


def _defined_otherwise(now: Numbers, about: Mapping[str, Any]) -> str | None:
    """Return why a release that has no folder here cannot be compared: the lake's rules are no longer its own."""
    known = [each for each in now.about.values() if each["metric_id"] == about["metric_id"]]
    versions = {each["definition_version"] for each in known} - {about["definition_version"]}
    if not versions:
        return None
    old = ", ".join(map(str, sorted(versions)))
    return f"the definition changed from {old} to {about['definition_version']}: break in definition"


def _shown(source: Source, asked: Asked, against: str, now: Numbers, key: Key) -> dict[str, Any]:
    """Return the columns that name a row."""
    return {
        **now.about[key],
        "breakdown": asked.breakdown,
        "sensitivity": sensitivity(source.lake.book, key[0]),
        "against": against,
        "status": _status(now.figures[key], is_live=source.release_id is None),
        "release_id": source.release_id,
        "known_at": source.known_at,
    }


def _status(figure: Figure, *, is_live: bool) -> str:
    """Return the status of a number; a live one is not certified, even if it has settled."""
    return "uncertified" if is_live and figure.status in ("final", "provisional") else figure.status
