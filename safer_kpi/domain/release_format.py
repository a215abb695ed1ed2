"""The number of a release's format, which its manifest states.

Format 1: a manifest without a number. Format 2: the manifest has the hashes of each table and column, no file of the
release holds a table twice, and source rows stay in the lake (decision 0059). Format 3: its DuckDB file has the macro
``kpi.vintages``, which an older version takes for foreign code (decision 0090), and it holds only verdicts that were
judged, of which an older version would show no others (decision 0013).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import ReleaseFormat
from safer_kpi.version import package_version

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The newest format that this version reads, and the one that it writes.
FORMAT = 3
_VERSION = re.compile(r"\d[0-9a-z.+]{0,30}")


def format_problem(manifest: Mapping[str, Any]) -> str | None:
    """Return what is wrong with the format of a manifest's release; None if this version knows it."""
    number = manifest.get("format", 1)
    if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= FORMAT:
        return None
    shown = ascii(number)[:32] if isinstance(number, int | float | str) else "of another type"
    return f"has format {shown}; this version of safer-kpi ({package_version()}) knows formats up to {FORMAT}"


def require_format(manifest: Mapping[str, Any]) -> None:
    """Raise if this version does not know the format of a manifest's release.

    Raises:
        ReleaseFormat: it does not.
    """
    if problem := format_problem(manifest):
        release = ascii(str(manifest.get("release_id")))[1:33].rstrip("'")
        raise ReleaseFormat(f"Release {release} {problem}.", next_action=next_action(manifest))


def next_action(manifest: Mapping[str, Any]) -> str:
    """Return what to do about a format that this version does not know."""
    version = manifest.get("package_version")
    if isinstance(version, str) and _VERSION.fullmatch(version) and version != package_version():
        return f"Install safer-kpi {version} or later."
    return "Install the version of safer-kpi that its publisher uses."
