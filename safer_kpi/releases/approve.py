"""Approve a draft, by name."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import CheckFailed, UsageError
from safer_kpi.releases.draft import hashes
from safer_kpi.releases.store import DRAFT_FILE, draft_folder, read_json, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.settings import Settings


def approve(settings: Settings, release_id: str, *, name: str, comment: str = "") -> list[dict[str, Any]]:
    """Record that ``name`` approves the draft as it lies there; gives all approvals: ``name``, ``comment``, ``at``.

    Raises:
        NotFound: there is no such draft.
        UsageError: the name is empty or has approved already.
        CheckFailed: the draft's files are not those that were drafted.
    """
    from safer_kpi import lake

    person = " ".join(name.split())
    if not person:
        raise UsageError("An approval needs a name.", next_action="Give --name.")
    with lake.lease(settings):
        folder = draft_folder(settings, release_id)
        content = read_json(folder / DRAFT_FILE)
        if person.casefold() in {each["name"].casefold() for each in content["approvals"]}:
            raise UsageError(f"{person} has approved {release_id} already.", next_action="Another person must approve.")
        require_untouched(folder, content)
        at = dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(sep=" ")
        content["approvals"].append({"name": person, "comment": comment, "at": at})
        write_json(folder / DRAFT_FILE, content)
    approvals: list[dict[str, Any]] = content["approvals"]
    return approvals


def require_untouched(folder: Path, content: dict[str, Any]) -> None:
    """People approve what was drafted, not what became of it.

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
