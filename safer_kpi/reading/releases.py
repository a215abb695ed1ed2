"""The published releases that a read file lists."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from safer_kpi.files import bytes_of
from safer_kpi.reading.place import MANIFEST, PUBLIC
from safer_kpi.reading.record import NOTICE
from safer_kpi.reading.table import Table
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from safer_kpi.reading.picture import Picture

COLUMNS = (
    "release_id",
    "quarter",
    "published_at",
    "last_entry",
    "known_at",
    "supersedes",
    "approved_by",
    "manifest_sha256",
    "previous_manifest_sha256",
    "row_hash",
    "revision",
    "reason",
    "status",
    "withdrawn_reason",
)


def releases_table(lake: Picture) -> Table:
    """Return the table that ``Lake.releases`` documents.

    A release's own file is written before its approval, so approvers and time come from its manifest.
    """
    names = ", ".join(COLUMNS)
    source = "kpi.release"
    own = lake.place.release_id
    if own:
        folder = lake.place.file.parent
        content = bytes_of(folder / MANIFEST)
        manifest = json.loads(content)
        approved = [approval["name"] for approval in manifest["approvals"]]
        reason = withdrawn_reason(lake)
        source = f"""(
            SELECT * REPLACE (
              CASE WHEN release_id = {literal(own)} THEN CAST({literal(manifest["published_at"])} AS TIMESTAMP)
                ELSE published_at END AS published_at,
              CASE WHEN release_id = {literal(own)} THEN {literal(approved)} ELSE approved_by END AS approved_by,
              CASE WHEN release_id = {literal(own)} THEN {literal(hashlib.sha256(content).hexdigest())}
                ELSE manifest_sha256 END AS manifest_sha256,
              CASE WHEN release_id = {literal(own)} AND {reason is not None} THEN 'withdrawn'
                ELSE status END AS status,
              CASE WHEN release_id = {literal(own)} THEN {literal(reason)} ELSE withdrawn_reason END
                AS withdrawn_reason
            ) FROM kpi.release)"""
    return Table(lake.book, f"SELECT {names} FROM {source} ORDER BY published_at, release_id", COLUMNS)


def withdrawn_reason(lake: Picture) -> str | None:
    """Return why the release was withdrawn; None if the place is not a release folder or has no withdrawal notice.

    The notice of a public edition has the name of its publication.
    """
    folder = lake.place.file.parent
    named = folder.name if lake.edition == PUBLIC else lake.place.release_id
    notice = folder.parent / NOTICE.format(release_id=named)
    if lake.place.release_id is None or not notice.is_file():
        return None
    return str(json.loads(bytes_of(notice)).get("reason"))
