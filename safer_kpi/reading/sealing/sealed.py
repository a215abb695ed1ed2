"""The check that what a file calls certified is what people signed, made once per opened file, metric and area."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.release_format import require_format
from safer_kpi.errors import CheckFailed
from safer_kpi.files import bytes_of
from safer_kpi.reading.place import MANIFEST, is_url
from safer_kpi.reading.record import checksum, parse
from safer_kpi.reading.sealing.seal import SEALS, WITHDRAWN, seal_query, sealed_rows
from safer_kpi.settings import Settings
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from safer_kpi.reading.picture import Picture
    from safer_kpi.reading.sealing.signatures import Approvers

NEXT_ACTION = "Do not use this file: run safer-kpi verify, then safer-kpi build, or fetch the file again."
_WHAT = {"certified": "numbers", "certified_verdict": "verdicts"}


def require_sealed(
    lake: Picture, release_id: str, *, table: str = "certified", metric: str | None = None, area: str | None = None
) -> None:
    """Raise if the rows of a release in ``kpi.<table>`` are not those that its approvers signed.

    ``metric`` and ``area`` are an id and a code; None means all of them. A release made before seals existed passes:
    ``verify`` checks its files.

    Raises:
        CheckFailed: a metric's rows in an area differ from their seal, or the manifest is not signed by trusted people.
    """
    known = lake.checked_seals
    if {(release_id, table, metric, area), (release_id, table, metric, None), (release_id, table, None, None)} & known:
        return
    if (release_id,) not in known:
        lake.seals[release_id] = _seals(lake, release_id)
        known.add((release_id,))
    seals = lake.seals[release_id]
    if seals is not None:
        _require(lake, release_id, seals, table=table, metric=metric, area=area)
    known.add((release_id, table, metric, area))


def _require(
    lake: Picture, release_id: str, seals: dict[str, Any], *, table: str, metric: str | None, area: str | None
) -> None:
    types = lake.book.types(table)
    covered = seals["columns"].get(table, [])
    if missing := sorted(set(covered) - types.keys()):
        raise differs(release_id, f"the column {missing[0]} is missing from the {_WHAT[table]}")
    where = [f"release_id = {literal(release_id)}"]
    where += [f"metric_id = {literal(metric)}"] if metric is not None else []
    where += [f"area_code = {literal(area)}"] if area is not None else []
    others = sorted(types.keys() - set(covered))
    columns = {name: types[name] for name in covered} or types
    asked = " AND ".join(where)
    if metric is None:
        rows = sealed_rows(lambda sql: lake.book.read(sql)[1], f"kpi.{table}", columns, where=asked, others=others)
    else:
        rows = lake.book.read(seal_query(f"kpi.{table}", columns, where=asked, others=others))[1]
    found = {(metric_id, code): "" if filled else seal for metric_id, code, seal, filled in rows}
    kind = WITHDRAWN if table == "certified" and is_withdrawn(lake, release_id) else table
    signed = {
        (metric_id, area_code): seal
        for metric_id, areas in seals.get(kind, {}).items()
        for area_code, seal in areas.items()
        if metric in {None, metric_id} and area in {None, area_code}
    }
    wrong = sorted(key for key in found.keys() | signed.keys() if found.get(key) != signed.get(key))
    if wrong:
        metric_id, area_code = wrong[0]
        more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise differs(release_id, f"the {_WHAT[table]} of {metric_id} in {area_code} differ from their seal{more}")


def differs(release_id: str, what: str) -> CheckFailed:
    """Return the error that a release is not what was signed."""
    return CheckFailed(f"Release {release_id} is not what was signed: {what}.", next_action=NEXT_ACTION)


def is_withdrawn(lake: Picture, release_id: str) -> bool:
    """Return whether the rows in the file bear the mark of a withdrawal; in a release's own file they never do."""
    if lake.place.release_id is not None:
        return False
    return lake.published.get(release_id) == "withdrawn"


def _seals(lake: Picture, release_id: str) -> dict[str, Any] | None:
    """Return the signed seals of a release; None if its manifest names none.

    Raises:
        CheckFailed: the manifest or the seals were changed, or no trusted people signed them.
        ReleaseFormat: a newer version made the release.
    """
    if lake.place.release_id not in {None, release_id}:
        return {"columns": {}}  # a release's own file holds no numbers of another release
    text, seals = _texts(lake, release_id)
    if text is None:
        if _trusted(lake).names:
            raise differs(release_id, "this file carries no manifest, so no trusted key has signed its numbers")
        return None
    manifest = parse(text)
    if manifest is not None:
        require_format(manifest)
    if manifest is None or manifest.get("release_id") != release_id or manifest.get("checksum") != checksum(manifest):
        raise differs(release_id, "its manifest was changed")
    _require_signed(lake, release_id, manifest)
    expected = manifest.get("files", {}).get(SEALS)
    if expected is None:
        return None
    if seals is None or hashlib.sha256(seals).hexdigest() != expected:
        raise differs(release_id, "its seals differ from the hash in its manifest")
    # Their hash is in what was signed, so this is the text that was signed: it need not be shown to be canonical.
    found: dict[str, Any] = json.loads(seals)
    return found


def _require_signed(lake: Picture, release_id: str, manifest: dict[str, Any]) -> None:
    """Raise if a signature does not hold or, where the reader names trusted people, too few of them signed."""
    from safer_kpi.reading.sealing.approvals import approval_checks
    from safer_kpi.reading.sealing.signatures import APPROVALS_REQUIRED
    from safer_kpi.reading.sealing.succession import changes_of, trusted_for

    approvers = trusted_for(manifest, _trusted(lake), changes_of(lake))
    checks = approval_checks(manifest, approvers=approvers, required=APPROVALS_REQUIRED if approvers.names else 0)
    if failed := [detail for _, _, status, detail in checks if status == "failed"]:
        raise differs(release_id, f"its approvals do not hold ({failed[0]})")


def _trusted(lake: Picture) -> Approvers:
    """Return the approvers of the home that the file belongs to, never of the folder that the reader stands in."""
    from safer_kpi.reading.sealing.signatures import read_approvers

    home = lake.place.file.parents[2 if lake.place.release_id else 0]  # <home>/releases/<release>/release.duckdb
    return read_approvers(Settings.load(home).approvers)


def _texts(lake: Picture, release_id: str) -> tuple[bytes | None, bytes | None]:
    """Return the texts of a release's manifest and seals: its folder's own, or those that the read file carries.

    Raises:
        CheckFailed: the read file carries another manifest than the release's folder beside it.
    """
    folder = None
    if lake.place.releases is not None and not is_url(lake.place.releases):
        folder = Path(lake.place.releases) / release_id
    if lake.place.release_id == release_id:
        folder = lake.place.file.parent
        return _bytes(folder / MANIFEST), _bytes(folder / SEALS)
    carried: tuple[bytes | None, bytes | None] = (None, None)
    if lake.book.has_table("sealed"):
        sql = f"SELECT manifest, seals FROM kpi.sealed WHERE release_id = {literal(release_id)}"
        rows = lake.book.read(sql)[1]
        if len(rows) != 1 or rows[0][0] is None:
            raise differs(release_id, "this file does not carry its manifest")
        carried = (rows[0][0].encode(), None if rows[0][1] is None else rows[0][1].encode())
    beside = _bytes(folder / MANIFEST) if folder is not None else None
    if beside is None or folder is None:
        return carried
    if carried[0] is None:
        return beside, _bytes(folder / SEALS)
    if carried[0] != beside:
        raise differs(release_id, "this file carries another manifest than the release's folder")
    return carried


def _bytes(file: Path) -> bytes | None:
    return bytes_of(file) if file.is_file() else None
