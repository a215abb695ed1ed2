"""The signed changes of a lake's approvers, one file per change beside the releases: ``approvers-0001.json``.

A change names the approvers before and after it, the change before it, and the last release at that time. It is signed
by as many of the people before it as a release needs, and by as many of the people after it; one signature may count
for both. So trust passes over a change in both directions: who knows the people before it may trust those after it, and
who knows the people after it may trust the releases of those before.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safer_kpi.files import bytes_of
from safer_kpi.reading.place import PUBLIC, is_url
from safer_kpi.reading.record import change_hash, change_message, checksum, parse
from safer_kpi.reading.sealing.signatures import (
    APPROVALS_REQUIRED,
    OFFICER,
    Approvers,
    is_key,
    is_signed,
    same_person,
)
from safer_kpi.settings import RELEASES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from safer_kpi.reading.picture import Picture

CHANGE_FILE = "approvers-{number:04}.json"
_FILE = re.compile(r"approvers-(\d{4,})\.json")
_TEXTS = ("name", "at", "public_key", "signature")


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change of a lake's approvers.

    Attributes:
        number: its place in the history, from 1.
        sha256: the hash of its text.
        content: its text as JSON; empty if it cannot be read.
        before: the approvers before it.
        after: the approvers after it.
        fault: what is wrong with it, or None.
    """

    number: int
    sha256: str
    content: dict[str, Any]
    before: Approvers
    after: Approvers
    fault: str | None

    def signed_by(self, approvers: Approvers) -> int:
        """Return how many of these people signed it, each counted once."""
        return len(signers(self.content, approvers))

    @property
    def required(self) -> int:
        """How many people before it, and how many after it, must have signed it."""
        return max(APPROVALS_REQUIRED, int(self.content.get("approvals_required", 0)))


def changes_of(lake: Picture) -> list[Change]:
    """Return the changes beside the releases of a place, or else those that its read file carries."""
    root = lake.place.releases
    if lake.place.edition == PUBLIC:
        root = str(lake.place.file.parents[2] / RELEASES)
    if root is not None and not is_url(root) and Path(root).is_dir():
        return read_changes(change_texts(Path(root)))
    if not lake.book.has_table("approver_change"):
        return []
    rows = lake.book.read("SELECT change FROM kpi.approver_change ORDER BY number")[1]
    return read_changes([text.encode() for (text,) in rows])


def change_texts(releases: Path) -> list[bytes]:
    """Return the texts of the changes in a folder of releases by their numbers; empty for one that is not a file."""
    found = {int(match[1]): path for path in releases.glob("approvers-*.json") if (match := _FILE.fullmatch(path.name))}
    paths = [found.get(number) for number in range(1, max(found, default=0) + 1)]
    return [bytes_of(path) if path is not None and path.is_file() else b"" for path in paths]


def read_changes(texts: Sequence[bytes]) -> list[Change]:
    """Return the changes of a history, each with what is wrong with it."""
    changes: list[Change] = []
    for number, text in enumerate(texts, start=1):
        changes.append(_change(number, text, changes[-1] if changes else None))
    return changes


def _change(number: int, text: bytes, earlier: Change | None) -> Change:
    sha256 = hashlib.sha256(text).hexdigest()
    content = parse(text)
    if content is None or not _is_change(content):
        nobody = Approvers({})
        told = "it cannot be read, or was changed after it was signed"
        return Change(number=number, sha256=sha256, content={}, before=nobody, after=nobody, fault=told)
    before, after = people_of(content["before"]), people_of(content["after"])
    change = Change(number=number, sha256=sha256, content=content, before=before, after=after, fault=None)
    return replace(change, fault=_fault(change, earlier))


def _is_change(content: Mapping[str, Any]) -> bool:
    """Return whether a text has the fields and types of a change, and its checksum."""
    return (
        content.get("checksum") == checksum(content)
        and isinstance(content.get("number"), int)
        and isinstance(content.get("approvals_required"), int)
        and all(_is_people(content.get(name)) for name in ("before", "after"))
        and isinstance(content.get("release"), dict)
        and isinstance(content["release"].get("release_id"), str)
        and isinstance(content.get("reason"), str)
        and isinstance(content.get("signatures"), list)
    )


def _is_people(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, dict)
        and isinstance(each.get("name"), str)
        and is_key(each.get("public_key"))
        and each.get("role") in {None, OFFICER}
        for each in value
    )


def _fault(change: Change, earlier: Change | None) -> str | None:
    """Return what is wrong with a readable change; None if it follows the earlier one and enough people signed it."""
    content = change.content
    if content["number"] != change.number or content.get("previous") != (earlier.sha256 if earlier else None):
        return "a change before it is missing or was changed"
    if earlier is not None and earlier.after != change.before:
        return "it does not begin with the approvers that the change before it left"
    for people, when in ((change.before, "before"), (change.after, "after")):
        count = change.signed_by(people)
        if count < change.required:
            return f"{count} of {change.required} people who are trusted {when} it have signed it"
    return None


def signers(content: Mapping[str, Any], approvers: Approvers) -> list[str]:
    """Return the names of those approvers who signed a change, each person and key once."""
    record = change_hash(content)
    names: list[str] = []
    keys: set[str] = set()
    for signed in content.get("signatures", []):
        if not isinstance(signed, dict) or not all(isinstance(signed.get(field), str) for field in _TEXTS):
            continue
        key, name = signed["public_key"], signed["name"]
        if key in keys or any(same_person(name, other) for other in names) or not approvers.is_person(key, name):
            continue
        if is_signed(key, change_message(record, signed), signed["signature"]):
            names.append(name)
            keys.add(key)
    return names


def people_of(listed: Sequence[Mapping[str, str]]) -> Approvers:
    """Return the approvers in a list of names, keys and roles."""
    officers = frozenset(each["public_key"] for each in listed if each.get("role") == OFFICER)
    return Approvers({each["public_key"]: each["name"] for each in listed}, officers)


def as_list(approvers: Approvers) -> list[dict[str, str]]:
    """Return approvers as a list of names, keys and, where they have one, roles, in the order of the names."""
    pairs = sorted((name, key) for key, name in approvers.names.items())
    return [
        {"name": name, "public_key": key} | ({"role": OFFICER} if key in approvers.officers else {})
        for name, key in pairs
    ]


def recorded_in(manifest: Mapping[str, Any]) -> tuple[int, Approvers] | None:
    """Return the number of changes and the approvers that a release records; None if it is older than that."""
    found = manifest.get("approvers")
    if not isinstance(found, dict) or not _is_people(found.get("people")):
        return None
    changes = found.get("changes")
    return (changes, people_of(found["people"])) if isinstance(changes, int) and changes >= 0 else None


def trusted_for(manifest: Mapping[str, Any], trusted: Approvers, changes: Sequence[Change]) -> Approvers:
    """Return whose approvals of a release count, for a reader who trusts these people.

    They are the people that the reader names, or, if signed changes lead from them to those who were approvers at the
    time of the release, these.
    """
    recorded = recorded_in(manifest)
    number = recorded[0] if recorded else 0
    if not trusted.names or not changes or number > len(changes):
        return trusted
    return _trust(trusted, changes)[number]


def _trust(trusted: Approvers, changes: Sequence[Change]) -> list[Approvers]:
    """Return whom to trust before the first change and after each change."""
    lists = [changes[0].before, *(change.after for change in changes)]
    known = [people == trusted for people in lists]

    def passes(change: Change, place: int) -> bool:
        people = lists[place] if known[place] else trusted
        return change.fault is None and change.signed_by(people) >= change.required

    for place, change in enumerate(changes):
        known[place + 1] = known[place + 1] or passes(change, place)
    for place, change in reversed(list(enumerate(changes))):
        known[place] = known[place] or passes(change, place + 1)
    return [people if is_known else trusted for people, is_known in zip(lists, known, strict=True)]


def trusted_since(manifest: Mapping[str, Any], trusted: Approvers, changes: Sequence[Change]) -> Approvers:
    """Return who may have withdrawn a release: those trusted for it, and those who became approvers afterwards."""
    names = dict(trusted_for(manifest, trusted, changes).names)
    for later in range((recorded_in(manifest) or (0, trusted))[0] + 1, len(changes) + 1):
        names |= _trust(trusted, changes)[later].names if trusted.names else {}
    return Approvers(names)
