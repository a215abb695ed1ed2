"""The branches of the union that a table is made of, and the feeds that each of them reads.

A ledger takes its rows from many sources, and one delivery changes few of them. DuckDB plans and scans every branch of
a query, so those that cannot have a row of the delivery are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlglot import exp

#: What stands in a query in the place of the union.
PLACE = "branches_due"
#: The same as SQL.
UNION = f"SELECT * FROM {PLACE}"
#: The text of a branch, and its feeds.
Branch = tuple[str, list[str]]


def split(query: exp.Query, feeds: Mapping[str, Iterable[str]]) -> tuple[exp.Query, list[Branch]]:
    """Return a query with ``UNION`` in the place of the UNION ALL that it reads, and that union's branches.

    A query that reads none is returned as it is, and so is one of which a branch reads a table that is not known, or
    that reads change rows beside the union.

    Args:
        query: the query as SQLMesh renders it.
        feeds: by the name of each table and view, the feeds whose change rows it is made of.
    """
    from sqlglot import exp

    source = query.args.get("from_")
    union = source.this.this if source is not None and isinstance(source.this, exp.Subquery) else None
    parts = list(_parts(union))
    if union is None or len(parts) < 2:
        return query, []
    branches: list[Branch] = []
    for part in parts:
        names = set(map(_name, _tables(part)))
        if not names <= feeds.keys():
            return query, []
        branches.append((part.sql(dialect="duckdb"), sorted({feed for name in names for feed in feeds[name]})))
    outer = query.copy()
    outer.args["from_"].this.this.replace(exp.select("*").from_(PLACE))
    if any(feeds.get(name, True) for name in map(_name, _tables(outer))):
        return query, []
    return outer, branches


def of_feeds(query: str, branches: Iterable[Branch], feeds: frozenset[str] | None) -> str:
    """Return the query with the branches that read one of the feeds; with all of them for None."""
    read = [text for text, own in branches if feeds is None or not feeds.isdisjoint(own)]
    return query.replace(UNION, " UNION ALL ".join(read))


def _parts(query: exp.Expression | None) -> Iterable[exp.Expression]:
    """Yield the branches of a union that keeps repeated rows, in their order; of another query that itself."""
    from sqlglot import exp

    if isinstance(query, exp.Union) and not query.args.get("distinct") and not query.args.get("with_"):
        yield from _parts(query.this)
        yield query.expression
    elif query is not None:
        yield query


def _tables(query: exp.Expression | exp.Query) -> Iterable[exp.Table]:
    """Return the tables and views that a query reads; a name without a schema is one of its own queries."""
    from sqlglot import exp

    return (table for table in query.find_all(exp.Table) if table.db)


def _name(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts)
