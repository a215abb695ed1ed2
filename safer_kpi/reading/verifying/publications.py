"""The checks that a sealed publication is the one that people signed, and that it was made of the release it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.files import bytes_of, sha256_of
from safer_kpi.reading.place import MANIFEST, PUBLIC, PUBLIC_FILE
from safer_kpi.reading.record import NOTICE, checksum, parse
from safer_kpi.reading.sealing.approvals import approval_checks, notice_checks, officer_signed
from safer_kpi.reading.sealing.succession import change_texts, read_changes, recorded_in, trusted_for, trusted_since
from safer_kpi.reading.verifying.folder import folder_checks
from safer_kpi.reading.verifying.tables import tables_checks
from safer_kpi.settings import RELEASES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from safer_kpi.reading.sealing.signatures import Approvers
    from safer_kpi.reading.sealing.succession import Change

Check = tuple[str, str, str, str]
#: The format of publications that this version writes and reads.
PUBLICATION_FORMAT = 1


def is_publication(folder: Path) -> bool:
    """Return whether a folder has the manifest of a publication."""
    file = folder / MANIFEST
    return file.is_file() and "publication_id" in (parse(bytes_of(file)) or {})


def kind_of(folder: Path) -> str | None:
    """Return what the publication in a folder is; None if it is not one. Its older manifests name no kind: a report."""
    file = folder / MANIFEST
    manifest = (parse(file.read_bytes()) or {}) if file.is_file() else {}
    return str(manifest.get("kind", "report")) if "publication_id" in manifest else None


def publication_folders(root: Path, *, edition: str | None = None) -> list[Path]:
    """Return the folders of the sealed publications in a folder, in the order of their sealing.

    ``edition`` names the edition whose chain is wanted; default: all of them.
    """
    stamped = []
    for path in root.glob(f"[0-9]*/{MANIFEST}"):
        manifest = parse(bytes_of(path)) or {}
        if edition is None or manifest.get("edition") == edition:
            stamped.append((str(manifest.get("published_at")), path.parent))
    return [folder for _, folder in sorted(stamped)]


def publication_checks(
    folder: Path,
    manifest: Mapping[str, Any],
    *,
    approvers: Approvers,
    changes: Sequence[Change] | None,
    required: int,
    deep: bool = False,
) -> list[Check]:
    """Return every check of one publication; its release, and the publication before it, are checked if they are here.

    ``changes`` are the signed changes of the lake's approvers; by default those beside its release. Of a public edition
    the tables are checked too, ``deep`` even if the file is unchanged, and whether a data protection officer signed.
    """
    name = folder.name
    if manifest.get("format") != PUBLICATION_FORMAT:
        return [("publication", name, "failed", "a newer version of safer-kpi made it: install that version")]
    if not _is_manifest(manifest):
        return [("publication", name, "failed", "the manifest is unreadable or was changed after it was written")]
    releases = folder.parent.parent / RELEASES
    known = read_changes(change_texts(releases)) if changes is None else changes
    trusted = trusted_for(manifest, approvers, known)
    own = manifest["publication_id"]
    signed = [
        (check, subject.replace(manifest["release_id"], own, 1), status, detail)
        for check, subject, status, detail in approval_checks(manifest, approvers=trusted, required=required)
    ]
    return [
        _own(name, manifest),
        *folder_checks(folder, dict(manifest)),
        *(_of_public(folder, manifest, trusted, deep=deep) if manifest.get("edition") == PUBLIC else ()),
        *signed,
        *notice_checks(
            folder.parent / NOTICE.format(release_id=own), folder, trusted_since(manifest, approvers, known)
        ),
        *(_made_of(own, one, releases) for one in (manifest, manifest["before"]) if one is not None),
        *_follows(folder, manifest),
    ]


def _of_public(folder: Path, manifest: Mapping[str, Any], trusted: Approvers, *, deep: bool) -> list[Check]:
    """Return the checks that only a public edition has: its tables, its audit, and the data protection officer."""
    own = str(manifest["publication_id"])
    audit = manifest.get("audit")
    passed = isinstance(audit, dict) and audit.get("passed") is True
    recorded = recorded_in(manifest)
    signs = officer_signed(manifest, recorded[1] if recorded is not None else trusted)
    return [
        *tables_checks(folder, dict(manifest), deep=deep, name=PUBLIC_FILE),
        ("audit", own, "ok" if passed else "failed", "it passed" if passed else "the manifest states no passed audit"),
        (
            "officer",
            own,
            "ok" if signs else "failed",
            "a data protection officer signed it" if signs else "no data protection officer has signed it",
        ),
    ]


def _is_manifest(manifest: Mapping[str, Any]) -> bool:
    """Return whether the manifest has the fields and types that the checks need."""
    files, before, previous = manifest.get("files"), manifest.get("before"), manifest.get("previous")
    return (
        all(isinstance(manifest.get(key), str) for key in ("publication_id", "release_id", "release_manifest_sha256"))
        and isinstance(files, dict)
        and all(isinstance(value, str) for value in files.values())
        and isinstance(manifest.get("approvals"), list)
        and isinstance(manifest.get("approvals_required"), int)
        and (
            before is None or (isinstance(before, dict) and {"release_id", "release_manifest_sha256"} <= before.keys())
        )
        and (
            previous is None
            or (isinstance(previous, dict) and {"publication_id", "manifest_sha256"} <= previous.keys())
        )
    )


def _own(name: str, manifest: Mapping[str, Any]) -> Check:
    if manifest.get("checksum") != checksum(manifest):
        return ("publication", name, "failed", "the manifest was changed: its checksum differs")
    own = str(manifest["publication_id"])
    if name[:1].isdigit() and name != own:
        return ("publication", name, "failed", f"the folder holds the publication {own}")
    return ("publication", own, "ok", "unchanged")


def _made_of(own: str, named: Mapping[str, Any], releases: Path) -> Check:
    """Return the check that a release is the one that the publication was made of."""
    release_id = str(named["release_id"])
    file = releases / release_id / MANIFEST
    if not file.is_file():
        return ("made of", own, "open", f"release {release_id} is not here")
    if sha256_of(file) != named["release_manifest_sha256"]:
        return ("made of", own, "failed", f"release {release_id} here is another one than it was made of")
    return ("made of", own, "ok", f"release {release_id}")


def _follows(folder: Path, manifest: Mapping[str, Any]) -> list[Check]:
    """Return the check of the publication before it; an empty list for the first one."""
    previous = manifest["previous"]
    if previous is None:
        return []
    file = folder.parent / str(previous["publication_id"]) / MANIFEST
    own, before = str(manifest["publication_id"]), previous["publication_id"]
    if not file.is_file():
        return [("follows", own, "open", f"the publication before it, {before}, is not here")]
    if sha256_of(file) != previous["manifest_sha256"]:
        return [("follows", own, "failed", f"the publication {before} here is another one than it follows")]
    return [("follows", own, "ok", f"after {before}")]
