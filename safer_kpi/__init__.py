"""Certified, explainable performance indicators, read in one line.

>>> import safer_kpi
>>> lake = safer_kpi.open()  # doctest: +SKIP
>>> lake.metric("1a.robbery", area="E06000058", by="quarter")  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os

    from safer_kpi.reading.lake import Lake
    from safer_kpi.reading.table import Table

    __version__: str

from safer_kpi.errors import CheckFailed, NotFound, SaferKpiError, UsageError

__all__ = ["CheckFailed", "Lake", "NotFound", "SaferKpiError", "Table", "UsageError", "__version__", "open"]

_LAZY = {"Lake": "safer_kpi.reading.lake", "Table": "safer_kpi.reading.table"}


def open(where: str | os.PathLike[str] | None = None) -> Lake:  # noqa: A001  (safer_kpi.open is the public name)
    """Return a lake, read-only and unchanging while it is open.

    Args:
        where: the path or URL of a lake's home, a read file (``safer_kpi.duckdb``) or a release folder.
            ``SAFER_KPI_HOME`` or ``./lake`` when left out. Remote files are fetched once and read from a local copy;
            ``s3://`` needs the extra ``s3``, ``https://`` the extra ``http``.

    Warns:
        FutureWarning: the lake was last built by an earlier version; its read file is the earlier ``kpi.duckdb``.

    Raises:
        NotFound: ``where`` holds no lake, read file or release.
        CheckFailed: a fetched release does not match its manifest.
        Unavailable: the storage or the web server cannot be reached, or refuses the file.
    """
    from safer_kpi.reading.lake import open_lake

    return open_lake(where)


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that importing the package stays fast."""
    if name == "__version__":
        from safer_kpi.version import package_version

        return package_version()
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'safer_kpi' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
