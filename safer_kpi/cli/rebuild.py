"""``verify --rebuild``: recompute releases from the raw bytes."""

from __future__ import annotations

from typing import Any


def rebuilt_rows(release: str | None, home: str | None) -> list[dict[str, Any]]:
    """Return one row per release, as ``verify`` does; all releases if none is named."""
    from safer_kpi.cli.output import console
    from safer_kpi.reading.verifying.verify import COLUMNS
    from safer_kpi.releases import rebuild
    from safer_kpi.settings import Settings

    with console(stderr=True).status("reading what the release records") as status:
        checks = rebuild(Settings.load(home), None if release is None else [release], progress=status.update)
    return [dict(zip(COLUMNS, check, strict=True)) for check in checks]
