"""The condition of a count: one SQL expression over the columns of one model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot.expressions import Expr


def mistake_in(condition: str) -> str | None:
    """Return what is wrong with the form of a condition, or None."""
    from sqlglot.errors import SqlglotError

    try:
        parsed = _parse(condition)
    except SqlglotError as error:
        return f"the condition is not SQL: {_problem(error)}"
    if len(parsed) != 1:
        return "the condition must be one expression."
    return next((law for law, holds in _laws(parsed[0]).items() if not holds), None)


def _laws(tree: Expr) -> dict[str, bool]:
    """What holds of a condition that can be put into a query; each law is the sentence that says it is broken."""
    from sqlglot import exp

    closed = (exp.Query, exp.AggFunc, exp.Window, exp.Star, exp.Parameter, exp.Placeholder)
    truths = (exp.Predicate, exp.Connector, exp.Not, exp.Paren, exp.Column, exp.Boolean, exp.Func)
    return {
        "the condition holds a comment; write it beside the key.": not any(node.comments for node in tree.walk()),
        "the condition may only use the columns of its own model: no query, sum, window, * or variable.": (
            tree.find(*closed) is None
        ),
        "the condition names its columns without a table.": not any(one.table for one in tree.find_all(exp.Column)),
        "the condition must be true or false.": isinstance(tree, truths),
    }


def columns_in(condition: str) -> list[str]:
    """Return the columns a condition names, each once, as they are written."""
    from sqlglot import exp

    return list(dict.fromkeys(column.name for tree in _parse(condition) for column in tree.find_all(exp.Column)))


def _parse(condition: str) -> list[Expr]:
    import sqlglot

    return [tree for tree in sqlglot.parse(condition, dialect="duckdb") if tree is not None]


def _problem(error: Exception) -> str:
    """Return the parser's own sentence and the position, without the text that it cannot read."""
    problems = getattr(error, "errors", None)
    if not problems:
        return "a quotation mark or bracket is not closed."
    first = problems[0]
    return f"{str(first.get('description', 'it cannot be read')).rstrip('.')}, at character {first.get('col')}."
