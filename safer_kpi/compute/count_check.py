"""What a ``count`` names, held against the models: the source, its columns, and the feeds it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.condition import columns_in
from safer_kpi.catalogue.count_sql import STAMP
from safer_kpi.catalogue.suggestions import nearest, suggested
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlglot import exp
    from sqlmesh.core.model import Model

    from safer_kpi.catalogue.count import Count
    from safer_kpi.catalogue.definition import Definition

#: The layers whose models may be counted: one grain each, with the stamp of a change row.
_LAYERS = ("core", "staging")
_PLACES = "core.placement"


def check_counts(definitions: Sequence[Definition], models: Mapping[str, Model]) -> None:
    """Raise where a count names a model, a column or a feed that does not exist.

    Raises:
        ProjectError: each mistake with its file, line and key, and what may stand there.
    """
    by_name = {model.name: model for model in models.values()}
    mistakes = [
        str(mistake) for one in definitions if one.count is not None for mistake in _mistakes(one, one.count, by_name)
    ]
    if mistakes:
        raise ProjectError("\n".join(mistakes))


def _mistakes(one: Definition, count: Count, models: Mapping[str, Model]) -> Iterator[ProjectError]:
    model = models.get(count.source)
    sources = [name for name in models if name.partition(".")[0] in _LAYERS]
    if model is None or count.source not in sources:
        what = f"from: {count.source} is not a model of core or staging."
        yield one.error("count.from", what, nearest(count.source, sources))
        return
    kinds = _kinds(model)
    missing = [name for name in STAMP if name not in kinds]
    if missing:
        what = f"from: {count.source} does not hold change rows: it has no column {', '.join(missing)}."
        yield one.error("count.from", what, "Count a model of change rows.")
        return
    for key, column in _named(one, count):
        if column not in kinds:
            what = f"{key.removeprefix('count.')}: {count.source} has no column {column}."
            yield one.error(key, what, nearest(column, kinds))
    kind = kinds[count.where].sql(dialect="duckdb") if count.where in kinds else "BOOLEAN"
    if kind not in {"BOOLEAN", "UNKNOWN"}:
        yield one.error("count.where", f"where: column {count.where} is {kind}, and a condition is true or false.")
    yield from _feeds(one, count, models)


def _kinds(model: Model) -> dict[str, exp.DataType]:
    """Return the columns of a model and their types: of an SQL model those its query casts them to."""
    from sqlglot import exp
    from sqlmesh.core.model import SqlModel

    kinds = dict(model.columns_to_types or {})
    query = model.render_query() if isinstance(model, SqlModel) else None
    if isinstance(query, exp.Query):
        casts = {one.alias_or_name: one.unalias() for one in query.selects}
        kinds |= {name: cast.to for name, cast in casts.items() if isinstance(cast, exp.Cast)}
    return kinds


def _named(one: Definition, count: Count) -> Iterator[tuple[str, str]]:
    """Return every column a count names, with the key that names it."""
    yield from ((f"count.by.{name}", column) for name, column in count.by.items())
    for key in ("amount", "measure", "series", "month", "distinct", "told"):
        column = getattr(count, key)
        if column:
            yield f"count.{key}", column
    for level in one.areas:
        yield f"count.places.{level}" if level in count.places else "areas", count.column_of(level)
    if len(one.feeds) > 1:
        yield "feeds", "feed"
    if count.where:
        yield from (("count.where", column) for column in columns_in(count.where))


def _feeds(one: Definition, count: Count, models: Mapping[str, Model]) -> Iterator[ProjectError]:
    """Return the feeds a metric needs are those its source reads, but for the lookup of places."""
    read = _read_by(count.source, models) - _read_by(_PLACES, models)
    for feed in one.feeds:
        if feed not in read:
            what = f"feeds: {count.source} reads no rows of feed {feed}."
            yield one.error("feeds", what, nearest(feed, read))
    for feed in sorted(read - set(one.feeds)):
        hint = suggested(feed, one.feeds)
        what = f"feeds: {count.source} reads rows of feed {feed}, which is not declared."
        yield one.error("feeds", what, f"{hint} Add {feed}.".lstrip())


def _read_by(name: str, models: Mapping[str, Model]) -> set[str]:
    """Return the feeds that a model reads, directly or through others."""
    by_fqn = {model.fqn: model for model in models.values()}
    waiting, seen = [name], set()
    while waiting:
        model = models.get(waiting.pop())
        if model is not None and model.name not in seen:
            seen.add(model.name)
            waiting += [by_fqn[fqn].name for fqn in model.depends_on or () if fqn in by_fqn]
    return {name.partition(".")[2] for name in seen if name.startswith("landing.")}
