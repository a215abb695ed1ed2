"""The version of the installed package. This is the only place that looks it up."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1)
def package_version() -> str:
    """Return the installed version of safer-kpi, ``unknown`` if the package is not installed but only on the path."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("safer-kpi")
    except PackageNotFoundError:
        return "unknown"
