"""Open the release that a report is made of, and the release of the last report, from their own folders.

A lake's home leads to the folders of its releases and to nothing else of the lake, so a report is the same whether it
is made in the lake or from the folders alone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import NotFound, UsageError
from safer_kpi.files import bytes_of
from safer_kpi.publishing.facts import Approval, Signed
from safer_kpi.reading.lake import Lake, open_lake
from safer_kpi.reading.locate import release_folder_in
from safer_kpi.reading.place import MANIFEST, PUBLIC, is_url
from safer_kpi.reading.releases import withdrawn_reason
from safer_kpi.reading.sealing.sealed import require_sealed
from safer_kpi.settings import RELEASES, open_location

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator


@dataclass(frozen=True)
class Opened:
    """A release's own folder, opened, and that of the release before it; None for a first report."""

    lake: Lake
    before: Lake | None


@contextmanager
def opened(release: str, *, home: str | os.PathLike[str] | None, previous: str | None) -> Iterator[Opened]:
    """Open a release by its id in a home, or by its folder, and the one before it.

    Args:
        release: an id, or the folder of a release.
        home: where ids are looked for.
        previous: the release of the last report, by its id; default: the one that this release follows, if its folder
            lies beside.

    Raises:
        NotFound: no such release exists, or its folder is not here.
        UsageError: a release is withdrawn, or ``previous`` is not an earlier one.
        CheckFailed: the numbers are not those that people signed.
    """
    folder = _folder(release, home)
    with open_lake(folder) as lake:
        require_standing(lake)
        name = previous or (_manifest(lake).get("previous") or {}).get("release_id")
        beside = None if name is None else folder.parent / str(name)
        if beside is None or (previous is None and not (beside / MANIFEST).is_file()):
            yield Opened(lake, None)
            return
        if not (beside / MANIFEST).is_file():
            raise NotFound(
                f"The folder of release {name} does not lie beside that of {folder.name}.",
                next_action="Name a release whose folder is there: --previous.",
            )
        with open_lake(beside) as before:
            _require_earlier(before, lake)
            yield Opened(lake, before)


def _folder(release: str, home: str | os.PathLike[str] | None) -> Path:
    named = Path(release)
    if (named / MANIFEST).is_file():
        return named.absolute()
    where = open_location(home)
    if not is_url(where) and (found := Path(where) / RELEASES / release / MANIFEST).is_file():
        return found.parent.absolute()
    with open_lake(home) as lake:
        release_id = lake.release_id(release)
        if lake.place.release_id == release_id:
            return lake.place.file.parent
        folder = release_folder_in(lake.place, release_id)
    if folder is None:
        raise NotFound(
            f"The folder of release {release_id} is not here.",
            next_action="A report is made of a release's own folder: name it, or fetch it into the lake's releases.",
        )
    return folder


def require_standing(lake: Lake) -> None:
    """Raise if a release is withdrawn or is not what was signed."""
    reason = withdrawn_reason(lake)
    if reason is not None:
        raise UsageError(
            f"Release {lake.place.release_id} is withdrawn: {reason}.", next_action="Report on the one that stands."
        )
    for table in ("certified", "certified_verdict"):
        if lake.book.has_table(table):
            require_sealed(lake, str(lake.place.release_id), table=table)


def _require_earlier(before: Lake, lake: Lake) -> None:
    if before.book.last_entry >= lake.book.last_entry:
        raise UsageError(
            f"Release {before.place.release_id} is not earlier than {lake.place.release_id}.",
            next_action="Name an earlier one: --previous.",
        )


def _manifest(lake: Lake) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(bytes_of(lake.place.file.parent / MANIFEST))
    return content


def signed(lake: Lake) -> Signed:
    """Return what the manifest of an opened release says of it."""
    manifest = _manifest(lake)
    if lake.edition == PUBLIC:
        return _signed_public(lake, manifest)
    listed = next(row for row in lake.releases().rows() if row["release_id"] == lake.place.release_id)
    strategy = next(iter(lake.kpis().rows()), None)
    content = bytes_of(lake.place.file.parent / MANIFEST)
    return Signed(
        release_id=manifest["release_id"],
        quarter=manifest["quarter"],
        known_at=listed["known_at"],
        published_at=listed["published_at"],
        supersedes=manifest.get("supersedes"),
        revision=manifest.get("revision"),
        reason=manifest.get("reason"),
        approvals=tuple(
            Approval(name=each["name"], at=str(each["at"]), comment=each.get("comment") or "")
            for each in manifest["approvals"]
        ),
        manifest_sha256=hashlib.sha256(content).hexdigest(),
        row_hash=manifest["row_hash"],
        package_version=manifest["package_version"],
        document=strategy["document"] if strategy else None,
        paragraph=strategy["paragraph"] if strategy else None,
    )


def _signed_public(lake: Lake, manifest: dict[str, Any]) -> Signed:
    """Return what the manifest of a public edition says of it: all of it is written before the approvals are."""
    strategy = next(iter(lake.kpis().rows()), None)
    return Signed(
        release_id=manifest["release_id"],
        quarter=manifest["quarter"],
        known_at=lake.book.as_of,
        published_at=dt.datetime.fromisoformat(manifest["release_published_at"]),
        supersedes=None,
        revision=None,
        reason=None,
        approvals=(),
        manifest_sha256=manifest["release_manifest_sha256"],
        row_hash=manifest["row_hash"],
        package_version=manifest["package_version"],
        document=strategy["document"] if strategy else None,
        paragraph=strategy["paragraph"] if strategy else None,
        publication_id=manifest["publication_id"],
        follows=(manifest.get("previous") or {}).get("publication_id"),
    )


@contextmanager
def unsigned(folder: Path) -> Iterator[Opened]:
    """Open the folder of a public edition that is being drafted: nobody has signed it, so no signature is checked."""
    with open_lake(folder) as lake:
        release_id = str(lake.place.release_id)
        lake.seals[release_id] = None
        lake.checked_seals.add((release_id,))
        yield Opened(lake, None)
