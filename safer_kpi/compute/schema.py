"""The tables, comments and macros of ``safer_kpi.duckdb``. The models of ``models/kpi`` are their only source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.compute import components
from safer_kpi.compute.observed import observations_text
from safer_kpi.compute.parsed import DIALECT, read_models
from safer_kpi.domain.macro_text import foreign_words
from safer_kpi.errors import ProjectError
from safer_kpi.judging.columns import COLUMNS, DESCRIPTION, TERMS
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sqlglot import exp

    from safer_kpi.compute.parsed import Model

_SCHEMA = "kpi"
_KNOWN_AT = "known_at"


def read_schema(project: Path) -> dict[str, Model]:
    """Return the models whose rows the file holds, by table; every column is present and commented.

    Raises:
        ProjectError: a model does not parse, or one of its columns has no comment or no cast.
    """
    models = read_models(project, _SCHEMA, [table.name for table in (*COPIED, OBSERVATION)])
    bare = [f"{name}.{column}" for name, model in models.items() for column, text in model.columns.items() if not text]
    if bare:
        raise ProjectError(f"Columns of models/{_SCHEMA} have no comment: {', '.join(bare)}.")
    return models


@dataclass(frozen=True)
class Table:
    """A table of ``safer_kpi.duckdb`` that holds the rows of the model of its name, in ``order``.

    Attributes:
        name: its name and the model's.
        order: the columns its rows are sorted by.
        of_entries: whether its rows belong to journal entries, so that it can be cut at one.
        of_project: whether its rows come from the project's files alone.
    """

    name: str
    order: str
    of_entries: bool = False
    of_project: bool = False


COPIED = (
    Table("entry", "entry", of_entries=True),
    Table("delivery", "delivery_id", of_entries=True),
    Table("metric", "metric_id", of_project=True),
    Table("strategy", "place", of_project=True),
    Table("contributor", "feed, cover_code", of_project=True),
    Table("peer", "place", of_project=True),
    Table("area", "area_type, area_code"),
    Table("area_change", "area_code, entry, area_name, weight", of_entries=True),
    Table("police_force", "force_code", of_project=True),
    Table("poisson_exact", "numerator", of_project=True),
    Table("coverage", "entry, feed, cell", of_entries=True),
    Table("held", "entry, feed, cell", of_entries=True),
    Table("quarantine", "delivery_id, source_row, entry, rule, column_name", of_entries=True),
    Table("feed", "feed"),
    Table(
        "ledger",
        "metric_id, area_code, month, entry, la_code, force_code, period_type, breakdown, measure, series, cause",
        of_entries=True,
    ),
)
OBSERVATION = Table("observation", "metric_id, area_code, period_type, period_start, breakdown")

BUILD = {
    "last_entry": "Last journal entry the numbers hold",
    "as_of": "When that entry was posted, UTC",
    "built_at": "When the build ended, UTC",
    "package_version": "Version of safer-kpi that wrote this file",
    "snapshot_id": "Snapshot of the lake it was read from",
    "lake_id": "Identity of the lake, which its releases state too",
}
BUILD_TYPES = {
    "last_entry": "BIGINT", "as_of": "TIMESTAMP", "built_at": "TIMESTAMP", "package_version": "VARCHAR",
    "snapshot_id": "BIGINT", "lake_id": "VARCHAR",
}  # fmt: skip
CERTIFIED = {
    "release_id": "Release that certified it, such as 2024-25-Q4",
    "known_at": "Up to when postings count in that release, UTC",
}
NUMBER = {
    "status": "certified, provisional, incomplete, missing, suppressed, unavailable or withdrawn",
    "note": "Why it was approved although an audit or its coverage spoke against it; none where nothing did",
}
RELEASE = {
    "release_id": "Name of the release",
    "quarter": "Financial quarter it reports up to",
    "published_at": "When it was published, UTC",
    "last_entry": "Last journal entry it holds",
    "known_at": "When that entry was posted, UTC",
    "supersedes": "Release it corrects",
    "approved_by": "Names of the people who approved it",
    "manifest_sha256": "Hash of its manifest",
    "previous_manifest_sha256": "Hash of the manifest of the release before it",
    "row_hash": "Hash over its certified rows",
    "revision": "R1 better data, R2 routine recalculation, R3 improved method or definition, C correction of an error",
    "reason": "Why it corrects another release",
    "status": "published, superseded (a correction has followed) or withdrawn",
    "withdrawn_reason": "Why it was withdrawn",
}
SEALED = {
    "release_id": CERTIFIED["release_id"],
    "manifest": "Text of its manifest, which its approvers signed",
    "seals": "Text of its seals.json: a hash over the numbers and verdicts of each metric and area",
}
APPROVER_CHANGE = {
    "number": "Its place in the history, from 1",
    "change": "Text of the change, which approvers signed",
}
CERTIFICATE = {"release_id": CERTIFIED["release_id"], **components.COLUMNS}
_OWN = {
    "build": ("The build that wrote this file; one row.", BUILD),
    "release": ("One published release.", RELEASE),
    "component": (components.DESCRIPTION, components.COLUMNS),
    "sealed": ("The signed texts of one published release.", SEALED),
    "approver_change": ("One signed change of the approvers.", APPROVER_CHANGE),
    "certificate": ("One thing that a release's certificate of a metric is bound to.", CERTIFICATE),
}

_MOVEMENTS = """
SELECT
  metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, cause, feed, delivery_id,
  amount
FROM kpi.ledger
WHERE posted_at > a::TIMESTAMP AND posted_at <= b::TIMESTAMP
"""
_EVERY_ENTRY = "SELECT posted_at AS as_of FROM kpi.entry"
_ONE_METRIC = """
SELECT DISTINCT of_metric AS metric_id, area_code
FROM kpi.area_change
WHERE in_area IS NULL OR area_code = in_area
"""


def macros(project: Path, models: Mapping[str, Model]) -> Iterator[str]:
    """Yield the statements that make ``as_of(ts)``, ``movements(a, b)`` and ``vintages(of_metric, in_area)``.

    ``as_of`` is the query of the model kpi.observation itself, its variable put in as the macro's parameter.
    ``vintages`` is the same rule for every entry as a moment, and the numbers of one metric in one area; in every area
    where that is NULL.

    DuckDB looks up a macro's tables when the macro is called, in the database that the caller uses. So the macros name
    schema and table but no database: a file that is attached under any name answers after ``USE`` of that name.
    """
    yield f"CREATE OR REPLACE MACRO kpi.as_of(ts) AS TABLE {_as_of(models[OBSERVATION.name])}"
    yield f"CREATE OR REPLACE MACRO kpi.movements(a, b) AS TABLE {_MOVEMENTS}"
    yield f"CREATE OR REPLACE MACRO kpi.vintages(of_metric, in_area) AS TABLE {_allowed(_vintages(project))}"


def _vintages(project: Path) -> exp.Query:
    """Return the rule of observations for the moments of all entries."""
    from sqlglot import exp, parse_one

    return parse_one(observations_text(project, _EVERY_ENTRY, _ONE_METRIC), dialect=DIALECT, into=exp.Select)


def _as_of(model: Model) -> str:
    """Return the text of ``as_of``: the model's query with ``ts`` for its variable.

    Raises:
        ProjectError: the query does not use the variable, or holds a macro that only SQLMesh could expand.
    """
    from sqlglot import exp
    from sqlmesh.core.dialect import MacroFunc, MacroVar

    query = model.query.copy()
    known = [found for found in query.find_all(MacroVar) if found.name == _KNOWN_AT]
    for found in known:
        found.replace(exp.column("ts"))
    macro = query.find(MacroFunc, MacroVar)
    if not known or macro is not None:
        wrong = f"holds the macro {macro.sql(dialect=DIALECT)}" if macro else f"does not use @{_KNOWN_AT}"
        raise ProjectError(f"models/{_SCHEMA}/{OBSERVATION.name}.sql {wrong}: kpi.as_of cannot be made of it.")
    return _allowed(query)


def _allowed(query: exp.Query) -> str:
    """Return the text of a macro.

    Raises:
        ProjectError: the query uses a function that a reader refuses.
    """
    text = query.sql(dialect=DIALECT, comments=False)
    if foreign := foreign_words(text):
        raise ProjectError(
            f"The rule of observations uses {foreign[0]}, which no reader lets a macro of a read file use.",
            next_action="Use the functions that safer_kpi/domain/macro_text.py lists.",
        )
    return text


def comments(models: Mapping[str, Model]) -> Iterator[str]:
    """Return the statements that comment every table and column."""
    described = {name: (model.description, model.columns) for name, model in models.items()} | _OWN
    columns = described[OBSERVATION.name][1] | CERTIFIED | NUMBER
    described["certified"] = ("One certified number of one release.", columns)
    described["certified_strategy"] = (
        "One KPI or measure of the strategy that one release was made under.",
        models["strategy"].columns | CERTIFIED,
    )
    described["verdict"] = (DESCRIPTION, COLUMNS)
    described["certified_verdict"] = (
        "One verdict of one release; as in kpi.verdict, only what was judged has a row.",
        COLUMNS | CERTIFIED,
    )
    described["certified_metric"] = (
        "The terms that one release judged one metric by; none of a release that has rows of what is not judged.",
        {name: models["metric"].columns[name] for name in TERMS} | {"release_id": CERTIFIED["release_id"]},
    )
    for table, (text, named) in described.items():
        yield f"COMMENT ON TABLE kpi.{table} IS {literal(text)}"
        for column, comment in named.items():
            yield f"COMMENT ON COLUMN kpi.{table}.{column} IS {literal(comment)}"
