"""The heads of known chains of releases, remembered outside the store, so that a roll-back shows.

A chain is known by the manifest hash of its first release; its head is that of its last.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def remember(file: Path, chain: str, head: str) -> None:
    """Keep a chain's head."""
    known = _known(file) | {chain: head}
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    beside.replace(file)


def remembered(file: Path | None, chain: str) -> str | None:
    """The head a chain had when it was last remembered; None where it never was."""
    return _known(file).get(chain) if file is not None else None


def _known(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
