"""Approve a draft: record who approves it, signed with that person's key."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import ApprovedAlready, CheckFailed, UsageError
from safer_kpi.reading.record import approval_message, record_hash
from safer_kpi.reading.sealing.approvals import approval_checks
from safer_kpi.reading.sealing.signatures import read_approvers, same_person
from safer_kpi.reading.sealing.tables import TABLES
from safer_kpi.releases.content import write_notes
from safer_kpi.releases.draft import hashes
from safer_kpi.releases.keys import key_of, public_key, sign
from safer_kpi.releases.store import DRAFT_FILE, draft_folder, read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from safer_kpi.settings import Settings


def approve(
    settings: Settings,
    release_id: str,
    *,
    name: str,
    comment: str = "",
    key: Path | None = None,
    override: str | None = None,
    at: dt.datetime | None = None,
) -> list[dict[str, Any]]:
    """Record and sign that ``name`` approves the draft as it is now; return all its approvals.

    Args:
        settings: the lake.
        release_id: the draft.
        name: who approves.
        comment: what they say; signed with the rest.
        key: the file of their private key; else the settings' signing key, else one this lake keeps for the name.
        override: why they approve although audits or coverage speak against it. The reason becomes part of the draft
            and stands beside the numbers it is about. Earlier approvals are dropped, because the draft has changed.
        at: when they approved, in UTC if it has no zone; now if it is left out. It is signed with the rest: an answer
            given on a form keeps the time of the answer, not the time at which a machine passed it on.

    Raises:
        NotFound: there is no such draft.
        ApprovedAlready: the person, or the key, has approved it.
        UsageError: the name is empty, the key is not trusted to be theirs, there is nothing to override, or ``at`` lies
            in the future or before the draft.
        CheckFailed: the draft's files are not those that were drafted, or something speaks against it.
    """
    from safer_kpi import lake

    person, private = signer(settings, name, key)
    with lake.lease(settings):
        folder = draft_folder(settings, release_id)
        content = read_json(folder / DRAFT_FILE)
        require_untouched(folder, content)
        moment = _moment(at, content)
        if override is not None:
            _override(folder, content, person, override)
        _require_free(content, release_id)
        add_approval(content, release_id, person=person, comment=comment, at=moment, private=private)
        write_json(folder / DRAFT_FILE, content)
    approvals: list[dict[str, Any]] = content["approvals"]
    return approvals


def signer(settings: Settings, name: str, key: Path | None) -> tuple[str, Ed25519PrivateKey]:
    """Return the name and the private key with which a person signs.

    Raises:
        UsageError: the name is empty, or the lake does not trust the key to be theirs.
    """
    person = " ".join(name.split())
    if not person:
        raise UsageError("An approval needs a name.", next_action="Give --name.")
    private = key_of(settings, person, key)
    _require_trusted(settings, person, public_key(private))
    return person, private


def require_approved(settings: Settings, draft: Mapping[str, Any], what: str, *, required: int, command: str) -> None:
    """Raise unless enough people have approved a draft and every signature holds.

    Raises:
        UsageError: it lacks approvals; ``command`` approves it.
        CheckFailed: a signature does not hold.
    """
    checks = approval_checks(draft, approvers=read_approvers(settings.approvers), required=required)
    failed = [f"{subject}: {detail}" for _, subject, status, detail in checks if status == "failed"]
    people = len(draft["approvals"])
    if people < required:
        raise UsageError(
            f"{what} has {people} of {required} approvals.",
            next_action=f"Run safer-kpi {command} {what} --name NAME.",
        )
    if failed and required:
        raise CheckFailed(f"{'; '.join(failed)}.", next_action="Draft it again, and have it approved again.")


def add_approval(
    content: dict[str, Any], what: str, *, person: str, comment: str, at: dt.datetime, private: Ed25519PrivateKey
) -> None:
    """Add a person's signed approval to a record.

    Raises:
        ApprovedAlready: the person, or the key, has approved it.
    """
    public = public_key(private)
    if any(same_person(person, each["name"]) for each in content["approvals"]):
        raise ApprovedAlready(f"{person} has already approved {what}.", next_action="Another person must approve.")
    if any(public == each["public_key"] for each in content["approvals"]):
        raise ApprovedAlready(
            "That key has already approved it.", next_action="Another person must approve, with their own key."
        )
    approval = {"name": person, "comment": comment, "at": at.isoformat(sep=" ")}
    signature = sign(private, approval_message(record_hash(content), approval))
    content["approvals"].append({**approval, "public_key": public, "signature": signature})


def standing(settings: Settings, release_id: str) -> list[dict[str, Any]]:
    """Return the findings against a draft that nobody has overridden: ``metric_id``, ``check``, ``detail``.

    Raises:
        NotFound: there is no such draft.
    """
    return _standing(read_json(draft_folder(settings, release_id) / DRAFT_FILE))


def _moment(at: dt.datetime | None, content: dict[str, Any]) -> dt.datetime:
    """Return the time of an approval in UTC; it must lie between the drafting and now."""
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    if at is None:
        return now
    moment = at.astimezone(dt.UTC).replace(tzinfo=None) if at.tzinfo else at
    if moment > now:
        raise UsageError("Nobody has approved it in the future.", next_action="Give the time they said so, in UTC.")
    if moment < dt.datetime.fromisoformat(content["drafted_at"]):
        raise UsageError(
            f"{content['release_id']} was drafted after that moment.",
            next_action="They approved an earlier draft: ask them about this one.",
        )
    return moment


def _require_trusted(settings: Settings, person: str, public: str) -> None:
    """Raise if the lake names its approvers and the key is not listed for the person.

    Raises:
        UsageError: the key is not listed.
    """
    approvers = read_approvers(settings.approvers)
    if approvers.names and not approvers.is_person(public, person):
        raise UsageError(
            f"This key is not one of {person}'s that the lake trusts.",
            next_action="Have the line that safer-kpi key show prints added with safer-kpi approvers add.",
        )


def _require_free(content: dict[str, Any], release_id: str) -> None:
    """Raise if a finding exists that nobody has overridden."""
    if found := _standing(content):
        told = "; ".join(f"{each['metric_id']}: {each['check']}: {each['detail']}" for each in found[:5])
        more = f"; and {len(found) - 5} more" if len(found) > 5 else ""
        raise CheckFailed(
            f"{release_id} cannot be approved as it is: {told}{more}.",
            next_action="Land what is missing and draft again, or approve with --override REASON.",
        )


def _standing(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the findings that nobody has overridden."""
    overridden = {(each["metric_id"], each["check"]) for each in content["overrides"]}
    return [each for each in content["findings"] if (each["metric_id"], each["check"]) not in overridden]


def _override(folder: Path, content: dict[str, Any], person: str, reason: str) -> None:
    """Write an approver's reason into the draft."""
    found = _standing(content)
    if not reason.strip():
        raise UsageError("An override needs a reason.", next_action="Write it after --override.")
    if not found:
        raise UsageError("There is nothing to override.", next_action="Approve without --override.")
    content["overrides"] += [{**each, "name": person, "reason": reason.strip()} for each in found]
    tables = write_notes(folder, content["overrides"])
    if TABLES in content:  # a draft of an earlier version stays in its format
        content[TABLES] = tables
    content["files"] = hashes(folder)
    content["approvals"] = []
    write_json(folder / DRAFT_FILE, content)


def require_untouched(folder: Path, content: dict[str, Any]) -> None:
    """Raise if the files of a draft were changed after it was drafted.

    Raises:
        CheckFailed: a file was changed, added or removed since.
    """
    now = hashes(folder)
    changed = sorted(name for name in {*now, *content["files"]} if now.get(name) != content["files"].get(name))
    if changed:
        raise CheckFailed(
            f"The draft {content['release_id']} was changed after it was drafted: {', '.join(changed)}.",
            next_action="Draft it again.",
        )
