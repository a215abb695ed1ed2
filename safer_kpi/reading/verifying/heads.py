"""The heads of known chains of releases, remembered outside the store to detect a roll-back.

The manifest hash of the first release identifies a chain; its head is the manifest hash of the last release. The head
is remembered by the place of the lake's releases too, because a chain that was forged anew has another first release.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from safer_kpi.files import write_durably

if TYPE_CHECKING:
    from pathlib import Path


def remember(file: Path, chain: str, head: str) -> None:
    """Store the head of a chain."""
    known = _known(file) | {chain: head}
    file.parent.mkdir(parents=True, exist_ok=True)
    write_durably(file, json.dumps(known, indent=1, sort_keys=True).encode() + b"\n")


def forget(file: Path | None, chain: str) -> None:
    """Forget the head of a chain, whose lake was removed on purpose."""
    if file is not None and chain in (known := _known(file)):
        del known[chain]
        write_durably(file, json.dumps(known, indent=1, sort_keys=True).encode() + b"\n")


def remembered(file: Path | None, chain: str) -> str | None:
    """Return the last remembered head of a chain, or None."""
    return _known(file).get(chain) if file is not None else None


def place_of(releases: Path) -> str:
    """Return the name under which the head of the releases in a folder is remembered."""
    return f"releases in {releases.resolve()}"


def _known(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
