"""House law on SQL: what another engine refuses, or reads in silence as something else, is written otherwise.

The rule reads the parsed query with its macros put in, and the queries of the model's own audits. ``POWER`` is not
banned although engines differ in its last bit: ``x * x * x`` would change intervals that are certified already.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlmesh.core.linter.rule import Rule
from sqlmesh.core.model import SqlModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlmesh.core.linter.rule import RuleViolation
    from sqlmesh.core.model import Model

#: What to write for a function that sqlglot knows by its name alone.
_FUNCTIONS = {
    "TO_MONTHS": "n * INTERVAL 1 MONTH for TO_MONTHS(n)",
    "TO_YEARS": "n * INTERVAL 1 YEAR for TO_YEARS(n)",
    "LIST_POSITION": "CASE for LIST_POSITION; the order of causes is @leading_cause(cause)",
    "LIST_INDEXOF": "CASE for LIST_INDEXOF",
    "TRY_STRPTIME": "a pattern and TRY_CAST for TRY_STRPTIME, as @as_date does",
    "LIST_SUM": "the written sum, or SUM over UNNEST, for LIST_SUM",
    "LIST_AGGREGATE": "the aggregate over UNNEST for LIST_AGGREGATE",
    "HASH": "MD5 for HASH: each engine has a hash of its own",
}
_LISTS = (exp.DType.ARRAY, exp.DType.LIST)
_FRACTIONS = (*exp.DataType.REAL_TYPES,)
_FLOATS = (*exp.DataType.FLOAT_TYPES,)
_DECIMALS = (exp.DType.DECIMAL,)
#: What all engines understand alike in a pattern: letters and signs, classes, counts, groups, and both ends.
_PATTERN = re.compile(r"(\\[^A-Za-z0-9]|\[\^?[^\]\\]+\]|\((?!\?)|[^\\.\[(])*")
_SPANS = ("DAY", "MONTH")
_WITHIN_A_DAY = ("HOUR", "MINUTE", "SECOND")
_PARTS = ("YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE")


class Portable(Rule):
    """A model says nothing that only DuckDB understands."""

    def check_model(self, model: Model) -> RuleViolation | list[RuleViolation] | None:
        """What is wrong with the model, if anything."""
        if not isinstance(model, SqlModel):
            return None
        # A start of its own: without one SQLMesh may answer with the query it has optimised already, names qualified.
        written = model.render_query(start=model.start or "2000-01-01", needs_optimization=False)
        advice = [*advice_on_query(written), *advice_on_types(model.render_query())]
        for audit, _ in model.audits_with_args:
            if audit.name in model.audit_definitions:
                advice += advice_on_query(audit.query)
        return [self.violation(f"Model {model.name}: write {text}.") for text in dict.fromkeys(advice)]


def advice_on_query(query: exp.Expr | None) -> list[str]:
    """What to write instead, for everything in a query that other engines do not share."""
    if query is None:
        return []
    names = [cte.alias for cte in query.find_all(exp.CTE)]
    twice = [
        f"a name of its own for each query called {name}" for name in dict.fromkeys(names) if names.count(name) > 1
    ]
    return [*twice, *(text for node in query.walk() for text in _on_node(node))]


def _on_node(node: exp.Expr) -> Iterator[str]:
    if isinstance(node, exp.Anonymous) and node.name.upper() in _FUNCTIONS:
        yield _FUNCTIONS[node.name.upper()]
    elif isinstance(node, exp.ArrayPosition):
        yield "CASE for ARRAY_POSITION"
    elif isinstance(node, exp.ArrayAgg) and node.find(exp.Order):
        yield "LIST_SORT(ARRAY_AGG(...)) for ARRAY_AGG(... ORDER BY ...): elsewhere its order is dropped in silence"
    elif isinstance(node, (exp.Lambda, exp.Comprehension)):
        yield "the list, or UNNEST and an aggregate, for a function with a lambda such as LIST_TRANSFORM or LIST_FILTER"
    elif isinstance(node, exp.Group) and node.args.get("all"):
        yield "the names of the columns for GROUP BY ALL"
    elif isinstance(node, exp.Explode):
        yield from _on_unnest(node)
    elif isinstance(node, exp.Select):
        if sum(isinstance(one.unalias(), exp.Explode) for one in node.selects) > 1:
            yield "one UNNEST in a SELECT: elsewhere two are refused, or make every pair"
        if node.args.get("having"):
            yield from _on_having(node)
    else:
        yield from _on_call(node)


def _on_call(node: exp.Expr) -> Iterator[str]:
    """Functions that all engines know and that mean something else elsewhere."""
    if isinstance(node, (exp.RegexpLike, exp.RegexpReplace, exp.RegexpExtract)):
        yield from _on_pattern(node)
    elif isinstance(node, exp.DateDiff) and node.text("unit").upper() not in _SPANS:
        yield "DATE_DIFF of DAY or MONTH: of other units elsewhere only whole ones that have passed are counted"
    elif isinstance(node, exp.Extract) and node.name.upper() not in _PARTS:
        yield f"EXTRACT of one of {', '.join(_PARTS)}: elsewhere others count from another day, or are refused"
    elif isinstance(node, exp.DayOfWeek):
        yield "@weekday(day) for DAYOFWEEK: elsewhere weeks begin with 1"
    elif isinstance(node, (exp.Add, exp.Sub)) and _adds_hours(node):
        yield "::TIMESTAMP for what hours are added to: Sail adds none to a date, and says nothing"
    elif isinstance(node, exp.AtTimeZone):
        yield "@uk_time(written) for AT TIME ZONE, which elsewhere turns the other way"
    elif isinstance(node, (exp.Ln, exp.Log, exp.Exp)):
        yield "no LN, LOG or EXP: engines differ in the last bit, and in the base of LOG"


def _adds_hours(node: exp.Binary) -> bool:
    """Return whether less than a day is added to, or taken from, what is not cast to a time."""
    added, to = node.expression.unnest(), node.this.unnest()
    span = added if isinstance(added, exp.Interval) else added.expression if isinstance(added, exp.Mul) else None
    if not isinstance(span, exp.Interval) or span.text("unit").upper() not in _WITHIN_A_DAY:
        return False
    return not (isinstance(to, exp.Cast) and to.is_type("TIMESTAMP", "TIMESTAMPNTZ"))


def _on_pattern(node: exp.Expr) -> Iterator[str]:
    if not node.expression.is_string or not _PATTERN.fullmatch(node.expression.name):
        yield "classes such as [0-9] in a pattern written out: \\d, \\s, \\w, \\b, . and (?i) match others elsewhere"
    if isinstance(node, exp.RegexpReplace):
        if "g" not in node.text("modifiers"):
            yield "the option 'g' for REGEXP_REPLACE: elsewhere every match is replaced"
        if "\\" in node.text("replacement"):
            yield "a replacement without a group: elsewhere groups are written otherwise"


def _on_unnest(node: exp.Explode) -> Iterator[str]:
    if isinstance(node.this, exp.GenerateSeries) and node.this.args.get("is_end_exclusive"):
        yield "UNNEST(GENERATE_SERIES(0, n - 1)) for UNNEST(RANGE(n)), cast outside"
    within = (found for found in node.this.find_all(exp.AggFunc) if found.parent_select is node.parent_select)
    if next(within, None):
        yield "the aggregate in a subquery and UNNEST outside it for UNNEST over an aggregate"


def _on_having(select: exp.Select) -> Iterator[str]:
    """Columns in HAVING that an output column of another meaning hides: engines choose differently.

    ``SUM(weight) AS weight … HAVING SUM(weight) <> 0`` too: Sail reads the sum of a sum, and refuses it.
    """
    output = {one.alias: one.this for one in select.selects if isinstance(one, exp.Alias)}
    for column in select.args["having"].find_all(exp.Column):
        hides = output.get(column.name)
        if not column.table and hides is not None and hides != column and column.parent_select is select:
            yield f"the table before {column.name} in HAVING: an output column of that name hides it"


def advice_on_types(query: exp.Expr | None) -> Iterator[str]:
    """What depends on the type of a value, in a query whose columns are resolved."""
    for node in query.walk() if query is not None else ():
        if isinstance(node, exp.Length) and node.this.is_type(*_LISTS):
            yield "ARRAY_LENGTH(list) for LEN(list)"
        elif isinstance(node, exp.Cast):
            yield from _on_cast(node)
        elif isinstance(node, exp.Div) and any(side.is_type(*_DECIMALS) for side in (node.this, node.expression)):
            yield "a division of whole numbers or of DOUBLE: elsewhere a divided DECIMAL is rounded to a DECIMAL"
        elif isinstance(node, exp.Avg) and node.this.is_type(*_DECIMALS):
            yield "the sum and the count for AVG of a DECIMAL: elsewhere it is rounded to a DECIMAL"
        elif isinstance(node, (exp.Avg, exp.Sum)) and node.this.is_type(*_FLOATS):
            yield "a sum of whole numbers or of DECIMAL: the last bit of one of DOUBLE depends on the order of rows"
        elif isinstance(node, exp.Round) and node.args.get("decimals") is not None and node.this.is_type(*_FLOATS):
            yield "ROUND of a DECIMAL: elsewhere a DOUBLE is rounded as it is written, not as it is"
        elif isinstance(node, exp.Sub) and all(side.is_type(exp.DType.DATE) for side in (node.this, node.expression)):
            yield "DATE_DIFF('DAY', first, last) for last - first: elsewhere that is an interval"


def _on_cast(node: exp.Cast) -> Iterator[str]:
    whole = isinstance(node.this, (exp.Floor, exp.Ceil)) or (
        isinstance(node.this, exp.Round) and node.this.args.get("decimals") is None
    )
    if isinstance(node.this, exp.Cast) and node.this.is_type(*_DECIMALS):
        whole = True  # as a text such as 7.0 is read; for other engines it is translated
    if node.is_type(*exp.DataType.INTEGER_TYPES) and node.this.is_type(*_FRACTIONS) and not whole:
        yield "ROUND(x) or FLOOR(x) in a cast of a fraction to a whole number: elsewhere the fraction is cut off"
    if node.is_type(*exp.DataType.TEXT_TYPES) and node.this.is_type(*_FLOATS):
        yield "a cast of a whole number or of DECIMAL to TEXT: a DOUBLE is written otherwise elsewhere"
