"""From change rows to numbers: the models, their checks and the file people read."""

from safer_kpi.build.build import BuildResult, build, unbuilt
from safer_kpi.build.export import export
from safer_kpi.build.recount import audit

__all__ = ["BuildResult", "audit", "build", "export", "unbuilt"]
