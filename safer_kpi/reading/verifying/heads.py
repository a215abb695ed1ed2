"""What a person's machine remembers of lakes and their chains of releases, outside every store, to detect a roll-back.

The file of heads is one JSON object. The head of a chain, the manifest hash of its last release, stands under the
identity of the lake, so that a lake that was moved or copied keeps its checks. It also stands under the place of the
lake's releases, because somebody may exchange the identity, and under the hash of the chain's first manifest, as
earlier versions stored it. The lake of each place is remembered too, and who is trusted in each lake. The checksum of
all this stands beside it: a damaged name would otherwise be a lake that nobody remembers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import CheckFailed
from safer_kpi.files import bytes_of, write_durably
from safer_kpi.reading.record import CHECKSUM, checksum
from safer_kpi.reading.sealing.signatures import Approvers

if TYPE_CHECKING:
    from pathlib import Path


def remember(file: Path, *, head: str, chain: str, releases: Path, lake_id: str | None) -> None:
    """Store the head of a lake's chain, whose first manifest has the hash ``chain``."""
    known = _known(file) | {chain: head, _place(releases): head}
    if lake_id is not None:
        known |= {_lake(lake_id): head, _lake_at(releases): lake_id}
    _write(file, known)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a machine keeps of a lake's approvers.

    Attributes:
        people: the people that were trusted.
        changes: the number of signed changes until then.
        sha256: the hash of the last of these; None if there was none.
    """

    people: Approvers
    changes: int
    sha256: str | None


def keep_approvers(file: Path, releases: Path, lake_id: str | None, kept: Kept) -> None:
    """Store who is trusted in a lake: by its place and, if it has one, by its identity."""
    value: dict[str, Any] = {"people": kept.people.names, "changes": kept.changes, "sha256": kept.sha256}
    if kept.people.officers:
        value["officers"] = sorted(kept.people.officers)
    names = [_approvers_at(releases), *([_approvers_of(lake_id)] if lake_id is not None else [])]
    _write(file, _known(file) | dict.fromkeys(names, value))


def kept_approvers(file: Path | None, releases: Path, lake_id: str | None) -> Kept | None:
    """Return who was trusted in a lake when this machine last kept it, by its identity or else its place; or None."""
    if file is None:
        return None
    known = _known(file)
    value = known.get(_approvers_of(lake_id)) if lake_id is not None else None
    value = known.get(_approvers_at(releases)) if value is None else value
    if value is None:
        return None
    try:
        people = Approvers(dict(value["people"]), frozenset(value.get("officers", ())))
        return Kept(people=people, changes=int(value["changes"]), sha256=value["sha256"])
    except (KeyError, TypeError, ValueError) as damage:
        raise _damaged() from damage


def forget(file: Path | None, releases: Path) -> str | None:
    """Forget the lake whose releases lie in a folder; return the head that was remembered, or None."""
    if file is None:
        return None
    known = _known(file)
    before = dict(known)
    lake_id, head = known.pop(_lake_at(releases), None), known.pop(_place(releases), None)
    for name in (_lake(str(lake_id)), _approvers_of(str(lake_id)), _approvers_at(releases)):
        known.pop(name, None)
    if known != before:
        _write(file, known)
    return None if head is None else str(head)


def head_of_chain(file: Path | None, chain: str) -> str | None:
    """Return the last known head of the chain whose first manifest has the hash ``chain``, or None."""
    return _text(file, chain)


def head_of_lake(file: Path | None, lake_id: str | None) -> str | None:
    """Return the last known head of a lake's chain, wherever the lake is now, or None."""
    return None if lake_id is None else _text(file, _lake(lake_id))


def head_at(file: Path | None, releases: Path) -> str | None:
    """Return the last known head of the releases in a folder, or None."""
    return _text(file, _place(releases))


def lake_at(file: Path | None, releases: Path) -> str | None:
    """Return the identity of the lake whose releases lay in a folder, or None."""
    return _text(file, _lake_at(releases))


def _lake(lake_id: str) -> str:
    return f"lake {lake_id}"


def _approvers_of(lake_id: str) -> str:
    return f"approvers of lake {lake_id}"


def _approvers_at(releases: Path) -> str:
    return f"approvers in {releases.resolve()}"


def _place(releases: Path) -> str:
    return f"releases in {releases.resolve()}"


def _lake_at(releases: Path) -> str:
    return f"lake of {releases.resolve()}"


def _text(file: Path | None, name: str) -> str | None:
    value = _known(file).get(name) if file is not None else None
    return value if isinstance(value, str) else None


def _known(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(bytes_of(file))
    except FileNotFoundError:
        return {}
    except ValueError as damage:
        raise _damaged() from damage
    if not isinstance(content, dict) or content.pop(CHECKSUM, None) not in (None, checksum(content)):
        raise _damaged()
    return content


def _damaged() -> CheckFailed:
    return CheckFailed(
        "The file of what this machine remembers of lakes is damaged (SAFER_KPI_HEADS).",
        next_action="Restore it from backup; or move it away, verify every lake and run safer-kpi verify --remember.",
    )


def _write(file: Path, known: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(known | {CHECKSUM: checksum(known)}, indent=1, sort_keys=True)
    write_durably(file, text.encode() + b"\n")
