"""What is hashed and what is signed of a release: its record, its manifest and the notices about it.

Every JSON of a release is canonical (RFC 8785): one text for one content, so that a hash or a signature of the content
is one of the bytes. The **record** is everything people approve. The **manifest** is the record with their approvals,
the time of publication and a checksum over itself.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CERTIFICATES = "certificates.json"
NOTICE = "{release_id}.withdrawal.json"
_ADDED = ("approvals", "published_at", "checksum")
_APPROVAL = ("name", "comment", "at")
_NOTICE = ("release_id", "manifest_sha256", "reason", "name", "at")


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one text of a JSON object: keys sorted, no space, UTF-8 (RFC 8785)."""
    import rfc8785

    return rfc8785.dumps(dict(content))


def parse(content: bytes) -> dict[str, Any] | None:
    """The JSON object that ``content`` is the canonical text of; None where it is not one."""
    import rfc8785

    try:
        found = json.loads(content)
        return found if isinstance(found, dict) and rfc8785.dumps(found) == content else None
    except (ValueError, RecursionError):  # rfc8785's own errors are ValueErrors
        return None


def record_hash(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of the record in a manifest or a draft: what each approval is of."""
    record = {key: value for key, value in manifest.items() if key not in _ADDED}
    return hashlib.sha256(canonical(record)).hexdigest()


def checksum(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of a manifest without its checksum."""
    rest = {key: value for key, value in manifest.items() if key != "checksum"}
    return hashlib.sha256(canonical(rest)).hexdigest()


def approval_message(record_sha256: str, approval: Mapping[str, Any]) -> bytes:
    """The bytes an approver signs: what is approved, by whom, when, and what they said."""
    told = {key: approval[key] for key in _APPROVAL}
    return canonical({"purpose": "safer_kpi approval", "record_sha256": record_sha256, **told})


def notice_message(notice: Mapping[str, Any]) -> bytes:
    """The bytes signed by whoever withdraws a release."""
    return canonical({"purpose": "safer_kpi withdrawal", **{key: notice[key] for key in _NOTICE}})


def certificate_hash(components: Iterable[Mapping[str, str]]) -> str:
    """SHA-256 of what a metric's number rests on: lines ``kind TAB name TAB value``, sorted, joined by newlines."""
    lines = sorted("\t".join((each["kind"], each["name"], each["value"])) for each in components)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
