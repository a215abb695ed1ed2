"""The checks that a release is the published one: files, certificates, signatures and chain, without the lake.

The status is ``ok``, ``failed``, or ``open`` if nothing outside the release confirms it: a head that nobody kept, or a
signature while no trusted keys are set.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.release_format import format_problem, next_action
from safer_kpi.errors import NotFound
from safer_kpi.files import bytes_of, sha256_of
from safer_kpi.reading.locate import release_folder_in
from safer_kpi.reading.place import MANIFEST, is_url
from safer_kpi.reading.record import CERTIFICATES, NOTICE, certificate_hash, checksum, parse
from safer_kpi.reading.releases import releases_table
from safer_kpi.reading.sealing.approvals import approval_checks, notice_checks
from safer_kpi.reading.sealing.signatures import APPROVALS_REQUIRED, Approvers, read_approvers
from safer_kpi.reading.sealing.succession import change_texts, changes_of, read_changes, trusted_for, trusted_since
from safer_kpi.reading.table import Table
from safer_kpi.reading.verifying.approvers import approver_checks
from safer_kpi.reading.verifying.chain import Sealed, Shelf, chain_of, head_check, shelf_of
from safer_kpi.reading.verifying.folder import folder_checks
from safer_kpi.reading.verifying.heads import kept_approvers
from safer_kpi.reading.verifying.identity import identity_checks, lake_id_of
from safer_kpi.reading.verifying.publications import is_publication, publication_checks, publication_folders
from safer_kpi.reading.verifying.read_file import read_file_check
from safer_kpi.reading.verifying.standing import superseded_checks
from safer_kpi.reading.verifying.tables import tables_checks
from safer_kpi.reading.verifying.trust import Trust
from safer_kpi.settings import APPROVERS, PUBLICATIONS
from safer_kpi.sql import values

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from safer_kpi.reading.picture import Picture
    from safer_kpi.reading.sealing.succession import Change
    from safer_kpi.settings import Settings

COLUMNS = {"check": "VARCHAR", "subject": "VARCHAR", "status": "VARCHAR", "detail": "VARCHAR"}
Check = tuple[str, str, str, str]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The terms of a verification.

    Attributes:
        approvers: the people whose signatures are trusted.
        is_own: whether the file that names them is the lake's own; if not, it is the reader's.
        approvals: the least number of approvers, even if the manifest requires fewer.
        heads: the file that remembers the heads of known chains.
        head: the manifest hash that the chain must contain.
        deep: whether to hash the rows again too.
        alone: whether to check a folder by itself; if not, the folders beside it are the whole store.
    """

    approvers: Approvers = field(default_factory=lambda: Approvers({}))
    is_own: bool = False
    approvals: int = APPROVALS_REQUIRED
    heads: Path | None = None
    head: str | None = None
    deep: bool = False
    alone: bool = True

    @classmethod
    def of(cls, settings: Settings, *, head: str | None = None, deep: bool = False) -> Terms:
        """Return the terms from the settings."""
        approvers, is_own = read_approvers(settings.approvers), settings.approvers == settings.home / APPROVERS
        return cls(approvers=approvers, is_own=is_own, heads=settings.heads, head=head, deep=deep)


def verify_table(lake: Picture, release: str | os.PathLike[str] | None, terms: Terms) -> Table:
    """Return the table that ``Lake.verify`` documents."""
    folders = folders_of(lake, release)
    held = replace(terms, alone=lake.place.release_id is not None)
    shelves = {parent: shelf_of(parent) for parent in {folder.parent for folder in folders}}
    changes = None if release is not None and Path(release).is_dir() else changes_of(lake)
    checks = [check for folder in folders for check in verify_folder(folder, held, shelves[folder.parent], changes)]
    if not lake.place.release_id:
        listed = {row["release_id"]: row["manifest_sha256"] for row in releases_table(lake).rows()}
        checks += [_listed(listed, folder) for folder in folders if not is_publication(folder)]
        checks += _missing(listed, folders) if release is None else []
        checks += _publications(lake, held) if release is None else []
        checks += [read_file_check(lake, folder) for folder in folders if folder.name in listed]
        if lake.place.releases is not None:
            checks += _lake_checks(lake, lake.place.releases, terms)
    return Table(lake.book, values(COLUMNS, list(dict.fromkeys(checks))), tuple(COLUMNS))


def _publications(lake: Picture, terms: Terms) -> list[Check]:
    """Return the checks of every publication of a lake on this machine."""
    if lake.place.releases is None or is_url(lake.place.releases):
        return []
    root = Path(lake.place.releases).parent / PUBLICATIONS
    changes = changes_of(lake)
    return [check for folder in publication_folders(root) for check in verify_folder(folder, terms, changes=changes)]


def _lake_checks(lake: Picture, releases: str, terms: Terms) -> list[Check]:
    """Return the checks of the lake's identity, and of who is trusted in it once it has releases."""
    lake_id = lake_id_of(lake)
    if is_url(releases):
        return identity_checks(lake_id, None, _carried(lake), terms.heads)
    root = Path(releases)
    shelf = shelf_of(root)
    checks = identity_checks(lake_id, root, shelf, terms.heads)
    if shelf:
        kept = kept_approvers(terms.heads, root, lake_id)
        checks += approver_checks(Trust.of(terms.approvers, root, shelf, kept, is_own=terms.is_own))
    return checks


def _carried(lake: Picture) -> Shelf:
    """Return the manifests that the read file carries."""
    if not lake.book.has_table("sealed"):
        return {}
    rows = lake.book.read("SELECT release_id, manifest FROM kpi.sealed WHERE manifest IS NOT NULL")[1]
    texts = {name: text.encode() for name, text in rows}
    return {name: Sealed(hashlib.sha256(text).hexdigest(), parse(text)) for name, text in texts.items()}


def folders_of(lake: Picture, release: str | os.PathLike[str] | None) -> list[Path]:
    """Return the folders to check: the named release's, or all that are here, oldest first."""
    if release is not None:
        return [release_folder_of(lake, release)]
    if lake.place.release_id:
        return [lake.place.file.parent]
    folders = [_folder_in(lake, row["release_id"]) for row in releases_table(lake).rows()]
    return [folder for folder in folders if folder is not None]


def _folder_in(lake: Picture, release_id: str) -> Path | None:
    """Return the folder of a release if its manifest is there, whatever else is missing."""
    if lake.place.releases is None or is_url(lake.place.releases):
        return release_folder_in(lake.place, release_id)
    folder = Path(lake.place.releases) / release_id
    return folder if (folder / MANIFEST).is_file() else None


def verify_folder(
    folder: Path, terms: Terms | None = None, shelf: Shelf | None = None, changes: Sequence[Change] | None = None
) -> list[Check]:
    """Return every check of one release folder; earlier releases are checked if their folders are beside it.

    ``changes`` are the signed changes of the lake's approvers; by default those in the files beside the folder.

    Raises:
        NotFound: the folder has no manifest.
    """
    terms = terms or Terms()
    if not (folder / MANIFEST).is_file():
        raise NotFound(f"{folder.name!r} contains no {MANIFEST}.", next_action="Use the folder of a published release.")
    manifest = parse(bytes_of(folder / MANIFEST))
    if manifest is not None and "publication_id" in manifest:
        checks = publication_checks(
            folder, manifest, approvers=terms.approvers, changes=changes, required=terms.approvals, deep=terms.deep
        )
        return [*checks, *superseded_checks(folder)]
    if manifest is not None and (problem := format_problem(manifest)):
        return [("manifest", folder.name, "failed", f"it {problem}. {next_action(manifest)}")]
    if manifest is None or not _is_manifest(manifest):
        return [("manifest", folder.name, "failed", "the manifest is unreadable or was changed after it was written")]
    checks = [_manifest(folder, manifest), *folder_checks(folder, manifest)]
    checks += [*tables_checks(folder, manifest, deep=terms.deep), _certificates(folder, manifest)]
    changes = read_changes(change_texts(folder.parent)) if changes is None else changes
    trusted = trusted_for(manifest, terms.approvers, changes)
    checks += approval_checks(manifest, approvers=trusted, required=terms.approvals)
    notice = folder.parent / NOTICE.format(release_id=manifest["release_id"])
    checks += notice_checks(notice, folder, trusted_since(manifest, terms.approvers, changes))
    if terms.deep:
        from safer_kpi.reading.verifying.rows import rows_check

        checks.append(rows_check(folder, manifest))
    chain = chain_of(folder, manifest, shelf or shelf_of(folder.parent), alone=terms.alone)
    return [*checks, *chain.checks, head_check(chain, head=terms.head, heads=terms.heads, alone=terms.alone)]


def _is_manifest(manifest: dict[str, Any]) -> bool:
    """Return whether the manifest has the fields and types that the checks need."""
    files, certificates = manifest.get("files"), manifest.get("certificates")
    return (
        isinstance(manifest.get("release_id"), str)
        and isinstance(files, dict)
        and isinstance(certificates, dict)
        and isinstance(manifest.get("approvals"), list)
        and isinstance(manifest.get("previous"), dict | None)
        and isinstance(manifest.get("withdrawn"), dict)
        and isinstance(manifest.get("approvals_required"), int)
        and all(isinstance(value, str) for value in files.values())
    )


def _manifest(folder: Path, manifest: dict[str, Any]) -> Check:
    release_id = manifest["release_id"]
    if manifest.get("checksum") != checksum(manifest):
        return ("manifest", folder.name, "failed", "the manifest was changed: its checksum differs")
    if _is_release_name(folder.name) and folder.name != release_id:
        return ("manifest", folder.name, "failed", f"the folder holds release {release_id}")
    return ("manifest", release_id, "ok", "unchanged")


def _is_release_name(name: str) -> bool:
    """Return whether a folder name has the form of a release id; a copy may have any other name."""
    return len(name) >= len("2024-25-Q1") and name[4] == "-" and name[7:9] == "-Q"


def _certificates(folder: Path, manifest: dict[str, Any]) -> Check:
    """Return the check that the listed components have the certificate hashes in the manifest."""
    release_id, expected = manifest["release_id"], manifest["certificates"]
    try:
        listed = json.loads(bytes_of(folder / CERTIFICATES))
        hashes = {metric: certificate_hash(components) for metric, components in listed.items()}
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return ("certificates", release_id, "failed", f"{CERTIFICATES} cannot be read")
    wrong = sorted(metric for metric in {*hashes, *expected} if hashes.get(metric) != expected.get(metric))
    if wrong:
        return ("certificates", release_id, "failed", f"components do not match: {', '.join(wrong[:5])}")
    return ("certificates", release_id, "ok", f"the components of {len(hashes)} metrics match their certificates")


def _listed(listed: dict[str, str], folder: Path) -> Check:
    """Return the check that the lake lists the hash of the folder's manifest."""
    same = listed.get(folder.name) == sha256_of(folder / MANIFEST)
    detail = "the lake lists this manifest" if same else "the lake lists a different manifest"
    return ("listed", folder.name, "ok" if same else "failed", detail)


def _missing(listed: Collection[str], folders: Collection[Path]) -> list[Check]:
    """Return a failed check for each release that the read file lists and that has no folder here."""
    here = {folder.name for folder in folders}
    what = "the read file lists this release, and its folder or manifest is missing: restore it from backup"
    return [("chain", release_id, "failed", what) for release_id in listed if release_id not in here]


def release_folder_of(lake: Picture, release: str | os.PathLike[str]) -> Path:
    """Return the folder of a release or a publication, given by its id or by its path.

    Raises:
        NotFound: no such release or folder exists.
    """
    text = os.fspath(release)
    if Path(text, MANIFEST).is_file():
        return Path(text).absolute()
    if lake.place.releases is not None and not is_url(lake.place.releases):
        publication = Path(lake.place.releases).parent / PUBLICATIONS / text
        if (publication / MANIFEST).is_file():
            return publication
    folder = release_folder_in(lake.place, lake.release_id(text))
    if folder is None:
        raise NotFound(f"The folder of release {text} is not here.", next_action="Use the release folder's path.")
    return folder
