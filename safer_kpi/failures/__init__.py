"""What disk, storage, catalogue, network and missing packages do, turned into errors of this package."""

from safer_kpi.failures.extras import require_extra
from safer_kpi.failures.translate import known, translated

__all__ = ["known", "require_extra", "translated"]
