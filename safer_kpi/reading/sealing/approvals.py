"""The checks of a release's approvals and withdrawal: signatures, keys and persons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.files import bytes_of, sha256_of
from safer_kpi.reading.place import MANIFEST
from safer_kpi.reading.record import approval_message, notice_message, parse, record_hash
from safer_kpi.reading.sealing.signatures import fingerprint, is_signed, same_person

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from safer_kpi.reading.sealing.signatures import Approvers

Check = tuple[str, str, str, str]
_TEXTS = ("name", "comment", "at", "public_key", "signature")


def approval_checks(manifest: Mapping[str, Any], *, approvers: Approvers, required: int) -> list[Check]:
    """Return one check per approval, and one check of the number of approvals.

    An approval counts once per person and key. If trusted approvers are set, only their keys count. If none are set,
    the signatures are checked and the status is ``open``, because anyone could have made the keys.
    """
    record, release_id = record_hash(manifest), manifest["release_id"]
    checks: list[Check] = []
    counted: list[Mapping[str, Any]] = []
    for approval in manifest["approvals"]:
        detail = _fault(approval, record, counted, approvers)
        who = str(approval.get("name")) if isinstance(approval, dict) else "?"
        if detail:
            checks.append(("approval", f"{release_id} {who}", "failed", detail))
            continue
        counted.append(approval)
        checks.append(_good("approval", f"{release_id} {who}", approval, approvers))
    needed = max(required, manifest["approvals_required"])
    enough = len(counted) >= needed
    detail = f"{len(counted)} of {needed} people"
    return [*checks, ("approvals", release_id, "ok" if enough else "failed", detail)]


def officer_signed(manifest: Mapping[str, Any], approvers: Approvers) -> bool:
    """Return whether a data protection officer among the approvers has approved a record, by a signature that holds."""
    record = record_hash(manifest)
    return any(
        isinstance(approval, dict)
        and approval.get("public_key") in approvers.officers
        and _fault(approval, record, (), approvers) is None
        for approval in manifest["approvals"]
    )


def _fault(approval: object, record: str, counted: Sequence[Mapping[str, Any]], approvers: Approvers) -> str | None:
    """Return the fault of an approval; None if it has none."""
    if not isinstance(approval, dict) or not all(isinstance(approval.get(key), str) for key in _TEXTS):
        return "the approval lacks a field or has one of the wrong type"
    key, name = approval["public_key"], approval["name"]
    if not is_signed(key, approval_message(record, approval), approval["signature"]):
        return "the signature does not match the key and this release"
    if any(same_person(name, other["name"]) or key == other["public_key"] for other in counted):
        return "the same person or key has approved already"
    return _untrusted(key, name, approvers)


def _untrusted(key: str, name: str, approvers: Approvers) -> str | None:
    if not approvers.names:
        return None
    if not approvers.knows(key):
        return f"the key {fingerprint(key)} is not trusted"
    if not approvers.is_person(key, name):
        return f"the key {fingerprint(key)} belongs to another person"
    return None


def _good(check: str, subject: str, signed: Mapping[str, Any], approvers: Approvers) -> Check:
    if approvers.names:
        return (check, subject, "ok", f"signed {signed['at']} with a trusted key")
    key = fingerprint(signed["public_key"])
    return (check, subject, "open", f"signed {signed['at']} with {key}; no trusted keys are set")


def notice_checks(notice: Path, folder: Path, approvers: Approvers) -> list[Check]:
    """Return the check of a release's withdrawal notice and its signature; an empty list if no notice exists."""
    if not notice.is_file():
        return []
    content = parse(bytes_of(notice))
    subject = folder.name
    texts = ("release_id", "manifest_sha256", "reason", "name", "at", "public_key", "signature")
    if content is None or not all(isinstance(content.get(key), str) for key in texts):
        return [("withdrawal", subject, "failed", "the notice was changed after it was written")]
    is_this = content["manifest_sha256"] == sha256_of(folder / MANIFEST)
    if not is_this or not is_signed(content["public_key"], notice_message(content), content["signature"]):
        return [("withdrawal", subject, "failed", "the notice is not signed for this release")]
    if fault := _untrusted(content["public_key"], content["name"], approvers):
        return [("withdrawal", subject, "failed", fault)]
    check, _, status, detail = _good("withdrawal", subject, content, approvers)
    return [(check, subject, status, f"withdrawn by {content['name']}: {content['reason']}; {detail}")]
