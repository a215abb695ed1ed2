"""Read the facts of a report from an opened release and the one before it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.periods import PERIOD_TYPES
from safer_kpi.errors import NotFound, UsageError
from safer_kpi.publishing import words
from safer_kpi.publishing.editions import published_periods
from safer_kpi.publishing.facts import Cell, Facts, Feed, Kpi, Metric, Numbers, Peer
from safer_kpi.publishing.numbers import changes, number_of, numbers, verdicts, ward_counts
from safer_kpi.publishing.opening import signed
from safer_kpi.reading.kpis import MEASURED
from safer_kpi.reading.place import PUBLIC
from safer_kpi.sql import literal
from safer_kpi.statements import Slice, explain

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from safer_kpi.publishing.facts import Key, Number
    from safer_kpi.publishing.opening import Opened
    from safer_kpi.reading.lake import Lake

#: How many of the numbers that changed since the last report are told one by one.
MOVED = 12
#: The month by which definitions count people whose follow-up is over.
FOLLOWED = "followed_until"


def read_facts(release: Opened, *, area: str | None = None) -> Facts:
    """Return everything that a report may say; ``area`` is the partnership's own unless it is named.

    Raises:
        UsageError: the release does not say which area is the partnership's, and none is named.
    """
    lake, before = release.lake, release.before
    own = signed(lake)
    shared = _shared_names(lake)
    code, name, force = _areas(lake, area, shared)
    codes = [code] if force is None else [code, force[0]]
    metrics = _metrics(lake)
    found = numbers(lake, codes, la_code=code)
    shown = _shown(found, metrics, codes)
    earlier_metrics = {} if before is None else _metrics(before)
    return Facts(
        release=own,
        before=None if before is None else signed(before),
        area=(code, name),
        force=force,
        metrics=metrics,
        kpis=_kpis(lake, own.release_id),
        feeds=_feeds(lake, own.known_at.date()),
        numbers=found,
        earlier=Numbers({}, {}) if before is None else numbers(before, codes),
        verdicts=verdicts(lake, codes),
        changes=changes(lake, own.release_id, shown),
        peers=_peers(lake, own.release_id, shown, shared),
        versions={key: metric.definition_version for key, metric in earlier_metrics.items()},
        explained=None if before is None else _explained(lake, before, own.release_id, code),
        edition=lake.edition,
        ward_counts=ward_counts(lake, code) if lake.edition == PUBLIC else (),
        published=published_periods(lake) if lake.edition == PUBLIC else (),
    )


def _explained(lake: Lake, before: Lake, release_id: str, area: str) -> Any:
    return explain(lake, Slice(str(before.place.release_id), release_id, area=area), most=MOVED)


def _shared_names(lake: Lake) -> set[str]:
    """Return the names that a local authority and a police force of the release, or of its peers, have both."""
    listed = "SELECT area_name, area_type FROM kpi.area"
    if lake.book.has_table("peer"):
        listed += " UNION SELECT area_name, area_type FROM kpi.peer"
    kinds: dict[str, set[str]] = {}
    for row in lake.sql(f"SELECT * FROM ({listed}) WHERE area_type IN ('local_authority', 'force')").rows():
        kinds.setdefault(row["area_name"], set()).add(row["area_type"])
    return {name for name, found in kinds.items() if len(found) > 1}


def _areas(lake: Lake, area: str | None, shared: Collection[str]) -> tuple[str, str, tuple[str, str] | None]:
    """Return the code and the name of the own area, and those of the police force that it lies in."""
    if area is not None:
        code = lake.book.area_code(area)
    elif lake.book.has_table("peer") and (found := lake.sql("SELECT area_code FROM kpi.peer WHERE place = 0").rows()):
        code = str(found[0]["area_code"])
    else:
        raise UsageError("This release does not say which area is the partnership's.", next_action="Name one: --area.")
    named = {row["area_code"]: row for row in lake.areas().rows()}
    if code not in named:
        raise NotFound(f"The release has no area {code}.", next_action="Name one that it has: --area.")
    force = named.get(named[code]["force_code"])
    if force is None or force["area_code"] == code:
        return code, named[code]["area_name"], None
    return code, named[code]["area_name"], (force["area_code"], words.area(force["area_name"], "force", shared))


def _metrics(lake: Lake) -> dict[str, Metric]:
    rows = lake.sql("SELECT * FROM kpi.metric ORDER BY metric_id").rows()
    texts = {row["metric_id"]: json.loads(row.get("definition") or "{}") for row in rows}
    return {row["metric_id"]: _metric(row, texts) for row in rows}


def _metric(row: Mapping[str, Any], texts: Mapping[str, Mapping[str, Any]]) -> Metric:
    text = texts[row["metric_id"]]
    counted = texts.get(row.get("numerator") or "", {}).get("count") or {}
    denominator = row.get("denominator")
    lengths = row.get("periods") or ("month", "quarter")
    return Metric(
        metric_id=row["metric_id"],
        kpi=row["kpi"],
        title=row["title"],
        unit=row["unit"],
        definition_version=row["definition_version"],
        statement=row.get("statement") or "",
        kind=row.get("kind") or "",
        polarity=row.get("polarity") or "",
        polarity_reason=text.get("polarity_reason", ""),
        counted=text.get("counted", ""),
        not_counted=text.get("not_counted", ""),
        date_used=text.get("date_used", ""),
        caveats=row.get("caveats") or "",
        owner=text.get("owner", "").replace("_", " "),
        sensitivity=row.get("sensitivity") or "",
        periods=tuple(kind for kind in PERIOD_TYPES if kind in lengths),
        guards=tuple(row.get("guards") or ()),
        breakdowns=tuple(row.get("breakdowns") or ()),
        feeds=tuple(row.get("feeds") or ()),
        settles_after_months=row.get("settles_after_months") or 0,
        is_percentage=denominator is not None and row.get("rate_base") == 100,
        per_residents=str(denominator or "").startswith("population"),
        interval_method=row.get("interval_method"),
        at_least=counted.get("at_least", 1),
        follows_up=counted.get("month") == FOLLOWED,
    )


def _kpis(lake: Lake, release_id: str) -> tuple[Kpi, ...]:
    return tuple(
        Kpi(
            kpi=row["kpi"],
            kind=row["kind"],
            priority=row["priority"] or "",
            words=row["words"] or "",
            direction=row["direction"] or "",
            explanation=row["explanation"],
            headlines=tuple(row["headlines"] or ()),
            is_measured=row["status"] == MEASURED,
            note=row["note"],
            plan=row["plan"],
            wanted=tuple(row["wanted"] or ()),
        )
        for row in lake.kpis(release=release_id).rows()
    )


def _feeds(lake: Lake, on: dt.date) -> tuple[Feed, ...]:
    """Return what each partner has sent; of a public edition, only what the data is and who sends it."""
    if lake.edition == PUBLIC:
        rows = lake.sql("SELECT feed, title, owner, cadence FROM kpi.feed ORDER BY feed").rows()
        return tuple(Feed(**row, cells=(), deliveries=0, quarantined=0, last_received=None) for row in rows)
    held = {
        row["feed"]: row["held"]
        for row in lake.sql(
            "SELECT feed, CAST(sum(rows_quarantined) AS BIGINT) AS held FROM kpi.delivery "
            "WHERE status = 'accepted' GROUP BY feed"
        ).rows()
    }
    return tuple(
        Feed(
            feed=row["feed"],
            title=row["title"],
            owner=row["owner"],
            cadence=row["cadence"],
            cells=tuple(
                Cell(
                    series=cell["prefix"],
                    starts_on=cell["starts_on"],
                    ends_on=cell["ends_on"],
                    status=cell["status"],
                    held_rows=cell["held_rows"],
                )
                for cell in lake.cells(row["feed"], on=on).rows()
            ),
            deliveries=row["deliveries"],
            quarantined=held.get(row["feed"]) or 0,
            last_received=row["last_received"],
        )
        for row in lake.feeds(on=on).rows()
    )


def _shown(found: Numbers, metrics: Mapping[str, Metric], codes: Iterable[str]) -> list[Number]:
    """Return the number that stands for each metric in each of the areas."""
    picked = (found.latest(metric_id, code) for metric_id in metrics for code in codes)
    return [number for number in picked if number is not None]


def _measured_elsewhere(lake: Lake, own: Collection[str]) -> set[tuple[str, str]]:
    """Return the metrics and types of area of which the release has a value outside the own areas."""
    listed = ", ".join(map(literal, sorted(set(own)))) or "''"
    rows = lake.sql(
        "SELECT DISTINCT metric_id, area_type FROM kpi.certified "
        f"WHERE value IS NOT NULL AND area_code NOT IN ({listed})"
    ).rows()
    return {(row["metric_id"], row["area_type"]) for row in rows}


def _peers(
    lake: Lake, release_id: str, shown: Sequence[Number], shared: Collection[str]
) -> dict[Key, tuple[Peer, ...]]:
    """Return the numbers of the areas that the project names as peers; a metric with none of them is left out."""
    if not lake.book.has_table("peer") or not lake.sql("SELECT 1 FROM kpi.peer WHERE place > 0 LIMIT 1").rows():
        return {}
    elsewhere = _measured_elsewhere(lake, [own.key.area_code for own in shown])
    found: dict[Key, tuple[Peer, ...]] = {}
    for own in shown:
        key = own.key
        if own.value is None or (key.metric_id, own.area_type) not in elsewhere:
            continue
        rows = lake.peers(
            key.metric_id, area=key.area_code, by=key.period_type, period=key.period, release=release_id
        ).rows()
        peers = tuple(
            Peer(
                number=None if row["value"] is None else number_of(row),
                area_name=words.area(row["area_name"], row["area_type"], shared),
                why=row["why"],
                differs=row["differs"],
                is_own=row["is_own"],
            )
            for row in rows
            if row["area_type"] == own.area_type
        )
        if any(peer.number is not None for peer in peers if not peer.is_own):
            found[key] = peers
    return found
