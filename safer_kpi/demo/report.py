"""The report that a demo ends with: its last release as a sealed publication, which says that its data is made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.demo import own
from safer_kpi.reading.place import MANIFEST
from safer_kpi.settings import COMMENTS, PUBLICATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from safer_kpi.settings import Settings

_COMMENT = """- about: report
  by: safer-kpi demo
  date: {day}
  text: >-
    Every number in this report is made up, and so are the people who approved it. It says nothing about the places
    that it names.
"""


def publish_report(settings: Settings, release_id: str, *, day: str, approvers: Mapping[str, str]) -> None:
    """Seal the report of a release as the demo's people approve it; ``approvers`` has the file of each one's key."""
    from safer_kpi.publishing.sealing import approve_publication, draft_publication, seal_publication

    home = settings.home
    comments = home / COMMENTS / f"{release_id}.yaml"
    comments.parent.mkdir()
    comments.write_text(_COMMENT.format(day=day), encoding="utf-8")
    own.note(home, comments)
    publication = draft_publication(settings, release_id)["publication_id"]
    for person, file in approvers.items():
        approve_publication(settings, publication, name=person, key=home / file)
    seal_publication(settings, publication)
    own.note(home, home / PUBLICATIONS / publication / MANIFEST)


def first_page(home: Path) -> Path | None:
    """Return the first page of the demo's report; None if it has none, as a demo of an older version."""
    from safer_kpi.publishing.made import SITE

    return next(iter(sorted((home / PUBLICATIONS).glob(f"*/{SITE}/index.html"))), None)
