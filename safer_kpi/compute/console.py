"""What SQLMesh would print, kept as a list of named failures that hold no row's value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlmesh.core.console import NoopConsole
from sqlmesh.utils.errors import AuditError, NodeAuditsErrors, SQLMeshError

if TYPE_CHECKING:
    from sqlmesh.utils.concurrency import NodeExecutionFailedError

# Errors in the text of a statement. Any other message of the engine may quote a row.
_ABOUT_TEXT = ("BinderException", "CatalogException", "ParserException")


class QuietConsole(NoopConsole):
    """Prints nothing.

    Attributes:
        failures: one line per model that failed: its name, and the audits or the kind of error.
        causes: what the engine raised for each.
    """

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[str] = []
        self.causes: list[BaseException] = []

    def log_failed_models(self, errors: list[NodeExecutionFailedError[Any]]) -> None:
        """Keep what failed, by name; not what merely came after it in the same transaction."""
        first = [error for error in errors if type(error.__cause__).__name__ != "TransactionException"]
        self.causes.extend(first or errors)
        self.failures.extend(_failure(error) for error in first or errors)


def _failure(error: NodeExecutionFailedError[Any]) -> str:
    node = error.node
    name = str(getattr(node, "snapshot_name", node)).replace('"lake".', "").replace('"', "")
    cause = error.__cause__
    if isinstance(cause, NodeAuditsErrors):
        return f"{name}: audit {', '.join(_audit(one) for one in cause.errors)}"
    told = isinstance(cause, SQLMeshError) or type(cause).__name__ in _ABOUT_TEXT
    text = f": {cause}" if told else ""
    return f"{name}: {type(cause).__name__}{text}"


def _audit(error: AuditError) -> str:
    return f"{error.audit_name} found {error.count} rows"
