"""Hold the numbers of a read file against the audit of ``kpi.observation``.

SQLMesh would audit the view: it would make every number of the lake once more, all at one time, only to look at it.
"""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from safer_kpi.errors import CheckFailed, ProjectError

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

_AUDIT = "observation_is_explained"


class _Audit(Template):
    """The text of an audit, in which ``@this_model`` stands for the table."""

    delimiter = "@"


def require_explained(connection: duckdb.DuckDBPyConnection, project: Path, numbers: str = "kpi.observation") -> None:
    """Raise unless numbers of the book in use, all or those of a query in brackets, pass the project's audit of them.

    Raises:
        CheckFailed: they do not; the metrics are named.
        ProjectError: the project has no such audit.
    """
    file = project / "audits" / f"{_AUDIT}.sql"
    if not file.is_file():
        raise ProjectError(f"audits/{file.name} is missing.", next_action="Run safer-kpi migrate --project.")
    _, _, query = file.read_text(encoding="utf-8").partition(");\n")
    audit = _Audit(query).substitute(this_model=numbers)
    found = connection.execute(
        f"SELECT metric_id, count(*) FROM ({audit}) AS audit GROUP BY metric_id ORDER BY metric_id"
    ).fetchall()
    if found:
        told = ", ".join(f"{metric_id} ({count})" for metric_id, count in found)
        raise CheckFailed(
            f"Audit {_AUDIT}: a status does not fit its number for {told}.",
            next_action="Nothing was exported; safer_kpi.duckdb is unchanged.",
        )
