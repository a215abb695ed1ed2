"""Read what an audit needs of public editions and of the restricted releases they were made of."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from safer_kpi.disclosure.audit.chain.queries import CERTIFIED, PUBLISHED, TRUTHS, UNFOUNDED
from safer_kpi.engine import open_engine
from safer_kpi.errors import NotFound
from safer_kpi.reading.attaching import attach
from safer_kpi.reading.place import RELEASE_FILE
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb

#: The database of a public edition's folder.
PUBLIC_FILE = "public.duckdb"
_LENGTHS = ["month", "quarter", "year", "rolling12"]


class Key(NamedTuple):
    """One cell of a metric, whatever release counts it."""

    metric: str
    area: str
    length: str
    start: str
    breakdown: str


class Count(NamedTuple):
    """What a restricted release counts in a cell, and by which version of the definition."""

    number: int
    version: int


class Published(NamedTuple):
    """A row of ``kpi.published``.

    Attributes:
        first: the edition that published the figure first.
        level: the type of its area.
        corrects: the edition whose figure it replaced by a correction; None if it says so of no other.
    """

    key: Key
    series: int
    version: int
    figure: int
    how: str
    release: str
    first: str
    level: str
    corrects: str | None = None


class Certified(NamedTuple):
    """A row of ``kpi.certified`` of a public edition."""

    key: Key
    series: int | None
    numerator: int | None
    denominator: int | None
    value: float | None
    lower: float | None
    upper: float | None
    method: str | None
    release: str


@dataclass(frozen=True)
class Metric:
    """What a definition says of a metric and of what may be published of it."""

    name: str
    numerator: str
    denominator: str | None
    rate_base: float
    is_share: bool
    is_additive: bool
    method: str
    grain: str | None
    lengths: tuple[str, ...]
    breakdowns: tuple[str, ...]
    contains: tuple[str, ...]
    sums_to: str | None
    external: tuple[str, ...]

    @property
    def is_count(self) -> bool:
        """Return whether it counts something of its own."""
        return self.denominator is None


@dataclass(frozen=True)
class Release:
    """A restricted release: the counts that bear on protected metrics."""

    name: str
    counts: Mapping[Key, Count]


@dataclass(frozen=True)
class Edition:
    """A public edition: what it says of protected metrics, and of exact ones that bear on them.

    Attributes:
        unfounded: the numbers of protected metrics whose verdict rests on what the edition does not publish.
    """

    name: str
    published: Sequence[Published]
    certified: Sequence[Certified]
    unfounded: Sequence[Key] = ()


@dataclass(frozen=True)
class Chain:
    """Everything that an audit reads.

    Attributes:
        metrics: the newest definition of each metric.
        authority: the code of the partnership's own authority.
        wards: the authority's wards, of all releases.
        force: the code of its police force.
    """

    metrics: Mapping[str, Metric]
    releases: Sequence[Release]
    editions: Sequence[Edition]
    authority: str
    wards: frozenset[str]
    force: str

    @cached_property
    def protected(self) -> frozenset[str]:
        """Return the counts whose small numbers are protected."""
        return frozenset(name for name, one in self.metrics.items() if one.method == "protected" and one.is_count)

    @cached_property
    def external(self) -> frozenset[str]:
        """Return the counts that anybody can read in another public table."""
        return frozenset(name for one in self.metrics.values() for name in one.external if name in self.metrics)


def read_chain(editions: Sequence[Path], releases: Sequence[Path], *, area: str | None = None) -> Chain:
    """Read public editions and restricted releases, the oldest first.

    Raises:
        NotFound: a folder lacks its database, or a figure is of a release that is not among them.
    """
    metrics: dict[str, Metric] = {}
    with open_engine() as connection:
        for folder in releases:
            attach(connection, _file(folder, RELEASE_FILE), "book")
            metrics.update(_metrics(connection))
            connection.execute("DETACH book")
        read = []
        for folder in editions:
            attach(connection, _file(folder, PUBLIC_FILE), "book")
            read.append(_edition(connection, folder.name, metrics))
            connection.execute("DETACH book")
        own = area or _own(read)
        names = sorted(_bearing(metrics))
        counted: list[Release] = []
        wards: set[str] = set()
        force = ""
        for folder in releases:
            attach(connection, _file(folder, RELEASE_FILE), "book")
            counted.append(_release(connection, names))
            wards |= set(_column(connection, f"area_type = 'ward' AND la_code = {literal(own)}", "area_code"))
            force = next(iter(_column(connection, f"area_code = {literal(own)}", "force_code")), force)
            connection.execute("DETACH book")
    known = {release.name for release in counted}
    if missing := {row.release for one in read for row in one.published} - known:
        raise NotFound(
            f"A public figure was made of the release {min(missing)}, which is not among the releases given.",
            next_action="Give every restricted release that a public edition was made of.",
        )
    return Chain(metrics, counted, read, own, frozenset(wards), force)


def _file(folder: Path, name: str) -> Path:
    return folder / name if folder.is_dir() else folder


def _column(connection: duckdb.DuckDBPyConnection, where: str, column: str) -> list[str]:
    rows = connection.execute(f"SELECT DISTINCT {column} FROM book.kpi.area WHERE {where}").fetchall()
    return [row[0] for row in rows if row[0] is not None]


def _metrics(connection: duckdb.DuckDBPyConnection) -> dict[str, Metric]:
    rows = connection.execute(
        "SELECT metric_id, numerator, denominator, denominator_kind, rate_base, interval_method, additive, definition"
        " FROM book.kpi.metric"
    ).fetchall()
    return {row[0]: _metric(row) for row in rows}


def _metric(row: tuple[Any, ...]) -> Metric:
    name, numerator, denominator, kind, base, interval, additive, definition = row
    rule: dict[str, Any] = (json.loads(definition) if definition else {}).get("public") or {"method": "none"}
    return Metric(
        name=name,
        numerator=numerator or name,
        denominator=denominator,
        rate_base=float(base),
        is_share=kind == "count" and (interval == "wilson" or float(base) == 100),
        is_additive=additive,
        method=rule["method"],
        grain=rule.get("grain"),
        lengths=tuple(rule.get("periods", ())),
        breakdowns=tuple(rule.get("breakdowns", ())),
        contains=tuple(rule.get("contains", ())),
        sums_to=rule.get("sums_to"),
        external=tuple(rule.get("external", ())),
    )


def _bearing(metrics: Mapping[str, Metric]) -> set[str]:
    """Return the protected counts and all counts that a rule or a rate sets beside one."""
    protected = {name for name, one in metrics.items() if one.method == "protected" and one.is_count}
    bearing = set(protected)
    for name, one in metrics.items():
        near = {name, *one.contains, *one.external, *([one.sums_to] if one.sums_to else [])}
        near |= {one.numerator, one.denominator or one.numerator}
        if near & protected:
            bearing |= {other for other in near if other in metrics and metrics[other].is_count}
    return bearing


def _release(connection: duckdb.DuckDBPyConnection, metrics: list[str]) -> Release:
    name = connection.execute("SELECT max(release_id) FROM book.kpi.certified").fetchall()[0][0]
    query = TRUTHS.format(metrics=literal(metrics), lengths=literal(_LENGTHS))
    rows = connection.execute(query).fetchall()
    return Release(name, {Key(*row[:5]): Count(int(row[5]), row[6]) for row in rows})


def _edition(connection: duckdb.DuckDBPyConnection, name: str, metrics: Mapping[str, Metric]) -> Edition:
    rows = connection.execute(PUBLISHED).fetchall()
    published = [Published(Key(*row[:5]), *row[5:]) for row in rows]
    protected = {name for name, one in metrics.items() if one.method == "protected"}
    bearing = _bearing(metrics) | protected
    asked = literal(sorted(bearing))
    certified = [
        Certified(Key(*row[:5]), *row[5:]) for row in connection.execute(CERTIFIED.format(metrics=asked)).fetchall()
    ]
    verdicts = connection.execute(UNFOUNDED.format(metrics=literal(sorted(protected)))).fetchall()
    return Edition(name, published, certified, [Key(*row) for row in verdicts])


def _own(editions: Sequence[Edition]) -> str:
    """Return the authority with the most figures; a figure of another one breaks its rule."""
    counted = Counter(
        row.key.area.removesuffix(":elsewhere")
        for one in editions
        for row in one.published
        if row.level in {"local_authority", "elsewhere"}
    )
    return max(counted, key=lambda code: (counted[code], code), default="")
