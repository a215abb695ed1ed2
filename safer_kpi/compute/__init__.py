"""From change rows to numbers: the models, their checks and the file people read."""

from safer_kpi.compute.build import BuildResult, build
from safer_kpi.compute.entries import unbuilt
from safer_kpi.compute.export import export
from safer_kpi.compute.recount import audit

__all__ = ["BuildResult", "audit", "build", "export", "import_libraries", "unbuilt"]


def import_libraries() -> tuple[str, ...]:
    """Import the large libraries that a build needs and return their names; a process that forks workers calls it."""
    import scipy.stats
    import sqlmesh

    return scipy.stats.__name__, sqlmesh.__name__
