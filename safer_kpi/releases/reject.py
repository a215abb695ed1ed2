"""Reject a draft: delete it and record who rejected it, when and why.

The record is not signed, because a rejection changes no published number, and a person who could forge the record could
also delete the draft. After a rejection the same evidence is not drafted automatically; people can draft it by hand.
"""

from __future__ import annotations

import datetime as dt
import shutil
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import UsageError
from safer_kpi.reading.record import record_hash
from safer_kpi.releases.store import DRAFT_FILE, draft_folder, read_json, write_json
from safer_kpi.settings import DRAFTS

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.settings import Settings

_RECORD = "{release_id}.rejected.json"


def reject(settings: Settings, release_id: str, *, name: str, reason: str) -> dict[str, Any]:
    """Reject a draft and return the record of the rejection.

    One person is enough. Its approvals are deleted with it; a new draft needs new approvals.

    Args:
        settings: the lake.
        release_id: the draft.
        name: who rejects it.
        reason: why.

    Returns:
        ``release_id``; ``record_sha256`` of the record that approvals would have been of; ``last_entry``, the evidence
        it rested on; ``name``, ``reason``, and ``at`` (UTC).

    Raises:
        NotFound: there is no such draft.
        UsageError: name or reason is empty.
    """
    from safer_kpi import lake

    person = " ".join(name.split())
    if not person or not reason.strip():
        raise UsageError("A rejection needs a person and a reason.", next_action="Give --by and --reason.")
    with lake.lease(settings):
        folder = draft_folder(settings, release_id)
        content = read_json(folder / DRAFT_FILE)
        rejection = {
            "release_id": folder.name,
            "record_sha256": record_hash(content),
            "last_entry": content["last_entry"],
            "name": person,
            "reason": reason.strip(),
            "at": dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(sep=" "),
        }
        # The record is written first: if the process stops here, the draft still waits for an answer.
        file = folder.with_name(_RECORD.format(release_id=folder.name))
        write_json(file, {"rejections": [*_read(file), rejection]})
        (folder / DRAFT_FILE).unlink()  # a folder without this record is not a draft
        shutil.rmtree(folder)
    return rejection


def rejections(settings: Settings) -> list[dict[str, Any]]:
    """Return the latest rejection of each release id, by id, as ``reject`` gives it; earlier ones stay on file."""
    files = sorted((settings.home / DRAFTS).glob(_RECORD.format(release_id="*")))
    return [_read(file)[-1] for file in files]


def _read(file: Path) -> list[dict[str, Any]]:
    """Return all rejections of one release id, oldest first."""
    return list(read_json(file)["rejections"]) if file.is_file() else []
