"""Expressions that DuckDB and Spark both accept and read differently, written so that Spark reads what DuckDB does.

Each was found by asking both; tests ask DuckDB, Sail and Spark of the same values.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

#: What DuckDB takes off the ends of a text; Spark takes off the first alone.
_SPACES = "\u0020\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_WHOLE = ("BIGINT", "INT", "SMALLINT")
#: The end of a text in a pattern, behind what only looks like it: an escaped sign, or one in a class.
_END = re.compile(r"(\\.|\[[^\]]*\])|\$")
#: Stands in no text, so that a backslash in a pattern of LIKE is a backslash.
_NO_ESCAPE = "\x01"


def meant(node: exp.Expr) -> exp.Expr:
    """Return what an expression of DuckDB means to Spark; itself where both read it alike."""
    from sqlglot import exp

    if isinstance(node, exp.TryCast) and node.to.this.value in _WHOLE:
        return _whole(node)
    if isinstance(node, exp.Cast) and node.to.this.value in _WHOLE and _is_decimal(node.this):
        node.set("this", exp.Round(this=node.this))  # Spark would cut the fraction off
    elif isinstance(node, exp.Trim) and node.args.get("expression") is None:
        node.set("expression", exp.Literal.string(_SPACES))
    elif isinstance(node, (exp.RegexpLike, exp.RegexpReplace, exp.RegexpExtract)) and node.expression.is_string:
        node.set("expression", exp.Literal.string(_END.sub(lambda one: one[1] or r"\z", node.expression.name)))
    elif isinstance(node, (exp.ArgMax, exp.ArgMin)):
        # DuckDB passes over a row whose value is null; both pass over one whose order is null.
        is_there = exp.Is(this=node.this.copy(), expression=exp.null()).not_()
        node.set("expression", exp.Case().when(is_there, node.expression))
    elif isinstance(node, exp.SortArray) and node.args.get("asc") is None:
        return exp.Anonymous(this="ARRAY_SORT", expressions=[node.this])  # nulls last
    elif isinstance(node, exp.DateDiff) and node.text("unit").upper() == "DAY":
        # Between two moments Spark counts whole days that have passed.
        for side in ("this", "expression"):
            node.set(side, exp.cast(node.args[side], "DATE"))
    elif isinstance(node, exp.Like) and not isinstance(node.parent, exp.Escape):
        return exp.Escape(this=node.copy(), expression=exp.Literal.string(_NO_ESCAPE))
    return node


def _is_decimal(node: exp.Expr) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.Cast) and node.to.this.value == "DECIMAL"


def _whole(cast: exp.TryCast) -> exp.Expr:
    """``7.0`` is a whole number to DuckDB; Spark reads digits alone. What is cast is a text."""
    from sqlglot import exp

    number = exp.TryCast(this=cast.this, to=exp.DataType.build("DECIMAL(38, 6)"), safe=True)
    return exp.TryCast(this=exp.Round(this=number), to=cast.to, safe=True)
