"""Refuse to add to a chain of releases that is not the one this machine remembers of the lake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.errors import CheckFailed
from safer_kpi.reading.sealing.signatures import read_approvers
from safer_kpi.reading.sealing.succession import as_list, change_texts, read_changes
from safer_kpi.reading.verifying.approvers import approver_checks
from safer_kpi.reading.verifying.chain import shelf_of
from safer_kpi.reading.verifying.identity import identity_checks
from safer_kpi.reading.verifying.trust import trust_in
from safer_kpi.settings import RELEASES

if TYPE_CHECKING:
    from safer_kpi.settings import Settings


def require_known(settings: Settings) -> str | None:
    """Return the lake's identity; raise if it is not that of its releases, or if known releases are gone.

    A release that was published now would be remembered as the new head, and nobody would miss what is gone.

    Raises:
        CheckFailed: a release is gone, or the identity was exchanged.
    """
    root = settings.home / RELEASES
    lake_id = lake_id_of(settings)
    shelf = shelf_of(root)
    checks = identity_checks(lake_id, root, shelf, settings.heads)
    if shelf:
        checks += approver_checks(trust_in(settings, lake_id))
    if failed := [f"{check} {subject}: {detail}" for check, subject, status, detail in checks if status == "failed"]:
        raise CheckFailed(
            f"Nothing can be published here: {failed[0]}.", next_action="Run safer-kpi verify, which names everything."
        )
    return lake_id


def approvers_now(settings: Settings) -> dict[str, Any]:
    """Return the approvers as a release records them: ``people``, the number of ``changes`` and the last one's hash."""
    changes = read_changes(change_texts(settings.home / RELEASES))
    people = as_list(read_approvers(settings.approvers))
    return {"people": people, "changes": len(changes), "sha256": changes[-1].sha256 if changes else None}


def lake_id_of(settings: Settings) -> str | None:
    """Return the identity in the lake's journal; None if its format is older than identities."""
    from safer_kpi import lake
    from safer_kpi.lake.identity import identity_of

    with lake.connect(settings, read_only=True) as connection:
        return identity_of(connection)
