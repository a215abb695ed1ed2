"""The tables, comments and macros of ``kpi.duckdb``. The models of ``models/kpi`` are their one source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from safer_kpi.compute import components, verdicts
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COLUMN = re.compile(r"\bAS (\w+),? -- (.+)$", re.MULTILINE)
_OF_SCHEMA = re.compile(r"\bkpi\.(\w+)")
_MODEL = re.compile(r"\AMODEL \(.*?description '(?P<description>[^']*)'.*?\n\);\n(?P<query>.*)\Z", re.DOTALL)


@dataclass(frozen=True)
class Model:
    """One model of ``models/kpi`` as text: what a row is, its columns' comments, and its query."""

    description: str
    columns: dict[str, str]
    query: str


@cache
def read_model(project: Path, name: str) -> Model:
    """The model ``kpi.<name>``.

    Raises:
        ProjectError: there is no such model, or it is not written as the house writes models.
    """
    path = project / "models" / "kpi" / f"{name}.sql"
    found = _MODEL.match(path.read_text(encoding="utf-8")) if path.is_file() else None
    if found is None:
        raise ProjectError(f"{path.name} is not a model of schema kpi with a description.")
    query = found["query"].strip()
    return Model(found["description"], dict(_COLUMN.findall(query)), query)


@dataclass(frozen=True)
class Table:
    """A table of ``kpi.duckdb`` that holds the rows of the model of its name, in ``order``.

    Attributes:
        name: its name and the model's.
        order: the columns its rows are sorted by.
        of_entries: whether its rows belong to journal entries, so that it can be cut at one.
    """

    name: str
    order: str
    of_entries: bool = False

    def column_names(self, project: Path) -> str:
        """The columns, as a list in SQL."""
        return ", ".join(read_model(project, self.name).columns)


COPIED = (
    Table("entry", "entry", of_entries=True),
    Table("delivery", "delivery_id", of_entries=True),
    Table("metric", "metric_id"),
    Table("area", "area_type, area_code"),
    Table("area_change", "area_code, entry, area_name, weight", of_entries=True),
    Table("police_force", "force_code"),
    Table("poisson_exact", "numerator"),
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
}
CERTIFIED = {
    "release_id": "Release that certified it, such as 2024-25-Q4",
    "known_at": "Up to when postings count in that release, UTC",
}
NOTE = {"note": "Why it was approved although an audit or its coverage spoke against it; none where nothing did"}
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
CERTIFICATE = {"release_id": CERTIFIED["release_id"], **components.COLUMNS}
_OWN = {
    "build": ("The build that wrote this file; one row.", BUILD),
    "release": ("One published release.", RELEASE),
    "component": (components.DESCRIPTION, components.COLUMNS),
    "certificate": ("One thing that a release's certificate of a metric is bound to.", CERTIFICATE),
}

_MOVEMENTS = """
SELECT
  metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, cause, feed, delivery_id,
  amount
FROM ledger
WHERE posted_at > a::TIMESTAMP AND posted_at <= b::TIMESTAMP
"""


def macros(project: Path) -> Iterator[str]:
    """The statements that make ``kpi.as_of(ts)`` and ``kpi.movements(a, b)``, and what they need to find their tables.

    ``as_of`` is the query of the model kpi.observation itself, its variable put in as the macro's parameter.

    DuckDB calls a file by its name, so whoever opens kpi.duckdb has a schema kpi in a database kpi, and ``kpi.ledger``
    may mean either: macros therefore name their tables without a schema. They find them under ``USE kpi.kpi``, and,
    where the file is attached under another name, under ``USE name`` through the views in its main schema.
    """
    query = read_model(project, "observation").query
    if "@known_at" not in query:
        raise ProjectError("observation.sql does not use @known_at.")
    for name in sorted({*_OF_SCHEMA.findall(query), "ledger"}):
        yield f"CREATE VIEW main.{name} AS SELECT * FROM kpi.{name}"
    yield f"CREATE MACRO kpi.as_of(ts) AS TABLE {_OF_SCHEMA.sub(_name, query).replace('@known_at', 'ts')}"
    yield f"CREATE MACRO kpi.movements(a, b) AS TABLE {_MOVEMENTS}"


def _name(found: re.Match[str]) -> str:
    return found[1]


def comments(project: Path) -> Iterator[str]:
    """The statements that comment every table and column."""
    described = {table.name: _described(project, table.name) for table in (*COPIED, OBSERVATION)} | _OWN
    columns = described["observation"][1] | CERTIFIED | NOTE
    described["certified"] = ("One certified number of one release.", columns)
    described["verdict"] = (verdicts.DESCRIPTION, verdicts.COLUMNS)
    described["certified_verdict"] = ("One verdict of one release.", verdicts.COLUMNS | CERTIFIED)
    for table, (text, named) in described.items():
        yield f"COMMENT ON TABLE kpi.{table} IS {_quoted(text)}"
        for column, comment in named.items():
            yield f"COMMENT ON COLUMN kpi.{table}.{column} IS {_quoted(comment)}"


def _described(project: Path, name: str) -> tuple[str, dict[str, str]]:
    model = read_model(project, name)
    return model.description, model.columns


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
