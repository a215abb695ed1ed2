"""The check that the catalogue is as the last command that wrote to the lake left it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.failures import translated
from safer_kpi.lake.catalogues import at_rest
from safer_kpi.lake.known_state import changed_since
from safer_kpi.lake.places import state_file

if TYPE_CHECKING:
    from safer_kpi.lake.known_state import KnownState
    from safer_kpi.settings import Settings

Check = tuple[str, str, str, str]
_SQLITE = "sqlite:"
_RESTORE = "restore the lake from backup"


def catalogue_check(settings: Settings) -> tuple[Check | None, KnownState | None]:
    """Compare the catalogue with what the last writer recorded of it; return the check, and what is recorded.

    ``open`` if nothing is recorded, or if a command is writing or was killed; no check if there is no catalogue.
    """
    if _is_here(settings):
        return _compared(settings)
    if state_file(settings).is_file():
        return ("catalogue", "lake", "failed", f"its file is missing: {_RESTORE}"), None
    return None, None


def _compared(settings: Settings) -> tuple[Check, KnownState | None]:
    with translated(places=(settings.home,)), at_rest(settings) as catalogue:
        known = catalogue.known()
        if known is None:
            if catalogue.exists() and catalogue.has_recorded():
                what = f"the record of its state is gone ({state_file(settings).name}): {_RESTORE}"
                return ("catalogue", "lake", "failed", what), None
            return ("catalogue", "lake", "open", "nothing is recorded of it yet: the next landing or build does"), None
        if known.changed is not None:
            return ("catalogue", "lake", "failed", f"{known.changed}: {_advice(settings)}"), known
        if catalogue.is_marked():
            what = "a command is writing, or was stopped before it recorded what it wrote; the next one records it"
            return ("catalogue", "lake", "open", what), known
        try:
            changed = changed_since(catalogue, known)
        except sqlite3.Error:
            changed = "its bytes were changed, and it cannot be read"
        if changed is not None:
            return ("catalogue", "lake", "failed", f"{changed}: {_advice(settings)}"), known
        return ("catalogue", "lake", "ok", "as the last command that wrote to the lake left it"), known


def _advice(settings: Settings) -> str:
    if not settings.catalogue.startswith(_SQLITE):
        return _RESTORE
    return f"{_RESTORE}; if this is the restored backup, remove state/{state_file(settings).name}"


def _is_here(settings: Settings) -> bool:
    return not settings.catalogue.startswith(_SQLITE) or Path(settings.catalogue.removeprefix(_SQLITE)).is_file()
