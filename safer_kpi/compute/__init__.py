"""From change rows to numbers: the models, their checks and the file people read."""

from safer_kpi.compute.build import BuildResult, build, unbuilt
from safer_kpi.compute.export import export
from safer_kpi.compute.recount import audit

__all__ = ["BuildResult", "audit", "build", "export", "unbuilt"]
