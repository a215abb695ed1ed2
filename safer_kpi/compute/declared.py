"""Declared equals posted: what the definitions say is in the ledger, and nothing else is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.catalogue.denominators import is_population
from safer_kpi.errors import CheckFailed
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from safer_kpi.catalogue.definition import Definition

#: What the postings of one metric are of. Areas without a known level are unplaced, or not in the lookup; of an
#: authority elsewhere the lookup may tell no wards.
_POSTED = """
SELECT
  posting.metric_id,
  list(DISTINCT posting.period_type) AS periods,
  list(DISTINCT split_part(posting.breakdown, ':', 1)) FILTER (posting.breakdown <> 'all') AS breakdowns,
  list(DISTINCT posting.feed) AS feeds,
  list(DISTINCT area.area_type) FILTER (area.area_type IN ('ward', 'local_authority', 'force')) AS levels,
  bool_or(posting.la_code <> 'none') AS in_authorities,
  bool_or(posting.force_code <> 'none') AS in_forces,
  bool_or(
    coalesce(area.area_type, 'unplaced') = 'unplaced'
    OR area.area_type = 'local_authority' AND posting.la_code NOT IN (
      SELECT la_code FROM kpi.area WHERE area_type = 'ward' AND la_code IS NOT NULL
    )
  ) AS somewhere
FROM (
  SELECT DISTINCT metric_id, period_type, breakdown, feed, area_code, la_code, force_code FROM kpi.ledger{chosen}
) AS posting
LEFT JOIN kpi.area AS area ON posting.area_code = area.area_code
GROUP BY posting.metric_id"""


@dataclass(frozen=True)
class _Posted:
    """What the postings of one metric are of."""

    periods: frozenset[str]
    breakdowns: frozenset[str]
    feeds: frozenset[str]
    levels: frozenset[str]
    somewhere: bool


def check(
    connection: duckdb.DuckDBPyConnection,
    definitions: Sequence[Definition],
    *,
    reads: bool = True,
    since: int | None = None,
) -> None:
    """Hold the definitions against the ledger of the book in use, both ways.

    ``reads`` holds their feeds against the lineage, which the lake has, too.

    ``since`` is the first entry that the same definitions were not held against yet: only metrics with postings from it
    on can differ. None looks at all of them.

    What is posted must be declared: metrics, breakdowns, areas, periods and feeds. What is declared must be posted as
    soon as the metric has a posting; a metric without one is left alone, since its rows may be still to come. So is a
    breakdown that no metric of the same feed has, because a partner may not have sent its lines yet.

    Raises:
        CheckFailed: they differ; each metric and what differs is named.
    """
    counts = {one.metric_id: one for one in definitions if one.denominator is None}
    new = None if since is None else _posted_since(connection, since)
    posted = dict(_read(connection, None if new is None else new | _beside(new, counts)))
    read = _feeds_read(connection) if reads else {}
    found = [
        f"{name} is posted, and no definition declares it"
        for name in sorted(posted)
        if name not in counts and not is_population(name)
    ]
    for name, one in counts.items():
        if name in (posted if new is None else new):
            found += [f"{name}: {told}" for told in _differences(one, posted, counts)]
            found += [
                f"{name}: feed {feed} is declared, and its models read no row of it"
                for feed in one.feeds
                if read.get(name) and feed not in read[name]
            ]
    if found:
        raise CheckFailed(
            f"Audit declared_is_posted: {'; '.join(found)}.",
            next_action="Nothing was exported. Change the definition in contracts/kpis or the ledger that posts it.",
        )


def _posted_since(connection: duckdb.DuckDBPyConnection, entry: int) -> set[str]:
    """Return the metrics that an entry or a later one posted to."""
    sql = f"SELECT DISTINCT metric_id FROM kpi.ledger WHERE entry >= {entry}"
    return {name for (name,) in connection.execute(sql).fetchall()}


def _beside(names: set[str], counts: Mapping[str, Definition]) -> set[str]:
    """Return the metrics that share a feed with one of these: what was sent of them says what may be missing here."""
    feeds = {feed for name in names if name in counts for feed in counts[name].feeds}
    return {name for name, one in counts.items() if not feeds.isdisjoint(one.feeds)}


def _read(connection: duckdb.DuckDBPyConnection, names: set[str] | None) -> Iterator[tuple[str, _Posted]]:
    """Yield each metric with postings, of these or of all, and what they are of."""
    chosen = "" if names is None else f" WHERE metric_id IN (SELECT unnest({literal(sorted(names))}))"
    for name, periods, breakdowns, feeds, levels, in_authorities, in_forces, somewhere in connection.execute(
        _POSTED.format(chosen=chosen)
    ).fetchall():
        stated = {*(levels or ()), *(["local_authority"] if in_authorities else []), *(["force"] if in_forces else [])}
        yield (
            name,
            _Posted(frozenset(periods), frozenset(breakdowns or ()), frozenset(feeds), frozenset(stated), somewhere),
        )


def _feeds_read(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return the feeds that each metric's models read, as the last change of the project had them."""
    found: dict[str, set[str]] = {}
    sql = "SELECT metric_id, name FROM lake.journal.lineage WHERE kind = 'feed'"
    for name, feed in connection.execute(sql).fetchall():
        found.setdefault(name, set()).add(feed)
    return found


def _differences(one: Definition, posted: Mapping[str, _Posted], counts: Mapping[str, Definition]) -> Iterator[str]:
    mine = posted[one.metric_id]
    # Months are summed over longer periods where parts sum to the whole; else each length is posted by itself.
    periods = {"month"} if one.additive else set(one.periods)
    # Rows without a known place say nothing of wards and authorities.
    unknown = {"ward", "local_authority"} if mine.somewhere else set()
    pairs: tuple[tuple[str, set[str], frozenset[str], set[str]], ...] = (
        ("breakdown", set(one.breakdowns), mine.breakdowns, _not_sent(one, posted, counts)),
        ("area", set(one.areas), mine.levels, unknown),
        ("period", periods, mine.periods, set()),
    )
    for kind, declared, there, excused in pairs:
        for word in sorted(there - declared):
            yield f"{kind} {word} is posted and not declared"
        for word in sorted(declared - there - excused):
            yield f"{kind} {word} is declared and not posted"
    for feed in sorted(mine.feeds - set(one.feeds)):
        yield f"feed {feed} posts it and is not declared"


def _not_sent(one: Definition, posted: Mapping[str, _Posted], counts: Mapping[str, Definition]) -> set[str]:
    """Return the breakdowns of which no rows may have come: those that no metric of the same feeds has a part of.

    A ``count`` breaks every row down, so with it none is excused.
    """
    if one.count is not None:
        return set()
    sent = {
        word
        for name, other in posted.items()
        if name in counts and set(counts[name].feeds) & set(one.feeds)
        for word in other.breakdowns
    }
    return set(one.breakdowns) - sent
