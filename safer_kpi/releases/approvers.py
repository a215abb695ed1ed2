"""Change who may approve releases: a change waits in the drafts until enough people have signed it."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import CheckFailed, NotFound, Unavailable, UsageError
from safer_kpi.files import sha256_of, write_durably
from safer_kpi.reading.place import MANIFEST
from safer_kpi.reading.record import canonical, change_hash, change_message, checksum
from safer_kpi.reading.sealing.signatures import APPROVALS_REQUIRED, Approvers, approver_line, read_approvers
from safer_kpi.reading.sealing.succession import CHANGE_FILE, as_list, people_of, signers
from safer_kpi.reading.verifying.trust import difference, is_same, keep_trust, trust_in
from safer_kpi.releases.keys import key_of, public_key, sign
from safer_kpi.releases.known import approvers_now, lake_id_of, require_known
from safer_kpi.releases.store import project_variables, read_json, release_folders, write_json
from safer_kpi.settings import DRAFTS, RELEASES

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.settings import Settings

_WAITING = "approvers.json"


def propose(
    settings: Settings,
    after: dict[str, str],
    *,
    name: str,
    reason: str,
    key: Path | None = None,
    officers: frozenset[str] | None = None,
) -> dict[str, Any]:
    """Propose other approvers and sign the change; return it as ``waiting`` does.

    It is in force once as many of the people before it as a release needs have signed it, and as many of those after
    it. Until the first release the file of approvers is changed at once: that release states who is trusted first.

    Args:
        settings: the lake.
        after: the approvers after the change: the name of each key's person.
        name: who proposes it, one of the people before or after it.
        reason: why.
        key: as for ``approve``.
        officers: the keys of data protection officers after the change; default: those before it that stay.

    Raises:
        UsageError: nothing would change, too few people would be left, the reason is empty, another change is waiting,
            or the key is not one of the person's.
        CheckFailed: the approvers or the releases are not those that are recorded.
    """
    from safer_kpi import lake

    if not reason.strip():
        raise UsageError("A change of approvers needs a reason.", next_action="Give --reason.")
    with lake.lease(settings):
        before = read_approvers(settings.approvers)
        changed = Approvers(after, frozenset(after) & (before.officers if officers is None else officers))
        required = max(APPROVALS_REQUIRED, int(project_variables(settings).get("approvals_required", 0)))
        _require_possible(before, changed, required)
        if not release_folders(settings):
            _write_file(settings, changed)
            return {"change": difference(before, changed), "status": "in force", "signed_by": []}
        lake_id = require_known(settings)
        if _file(settings).is_file():
            raise UsageError(
                "Another change of approvers is waiting.", next_action="Sign it, or drop it: approvers cancel."
            )
        content = _content(settings, lake_id, before, changed, required) | {"reason": reason.strip()}
        _sign(settings, content, name, key)
        is_done = _put_into_force(settings, content)
    return _finished(settings, content, is_done=is_done)


def agree(settings: Settings, *, name: str, key: Path | None = None) -> dict[str, Any]:
    """Sign the waiting change of approvers as ``name``; return it as ``waiting`` does.

    Raises:
        NotFound: no change is waiting.
        UsageError: the key is not one of the person's, they have signed it, or a release was published since.
        CheckFailed: the approvers or the releases are not those that are recorded.
    """
    from safer_kpi import lake

    with lake.lease(settings):
        content = _waiting(settings)
        require_known(settings)
        if (content["release"], content["previous"]) != (_last_release(settings), approvers_now(settings)["sha256"]):
            raise UsageError(
                "A release or another change came after this change was proposed.",
                next_action="Run safer-kpi approvers cancel, and propose it again.",
            )
        _sign(settings, content, name, key)
        is_done = _put_into_force(settings, content)
    return _finished(settings, content, is_done=is_done)


def cancel(settings: Settings) -> dict[str, Any]:
    """Drop the waiting change of approvers; return it.

    Raises:
        NotFound: no change is waiting.
    """
    from safer_kpi import lake

    with lake.lease(settings):
        content = _waiting(settings)
        _file(settings).unlink()
    return _told(content, "cancelled")


def waiting(settings: Settings) -> list[dict[str, Any]]:
    """Return the change that waits for signatures, if any: ``change``, ``reason``, ``status``, ``signed_by``."""
    return [_told(read_json(_file(settings)), "waiting")] if _file(settings).is_file() else []


def restore(settings: Settings) -> Approvers:
    """Write the file of approvers again as the last signed change or release records it; return the approvers.

    Raises:
        NotFound: nothing records them.
        CheckFailed: a signed change is not whole.
    """
    from safer_kpi import lake

    with lake.lease(settings):
        trust = trust_in(settings, lake_id_of(settings))
        if broken := [change for change in trust.changes if change.fault is not None]:
            raise CheckFailed(
                f"Change {broken[0].number} of approvers is not whole: {broken[0].fault}.",
                next_action="Restore the folder of releases from backup.",
            )
        if trust.recorded is None:
            raise NotFound("No release records who is trusted.", next_action="Write the file of approvers by hand.")
        _write_file(settings, trust.recorded)
    return trust.recorded


def _require_possible(before: Approvers, after: Approvers, required: int) -> None:
    if before == after:
        raise UsageError("Nothing would change.", next_action="See safer-kpi approvers list.")
    if before.names and len(set(after.names.values())) < required:
        raise UsageError(
            f"Fewer than {required} people would be left, and no release could be approved.",
            next_action="Add a person first.",
        )


def _content(
    settings: Settings, lake_id: str | None, before: Approvers, after: Approvers, required: int
) -> dict[str, Any]:
    now = approvers_now(settings)
    return {
        "number": now["changes"] + 1,
        "lake_id": lake_id,
        "previous": now["sha256"],
        "release": _last_release(settings),
        "before": as_list(before),
        "after": as_list(after),
        "approvals_required": required,
        "proposed_at": _now(),
        "signatures": [],
    }


def _last_release(settings: Settings) -> dict[str, str]:
    name, folder = list(release_folders(settings).items())[-1]
    return {"release_id": name, "manifest_sha256": sha256_of(folder / MANIFEST)}


def _sign(settings: Settings, content: dict[str, Any], name: str, file: Path | None) -> None:
    """Add a person's signature to a change and keep it as the waiting one."""
    person = " ".join(name.split())
    private = key_of(settings, person, file)
    public = public_key(private)
    both = Approvers(people_of(content["before"]).names | people_of(content["after"]).names)
    if not both.is_person(public, person):
        raise UsageError(
            f"This key is not one of {person}'s, before or after the change.",
            next_action="An approver signs it, with the key that is listed.",
        )
    if any(public == signed["public_key"] for signed in content["signatures"]):
        raise UsageError(f"{person} has signed this change.", next_action="Another person must sign it.")
    signed = {"name": person, "at": _now()}
    signature = sign(private, change_message(change_hash(content), signed))
    content["signatures"].append(signed | {"public_key": public, "signature": signature})
    _file(settings).parent.mkdir(parents=True, exist_ok=True)
    write_json(_file(settings), content)


def _put_into_force(settings: Settings, content: dict[str, Any]) -> bool:
    """Put a change into force if enough people have signed it; return whether it is."""
    lists = (people_of(content["before"]), people_of(content["after"]))
    if any(len(signers(content, people)) < content["approvals_required"] for people in lists):
        return False
    root = settings.home / RELEASES
    sealed = content | {"checksum": checksum(content)}
    write_durably(root / CHANGE_FILE.format(number=content["number"]), canonical(sealed))
    _file(settings).unlink()
    _write_file(settings, lists[1])
    keep_trust(lists[1], root, settings.heads, content["lake_id"])
    return True


def _finished(settings: Settings, content: dict[str, Any], *, is_done: bool) -> dict[str, Any]:
    from safer_kpi.compute import export

    if is_done:
        export(settings)  # the read file carries the changes
    return _told(content, "in force" if is_done else "waiting")


def _write_file(settings: Settings, after: Approvers) -> None:
    """Write the file of approvers; lines of keys that stay, and comments, are kept."""
    target = settings.approvers or settings.home / "approvers"
    known = read_approvers(target) if target.is_file() else Approvers({})
    lines = target.read_text(encoding="utf-8").splitlines() if target.is_file() else []
    gone = [key for key in known.names if not is_same(known, after, key)]
    kept = [line for line in lines if line.lstrip().startswith("#") or not any(key in line for key in gone)]
    added = [
        approver_line(name, key, is_officer=key in after.officers)
        for key, name in after.names.items()
        if not is_same(known, after, key)
    ]
    try:
        write_durably(target, "\n".join([*kept, *added, ""]).encode())
    except OSError as problem:
        raise Unavailable(
            f"The file of approvers cannot be written ({os.strerror(problem.errno or 0)}).",
            next_action="Give the right to write it, then run safer-kpi approvers restore.",
        ) from problem


def _file(settings: Settings) -> Path:
    return settings.home / DRAFTS / _WAITING


def _waiting(settings: Settings) -> dict[str, Any]:
    if not _file(settings).is_file():
        raise NotFound("No change of approvers is waiting.", next_action="See safer-kpi approvers list.")
    return read_json(_file(settings))


def _told(content: dict[str, Any], status: str) -> dict[str, Any]:
    return {
        "change": difference(people_of(content["before"]), people_of(content["after"])),
        "reason": content["reason"],
        "status": status,
        "signed_by": [signed["name"] for signed in content["signatures"]],
    }


def _now() -> str:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(sep=" ")
