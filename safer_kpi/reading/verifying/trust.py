"""What is known of a lake's approvers: who is named, what releases and signed changes record, and what is kept here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.reading.sealing.signatures import OFFICER, Approvers, fingerprint, read_approvers
from safer_kpi.reading.sealing.succession import Change, change_texts, read_changes, recorded_in, signers
from safer_kpi.reading.verifying.chain import shelf_of
from safer_kpi.reading.verifying.heads import Kept, keep_approvers, kept_approvers
from safer_kpi.settings import APPROVERS, RELEASES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from safer_kpi.reading.verifying.chain import Shelf
    from safer_kpi.settings import Settings

Manifest = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Trust:
    """What is known of a lake's approvers.

    Attributes:
        named: the people that the file of approvers names.
        is_own: whether that file is the lake's own; if not, it is the reader's, who may know fewer people.
        manifests: the manifests of the releases, oldest first.
        changes: the signed changes.
        kept: what this machine keeps of the lake's approvers.
    """

    named: Approvers
    is_own: bool
    manifests: Sequence[Manifest]
    changes: Sequence[Change]
    kept: Kept | None

    @classmethod
    def of(cls, named: Approvers, releases: Path, shelf: Shelf, kept: Kept | None, *, is_own: bool) -> Trust:
        """Read the releases and changes of a lake."""
        found = [(sealed.manifest or {}) for name, sealed in shelf.items() if _is_release(name, sealed.manifest)]
        manifests = sorted(found, key=lambda manifest: str(manifest.get("published_at")))
        changes = read_changes(change_texts(releases))
        return cls(named=named, is_own=is_own, manifests=manifests, changes=changes, kept=kept)

    @property
    def recorded(self) -> Approvers | None:
        """The people that the last change, or else the last release, records; None if nothing records anybody."""
        if self.changes:
            return self.changes[-1].after
        lists = [found[1] for manifest in self.manifests if (found := recorded_in(manifest))]
        return next((people for people in reversed(lists) if people.names), None)


def trust_in(settings: Settings, lake_id: str | None = None) -> Trust:
    """Return what is known of a lake's approvers; its identity is that which its releases state, unless it is given."""
    root = settings.home / RELEASES
    shelf = shelf_of(root)
    stated = (sealed.manifest.get("lake_id") for sealed in shelf.values() if sealed.manifest is not None)
    lake_id = lake_id or next((each for each in stated if each), None)
    is_own = settings.approvers == settings.home / APPROVERS
    kept = kept_approvers(settings.heads, root, lake_id)
    return Trust.of(read_approvers(settings.approvers), root, shelf, kept, is_own=is_own)


def keep_trust(named: Approvers, releases: Path, heads: Path | None, lake_id: str | None) -> None:
    """Keep outside the store who is trusted in a lake now, if anybody is."""
    if heads is not None and named.names:
        changes = read_changes(change_texts(releases))
        sha256 = changes[-1].sha256 if changes else None
        keep_approvers(heads, releases, lake_id, Kept(people=named, changes=len(changes), sha256=sha256))


def listed(trust: Trust) -> list[dict[str, Any]]:
    """Return one row per trusted or recorded key: ``name``, ``role``, ``fingerprint``, ``status``, ``since``."""
    recorded = trust.recorded or Approvers({})
    rows = []
    for key, name in sorted((recorded.names | trust.named.names).items(), key=lambda each: each[1:]):
        status = "recorded" if is_same(recorded, trust.named, key) else "not recorded"
        status = status if key in trust.named.names else "missing from the file"
        role = OFFICER if key in trust.named.officers else None
        row = {"name": name, "role": role, "fingerprint": fingerprint(key), "status": status}
        row["since"] = _since(trust, key)
        rows.append(row | {"public_key": key})
    return rows


def _since(trust: Trust, key: str) -> str | None:
    """Return the release or the change that first recorded a key; None if none does."""
    for change in trust.changes:
        if key in change.after.names and key not in change.before.names:
            return f"change {change.number}"
    releases = (each for each in trust.manifests if (found := recorded_in(each)) and key in found[1].names)
    return next((f"release {manifest['release_id']}" for manifest in releases), None)


def history(trust: Trust) -> list[dict[str, Any]]:
    """Return one row per signed change: ``number``, ``change``, ``reason``, ``status``, the release before it."""
    return [
        {
            "number": change.number,
            "change": difference(change.before, change.after),
            "reason": change.content.get("reason"),
            "status": change.fault or "in force",
            "after_release": stated_release(change),
            "signed_by": signers(change.content, Approvers(change.before.names | change.after.names)),
        }
        for change in trust.changes
    ]


def difference(before: Approvers, after: Approvers) -> str:
    """Say which keys were added and taken away, by person and fingerprint."""
    added = [_told(after, key) for key in after.names if not is_same(before, after, key)]
    gone = [_told(before, key) for key in before.names if not is_same(before, after, key)]
    parts = [f"{', '.join(sorted(added))} added"] if added else []
    parts += [f"{', '.join(sorted(gone))} removed"] if gone else []
    return "; ".join(parts) or "nothing differs"


def is_same(before: Approvers, after: Approvers, key: str) -> bool:
    """Return whether a key has the same person in the same role before and after."""
    return before.names.get(key) == after.names.get(key) and (key in before.officers) == (key in after.officers)


def _told(approvers: Approvers, key: str) -> str:
    role = f" ({OFFICER.replace('-', ' ')})" if key in approvers.officers else ""
    return f"{approvers.names[key]}{role} {fingerprint(key)[:15]}"


def _is_release(folder: str, manifest: Manifest | None) -> bool:
    """Return whether a folder is a release of the lake; a copy that was put aside has another name."""
    return manifest is not None and manifest.get("release_id") == folder


def stated_release(change: Change) -> str | None:
    """Return the last release at the time of a change."""
    return (change.content.get("release") or {}).get("release_id")
