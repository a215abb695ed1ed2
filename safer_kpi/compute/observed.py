"""The rule of observations: five files of named queries under ``models/kpi/observation``, put together to one query.

``periods``, ``coverage``, ``balances``, ``residents`` and ``values`` stand in that order, each on those before it, and
each gives one relation of its name. The rule reads two relations that it does not define: ``moment`` (``as_of``: up to
when postings count) and ``asked`` (``metric_id``, ``area_code``: which numbers). One moment and everything asked is the
book as it stands; many moments are vintages; few numbers asked are what a build makes again.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlglot import exp

FOLDER = "models/kpi/observation"
PARTS = ("periods", "coverage", "balances", "residents", "values")
#: The macro of ``models/kpi/observation.sql``, and its arguments: the queries of what the rule reads.
MACRO = "observed"
GIVEN = ("moment", "asked")
_DIALECT = "duckdb"
#: A file of the rule: a comment, named queries, and the query that the file is named for.
_WRITTEN = re.compile(r"(?:/\*.*?\*/\s*)?WITH (?P<named>.*?\n\))\n(?:/\*[^\n]*\*/\n)?(?P<query>SELECT\n.*)", re.DOTALL)


def rule_files(project: Path) -> list[Path]:
    """Return the files of the rule, in their order."""
    return [project / FOLDER / f"{part}.sql" for part in PARTS]


def rule_text(project: Path) -> str:
    """Return the rule as one query, in which ``moment`` and ``asked`` are read and not defined.

    Every build needs the text, so it is put together as it is written: parsing it takes longer than running it.

    Raises:
        ProjectError: a file is missing, or is not written as the formatter writes it.
    """
    files = rule_files(project)
    if missing := [path.name for path in files if not path.is_file()]:
        raise ProjectError(f"{FOLDER} lacks {', '.join(missing)}.", next_action="Run safer-kpi migrate --project.")
    named, query = [], ""
    for part, path in zip(PARTS, files, strict=True):
        found = _WRITTEN.fullmatch(path.read_text(encoding="utf-8"))
        if found is None:
            raise ProjectError(
                f"{FOLDER}/{path.name} is not one query that begins with named ones, as the formatter writes it.",
                next_action="Run make format, or safer-kpi migrate --project.",
            )
        query = found["query"].rstrip()
        named += [found["named"], f"{part} AS (\n{query}\n)"]
    return f"WITH {', '.join(named[:-1])}\n{query}\n"


def observations_text(project: Path, moment: str, asked: str) -> str:
    """Return the query of the numbers asked for, as known at each moment; each row begins with its ``as_of``.

    ``moment`` and ``asked`` are the queries of what the rule reads.
    """
    return f"WITH moment AS ({moment}), asked AS ({asked}), {rule_text(project).removeprefix('WITH ')}"


def rule_hash(project: Path) -> str:
    """Return a hash of the rule."""
    return hashlib.sha256(rule_text(project).encode()).hexdigest()


def observations(rule: str, moment: exp.Query, asked: exp.Query) -> exp.Query:
    """Return the query of the numbers asked for, as known at one moment, as a syntax tree.

    Args:
        rule: the text that ``rule_text`` gives.
        moment: the query of ``moment``.
        asked: the query of ``asked``.
    """
    from sqlglot import exp, parse_one

    query: exp.Query = parse_one(rule, dialect=_DIALECT, into=exp.Select)
    query.set("expressions", [each for each in query.expressions if each.alias != "as_of"])
    own = query.ctes
    query.set("with_", None)
    for alias, each in [*zip(GIVEN, (moment, asked), strict=True), *((cte.alias, cte.this) for cte in own)]:
        query = query.with_(alias, each, copy=False)
    return query
