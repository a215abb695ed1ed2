"""Changes of keys and signatures: of approvers, approvals, signed changes of approvers, and withdrawals."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from typing import Any

from safer_kpi.reading.record import approval_message, canonical, checksum, notice_message, record_hash
from safer_kpi.reading.sealing.signatures import approver_line
from safer_kpi.releases.keys import make_key, read_key, sign
from tests.changes.change import Change
from tests.changes.lake import ADA, BO, CY, DI, RELEASES, Place
from tests.changes.tables import seal

FIRST, SECOND, THIRD = RELEASES
Make = Callable[[Place], Any]


def keys(chance: random.Random, turns: int) -> Iterator[Change]:
    """Yield changes of the approvers and of signatures, so many times over with other people and releases."""
    for turn in range(turns):
        person, other = chance.sample((BO, CY, DI), 2)
        release = RELEASES[turn % len(RELEASES)]
        files: dict[str, Make] = {
            f"{person} removed": lambda place, person=person: name_approvers(
                place, [n for n in (BO, CY, DI) if n != person]
            ),
            "emptied": lambda place: name_approvers(place, []),
            "removed": lambda place: (place.folder / "lake/approvers").unlink(),
            "a stranger added": lambda place: _append(place, "Eve Ross"),
            "an earlier approver added": lambda place: name_approvers(place, [BO, CY, DI, ADA]),
            f"another key for {person}": partial(_rekeyed, person=person),
            f"the keys of {person} and {other} exchanged": partial(_crossed, one=person, other=other),
            f"{person} named otherwise": partial(_renamed, person=person),
        }
        for what, make in files.items():
            yield Change(kind="keys", place="approvers", what=what, make=make, named="approvers (file|kept):")
        for what, act in SIGNED.items():
            make = partial(_manifest, release=release, act=act)
            yield Change(
                kind="keys", place="signatures", what=f"{release} {what}", make=make,
                named=rf"(manifest|approvals?|approvers|chain|listed|head) {re.escape(release)}\b",
            )  # fmt: skip
        for what, make in NOTICES.items():
            yield Change(kind="keys", place="notices and changes", what=what, make=make,
                         named="withdrawal|approvers change|approvers 2023|head")  # fmt: skip


def name_approvers(place: Place, names: list[str]) -> None:
    """Write the file of approvers, with these people."""
    (place.folder / "lake/approvers").write_text(place.file(*names))


def _append(place: Place, name: str) -> None:
    with (place.folder / "lake/approvers").open("a") as file:
        file.write(f"{approver_line(name, stranger(place, name))}\n")


def stranger(place: Place, name: str) -> str:
    """Return the public key of somebody who is not trusted; the private one lies in the lake's folder of work files."""
    path = place.folder / "lake/tmp" / name.split(maxsplit=1)[0]
    return make_key(path) if not path.exists() else path.with_suffix(".pub").read_text()


def _rekeyed(place: Place, *, person: str) -> None:
    path = place.folder / "lake/approvers"
    path.write_text(path.read_text().replace(place.public(person), stranger(place, "Eve Ross")))


def _crossed(place: Place, *, one: str, other: str) -> None:
    path = place.folder / "lake/approvers"
    text = path.read_text().replace(one, "\0").replace(other, one)
    path.write_text(text.replace("\0", other))


def _renamed(place: Place, *, person: str) -> None:
    path = place.folder / "lake/approvers"
    path.write_text(path.read_text().replace(person, f"{person[:-1]}m"))


def _manifest(place: Place, *, release: str, act: Callable[[Place, dict[str, Any]], None]) -> None:
    folder = place.folder / "lake/releases" / release
    manifest = json.loads((folder / "manifest.json").read_bytes())
    act(place, manifest)
    seal(folder, manifest)


def signed_again(place: Place, manifest: dict[str, Any], *, name: str, number: int = 0) -> None:
    """Put a valid signature of a person into the place of another approval."""
    approval = {"name": name, "comment": "", "at": manifest["approvals"][number]["at"]}
    signature = sign(read_key(place.key(name)), approval_message(record_hash(manifest), approval))
    manifest["approvals"][number] = approval | {"public_key": place.public(name), "signature": signature}


def _in_turn(place: Place, manifest: dict[str, Any]) -> None:
    """The signature of somebody who is trusted and has not signed."""
    have = {each["name"] for each in manifest["approvals"]}
    signed_again(place, manifest, name=next(name for name in (CY, BO, DI, ADA) if name not in have))


def _again(place: Place, manifest: dict[str, Any]) -> None:
    """Another valid signature of the same person, at another time."""
    first = manifest["approvals"][0]
    first["at"] = first["at"][:-1] + str((int(first["at"][-1]) + 1) % 10)
    signed_again(place, manifest, name=first["name"])


def _cut_signature(_: Place, manifest: dict[str, Any]) -> None:
    first = manifest["approvals"][0]
    first["signature"] = first["signature"][:-4] + "AAA="


def _of_second(_: Place, manifest: dict[str, Any]) -> None:
    first, second = manifest["approvals"]
    first["signature"], second["signature"] = second["signature"], first["signature"]


def _stated(field: str, value: Any) -> Callable[[Place, dict[str, Any]], None]:
    def act(_: Place, manifest: dict[str, Any]) -> None:
        manifest[field] = value

    return act


def _without_people(_: Place, manifest: dict[str, Any]) -> None:
    manifest["approvers"]["people"].pop()


SIGNED: dict[str, Callable[[Place, dict[str, Any]], None]] = {
    "signed validly by another": _in_turn,
    "signed validly once more": _again,
    "signature damaged": _cut_signature,
    "signatures exchanged": _of_second,
    "one approval dropped": lambda _, manifest: manifest["approvals"].pop(),
    "approvals in another order": lambda _, manifest: manifest["approvals"].reverse(),
    "comment changed": lambda _, manifest: manifest["approvals"][0].update(comment="I looked"),
    "needs one approval": _stated("approvals_required", 1),
    "needs no approval": _stated("approvals_required", 0),
    "a person less recorded": _without_people,
    "published earlier": _stated("published_at", "2024-05-01 00:00:00"),
    "known at another time": _stated("known_at", "2024-04-01 00:00:00"),
    "another row hash": _stated("row_hash", "0" * 64),
    "another lake": _stated("lake_id", "0" * 32),
    "no lake": _stated("lake_id", None),
    "another snapshot": _stated("snapshot_id", 1),
}


def _gone(name: str) -> Make:
    return lambda place: (place.folder / "lake/releases" / name).unlink()


def _edited(name: str, act: Callable[[dict[str, Any]], None]) -> Make:
    def make(place: Place) -> None:
        path = place.folder / "lake/releases" / name
        content = json.loads(path.read_bytes())
        act(content)
        if content.pop("checksum", None) is not None:
            content["checksum"] = checksum(content)
        path.write_bytes(canonical(content))

    return make


def _withdrawn_by_a_stranger(place: Place) -> None:
    public, path = stranger(place, "Eve Ross"), place.folder / "lake/releases"
    notice = json.loads((path / f"{FIRST}.withdrawal.json").read_bytes())
    notice |= {"name": "Eve Ross", "release_id": THIRD, "public_key": public}
    notice["manifest_sha256"] = sha256((path / THIRD / "manifest.json").read_bytes()).hexdigest()
    notice["signature"] = sign(read_key(place.folder / "lake/tmp/Eve"), notice_message(notice))
    (path / f"{THIRD}.withdrawal.json").write_text(json.dumps(notice))


CHANGE, NOTICE = "approvers-0001.json", f"{FIRST}.withdrawal.json"
NOTICES: dict[str, Make] = {
    "change removed": _gone(CHANGE),
    "change with other people": _edited(CHANGE, lambda change: change["after"].pop()),
    "change with another reason": _edited(CHANGE, lambda change: change.update(reason="none")),
    "change with a signature less": _edited(CHANGE, lambda change: change["signatures"].pop()),
    "change of another number": lambda place: (place.folder / "lake/releases" / CHANGE).rename(
        place.folder / "lake/releases/approvers-0002.json"
    ),
    "change twice": lambda place: shutil.copy(
        place.folder / "lake/releases" / CHANGE, place.folder / "lake/releases/approvers-0002.json"
    ),
    "notice removed": _gone(NOTICE),
    "notice with another reason": _edited(NOTICE, lambda notice: notice.update(reason="none")),
    "notice of another release": lambda place: (place.folder / "lake/releases" / NOTICE).rename(
        place.folder / "lake/releases" / f"{SECOND}.withdrawal.json"
    ),
    "a stranger's notice": _withdrawn_by_a_stranger,
}
