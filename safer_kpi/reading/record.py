"""The hashed and signed texts of a release: its record, its manifest and notices about it.

Every JSON text of a release is canonical (RFC 8785): the same content always has the same bytes, so a hash or signature
of the bytes covers the content. The **record** is everything that people approve. The **manifest** is the record with
their approvals, the time of publication and a checksum of itself.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CERTIFICATES = "certificates.json"
#: The name under which a text states the SHA-256 of the rest of it.
CHECKSUM = "checksum"
NOTICE = "{release_id}.withdrawal.json"
_ADDED = ("approvals", "published_at", CHECKSUM)
_APPROVAL = ("name", "comment", "at")
_CHANGE = ("name", "at")
_NOTICE = ("release_id", "manifest_sha256", "reason", "name", "at")


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return the canonical text of a JSON object: sorted keys, no spaces, UTF-8 (RFC 8785)."""
    import rfc8785

    return rfc8785.dumps(dict(content))


def parse(content: bytes) -> dict[str, Any] | None:
    """Return the JSON object if ``content`` is its canonical text, else None."""
    import rfc8785

    try:
        value = json.loads(content)
        return value if isinstance(value, dict) and rfc8785.dumps(value) == content else None
    except (ValueError, RecursionError):  # rfc8785's own errors are ValueErrors
        return None


def record_hash(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the record in a manifest or a draft; each approval signs this hash."""
    record = {key: value for key, value in manifest.items() if key not in _ADDED}
    return hashlib.sha256(canonical(record)).hexdigest()


def checksum(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a manifest without its checksum."""
    rest = {key: value for key, value in manifest.items() if key != CHECKSUM}
    return hashlib.sha256(canonical(rest)).hexdigest()


def approval_message(record_sha256: str, approval: Mapping[str, Any]) -> bytes:
    """Return the bytes that an approver signs: the record's hash, and the approver's name, comment and time."""
    fields = {key: approval[key] for key in _APPROVAL}
    return canonical({"purpose": "safer_kpi approval", "record_sha256": record_sha256, **fields})


def notice_message(notice: Mapping[str, Any]) -> bytes:
    """Return the bytes that the person who withdraws a release signs."""
    return canonical({"purpose": "safer_kpi withdrawal", **{key: notice[key] for key in _NOTICE}})


def change_hash(change: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a change of approvers without its signatures; each signature signs this hash."""
    record = {key: value for key, value in change.items() if key not in ("signatures", "checksum")}
    return hashlib.sha256(canonical(record)).hexdigest()


def change_message(record_sha256: str, signed: Mapping[str, Any]) -> bytes:
    """Return the bytes that a person signs who agrees to a change of approvers."""
    fields = {key: signed[key] for key in _CHANGE}
    return canonical({"purpose": "safer_kpi approvers", "record_sha256": record_sha256, **fields})


def certificate_hash(components: Iterable[Mapping[str, str]]) -> str:
    """Return the SHA-256 of a metric's components: sorted lines ``kind TAB name TAB value``, joined by newlines."""
    lines = sorted("\t".join((row["kind"], row["name"], row["value"])) for row in components)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
