"""DuckDB's SQL as steps of Spark's SQL, which Sail and Spark both read.

That a query was translated proves nothing: the tests compare what each engine makes of it, row by row. What no
translation can mend is refused by a rule of the models' linter.

Every named query becomes a step of its own, under a name of its own. One that is read more than once is stored: else an
engine would work it out each time, and Sail drops columns from a GROUP BY that it takes, wrongly, to depend on others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.engines.meanings import meant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

_FROM, _TO = "duckdb", "spark"
#: The function that makes an interval of a number of units, and the place of that unit among its arguments.
_INTERVALS = {"MONTH": ("MAKE_YM_INTERVAL", 1), "DAY": ("MAKE_DT_INTERVAL", 0), "HOUR": ("MAKE_DT_INTERVAL", 1)}


@dataclass(frozen=True, kw_only=True)
class Step:
    """A named query.

    Attributes:
        name: the name under which later steps read it.
        sql: the query, in Spark's SQL.
        stored: whether its rows are stored, because more than one query reads them.
    """

    name: str
    sql: str
    stored: bool


@dataclass(frozen=True, kw_only=True)
class Script:
    """A query and the named queries that it reads, in their order."""

    steps: Sequence[Step]
    sql: str


def view_name(table: str) -> str:
    """Return the name under which an engine reads a table of the lake or of a read file.

    ``lake.landing.police_street`` is ``landing__police_street``: an engine has one level of names for views.
    """
    from sqlglot import exp

    return _flat(exp.to_table(table, dialect=_FROM))


def tables_read(query: str) -> list[str]:
    """Return the names under which an engine reads the tables of a query in DuckDB's SQL, each once."""
    from sqlglot import exp, parse_one

    found = parse_one(query, dialect=_FROM).find_all(exp.Table)
    return sorted({_flat(table) for table in found if table.db})


def translate(query: str, *, prefix: str) -> Script:
    """Translate a query of DuckDB's SQL; the names of its steps begin with ``prefix``.

    Raises:
        ValueError: two named queries have one name, so an engine could take them for one.
    """
    from sqlglot import exp, parse_one

    tree = parse_one(query, dialect=_FROM)
    named = _named(tree)
    names = {name for name, _ in named}
    for table in [found for _, each in [*named, ("", tree)] for found in each.find_all(exp.Table)]:
        _rename(table, f"{prefix}{table.name}" if table.name in names and not table.db else _flat(table))
    reads = [table.name for _, each in [*named, ("", tree)] for table in each.find_all(exp.Table)]
    steps = [
        Step(name=f"{prefix}{name}", sql=_spoken(each), stored=reads.count(f"{prefix}{name}") > 1)
        for name, each in named
    ]
    return Script(steps=steps, sql=_spoken(tree))


def _named(tree: exp.Expr) -> list[tuple[str, exp.Expr]]:
    """Take the named queries out of a query, at any depth; return them so that each stands behind those it reads."""
    from sqlglot import exp

    found: list[tuple[str, exp.Expr]] = []
    for with_ in list(tree.find_all(exp.With)):
        found += [(cte.alias, cte.this) for cte in with_.expressions]
        with_.pop()
    queries, ordered = dict(found), list[tuple[str, "exp.Expr"]]()
    if len(queries) < len(found):
        raise ValueError("Two named queries of a model have one name.")

    def put(name: str) -> None:
        if (query := queries.pop(name, None)) is not None:
            for table in query.find_all(exp.Table):
                if not table.db:
                    put(table.name)
            ordered.append((name, query))

    for name, _ in found:
        put(name)
    return ordered


def _flat(table: exp.Table) -> str:
    return f"{table.db}__{table.name}" if table.db else table.name


def _rename(table: exp.Table, name: str) -> None:
    """Give a table another name; what names its columns goes on to find them under the name it had."""
    from sqlglot import exp

    if name == table.name:
        return
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    table.set("this", exp.to_identifier(name))
    table.set("db", None)
    table.set("catalog", None)


def _spoken(tree: exp.Expr) -> str:
    """Return a query in Spark's SQL; every name is quoted, since words are reserved differently."""
    for node in reversed(list(tree.walk())):  # from the leaves up, so that what is within is written already
        written = _months_between(_interval(meant(node)))
        if written is node:
            continue
        if node is tree:
            tree = written
        else:
            node.replace(written)
    return tree.sql(dialect=_TO, identify=True, comments=False)


def _interval(node: exp.Expr) -> exp.Expr:
    """Write ``n * INTERVAL '1' MONTH`` as a call: Sail multiplies no interval."""
    from sqlglot import exp

    if isinstance(node, exp.Mul):
        for number, unit in ((node.this, node.expression), (node.expression, node.this)):
            if isinstance(unit, exp.Interval) and unit.name == "1" and unit.text("unit").upper() in _INTERVALS:
                function, place = _INTERVALS[unit.text("unit").upper()]
                before = [exp.Literal.number(0)] * place
                return exp.Anonymous(this=function, expressions=[*before, exp.cast(number.copy(), "INT")])
    return node


def _months_between(node: exp.Expr) -> exp.Expr:
    """Count the ends of months between two days, as DuckDB does; Spark counts whole months that have passed."""
    from sqlglot import exp

    if not isinstance(node, exp.DateDiff) or node.text("unit").upper() != "MONTH":
        return node
    last, first = node.this, node.expression
    return exp.paren(_months(last) - _months(first))


def _months(day: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    year, month = (exp.Extract(this=exp.var(part), expression=day.copy()) for part in ("YEAR", "MONTH"))
    return exp.paren(year * 12 + month)
