"""Withdraw a sealed publication, and say what that does not undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.errors import NotFound
from safer_kpi.reading.place import MANIFEST, PUBLIC_FILE
from safer_kpi.reading.verifying.publications import publication_folders
from safer_kpi.releases.withdraw import put_notice, who_withdraws
from safer_kpi.settings import PUBLICATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.settings import Settings

_FIRST = "SELECT count(*) FROM edition.kpi.published WHERE edition = ?"


def withdraw_publication(
    settings: Settings, publication: str, *, name: str, reason: str, key: Path | None = None
) -> dict[str, Any]:
    """Withdraw a sealed publication: its files stay as they are, and a signed notice lies beside them.

    Returns:
        The notice: ``publication_id``, ``reason``, ``name``, ``at``; and ``remains``, which says what is not undone.

    Raises:
        NotFound: there is no such publication.
        UsageError: name or reason is empty, the key is not trusted to be theirs, or it is withdrawn already.
    """
    from safer_kpi import lake

    person, private = who_withdraws(settings, name, reason, key)
    with lake.lease(settings):
        sealed = {folder.name: folder for folder in publication_folders(settings.home / PUBLICATIONS)}
        folder = sealed.get(publication)
        if folder is None:
            raise NotFound(
                f"No sealed publication {publication[:40]} exists.",
                next_action=f"Sealed are {', '.join(sealed)}." if sealed else "None is sealed yet.",
            )
        notice = put_notice(folder, person=person, private=private, reason=reason)
    told = {"publication_id": notice.pop("release_id"), **notice}
    return told | {"remains": _remains(folder)}


def _remains(folder: Path) -> str:
    """Return what a withdrawal does not undo, as a sentence."""
    if not (folder / PUBLIC_FILE).is_file():
        return f"Whoever has a copy of the folder that {MANIFEST} names keeps it."
    from safer_kpi.engine import open_engine
    from safer_kpi.reading.attaching import attach

    with open_engine() as connection:
        attach(connection, folder / PUBLIC_FILE, "edition")
        [(first,)] = connection.execute(_FIRST, [folder.name]).fetchall()
    return (
        f"Whoever has a copy keeps it: the protected figures that this edition published first ({first:,}) stay known, "
        "and later editions and audits go on treating them so."
    )
