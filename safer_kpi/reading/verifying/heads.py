"""The heads of known chains of releases, remembered outside the store, so that a roll-back shows.

A chain is known by the manifest hash of its first release; its head is that of its last.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from safer_kpi.files import write_durably

if TYPE_CHECKING:
    from pathlib import Path


def remember(file: Path, chain: str, head: str) -> None:
    """Keep a chain's head."""
    known = _known(file) | {chain: head}
    file.parent.mkdir(parents=True, exist_ok=True)
    write_durably(file, json.dumps(known, indent=1, sort_keys=True).encode() + b"\n")


def remembered(file: Path | None, chain: str) -> str | None:
    """The head a chain had when it was last remembered; None where it never was."""
    return _known(file).get(chain) if file is not None else None


def _known(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
