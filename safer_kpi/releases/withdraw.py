"""Withdraw a release: put a signed notice beside it. Its files are not changed and stay readable."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import NotFound, UsageError
from safer_kpi.files import sha256_of, write_durably
from safer_kpi.reading.place import MANIFEST
from safer_kpi.reading.record import NOTICE, canonical, notice_message
from safer_kpi.releases.approve import signer
from safer_kpi.releases.keys import public_key, sign
from safer_kpi.releases.store import ReleaseId, release_folders

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from safer_kpi.settings import Settings


def withdraw(settings: Settings, release_id: str, *, name: str, reason: str, key: Path | None = None) -> dict[str, Any]:
    """Withdraw a published release and return the notice: ``release_id``, ``reason``, ``name``, ``at``.

    One person is enough: a wrong number should go quickly, and the notice can be read by all. The next release records
    it, so that its removal is found.

    Args:
        settings: the lake.
        release_id: the release.
        name: who withdraws it.
        reason: why.
        key: as for ``approve``.

    Raises:
        NotFound: there is no such release.
        UsageError: name or reason is empty, the key is not trusted to be theirs, or it is withdrawn already.
    """
    from safer_kpi import lake
    from safer_kpi.compute import export

    person, private = who_withdraws(settings, name, reason, key)
    with lake.lease(settings):
        folder = release_folders(settings).get(str(ReleaseId.parse(release_id)))
        if folder is None:
            raise NotFound(f"{release_id} is not published.", next_action="See safer-kpi release list.")
        notice = put_notice(folder, person=person, private=private, reason=reason)
    export(settings)
    return notice


def who_withdraws(settings: Settings, name: str, reason: str, key: Path | None) -> tuple[str, Ed25519PrivateKey]:
    """Return the person who withdraws something, and the key to sign with.

    Raises:
        UsageError: name or reason is empty, or the key is not trusted to be theirs.
    """
    if not name.strip() or not reason.strip():
        raise UsageError("A withdrawal needs a person and a reason.", next_action="Give --name and --reason.")
    return signer(settings, name, key)


def put_notice(folder: Path, *, person: str, private: Ed25519PrivateKey, reason: str) -> dict[str, Any]:
    """Write the signed notice of a withdrawal beside a release or a publication; return it as ``withdraw`` does.

    Raises:
        UsageError: it is withdrawn already.
    """
    target = folder.parent / NOTICE.format(release_id=folder.name)
    if target.exists():
        raise UsageError(f"{folder.name} is withdrawn already.", next_action="Nothing is left to do.")
    notice = {
        "release_id": folder.name,
        "manifest_sha256": sha256_of(folder / MANIFEST),
        "reason": reason.strip(),
        "name": person,
        "at": dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(sep=" "),
    }
    signed = notice | {"public_key": public_key(private), "signature": sign(private, notice_message(notice))}
    write_durably(target, canonical(signed))
    return {key: notice[key] for key in ("release_id", "reason", "name", "at")}
