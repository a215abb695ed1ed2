"""The checks of who is trusted: the changes of approvers are signed, and the file of approvers is what they lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.reading.sealing.succession import recorded_in
from safer_kpi.reading.verifying.trust import difference, stated_release

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from safer_kpi.reading.sealing.signatures import Approvers
    from safer_kpi.reading.sealing.succession import Change
    from safer_kpi.reading.verifying.heads import Kept
    from safer_kpi.reading.verifying.trust import Trust

Check = tuple[str, str, str, str]
_CHANGE = "change them with safer-kpi approvers add, remove or replace"
_MEND = f"write it again with safer-kpi approvers restore; {_CHANGE}"
_OWN = "if you changed your own file yourself, run safer-kpi verify --forget and --remember"
_RESTORE = "restore the folder of releases from backup"


def approver_checks(trust: Trust) -> list[Check]:
    """Return one check per change, the failed ones of releases and of what is kept, and one of the file itself."""
    checks = [_of_change(trust, change) for change in trust.changes]
    checks += _of_releases(trust)
    return [*checks, *_of_kept(trust), _of_file(trust)]


def _of_change(trust: Trust, change: Change) -> Check:
    subject = f"change {change.number}"
    if change.fault is not None:
        return ("approvers", subject, "failed", f"{change.fault}: {_RESTORE}")
    stated = next((each for each in trust.manifests if each["release_id"] == stated_release(change)), None)
    if stated is None:
        return ("approvers", subject, "failed", f"the release it was made after is missing: {_RESTORE}")
    found = recorded_in(stated)
    if found is not None and found[0] == change.number - 1 and found[1].names and found[1] != change.before:
        return (
            "approvers",
            subject,
            "failed",
            f"it changes other approvers than the release before it records: {_RESTORE}",
        )
    return ("approvers", subject, "ok", f"signed as needed: {difference(change.before, change.after)}")


def _of_releases(trust: Trust) -> list[Check]:
    """Return a failed check for each release that records other approvers than the changes before it lead to."""
    checks: list[Check] = []
    seen: list[str] = []
    earlier: Approvers | None = None
    for manifest in trust.manifests:
        due = [change for change in trust.changes if stated_release(change) in seen]
        fault = _record_fault(manifest, due, earlier)
        if fault is not None:
            checks.append(("approvers", manifest["release_id"], "failed", f"{fault}: {_RESTORE}"))
        found = recorded_in(manifest)
        earlier = found[1] if found and found[1].names else earlier
        seen.append(manifest["release_id"])
    return checks


def _record_fault(manifest: Mapping[str, Any], due: Sequence[Change], earlier: Approvers | None) -> str | None:
    found = recorded_in(manifest)
    if found is None:
        return None if earlier is None and not due else "it does not record its approvers, and an earlier one does"
    number, people = found
    if number != len(due) or manifest["approvers"].get("sha256") != (due[-1].sha256 if due else None):
        return f"it records {number} changes of approvers, and {len(due)} were made before it"
    expected = due[-1].after if due else earlier
    if expected is not None and people != expected:
        return f"its approvers differ without a signed change ({difference(expected, people)})"
    return None


def _of_kept(trust: Trust) -> list[Check]:
    """Return failed checks if what this machine keeps of the approvers is not part of the history."""
    kept = trust.kept
    if kept is None:
        return []
    known = [None, *(change.sha256 for change in trust.changes)]
    if kept.changes >= len(known) or known[kept.changes] != kept.sha256:
        return [("approvers", f"change {kept.changes}", "failed", f"a change known here is gone: {_RESTORE}")]
    if kept.people.names and trust.named != kept.people and not _follows(trust, kept):
        what = f"the file is not the one kept on this machine ({difference(kept.people, trust.named)})"
        return [("approvers", "kept", "failed", f"{what}: {_MEND if trust.is_own else _OWN}")]
    return []


def _follows(trust: Trust, kept: Kept) -> bool:
    """Return whether signed changes lead from the approvers that were kept to those that the file names."""
    later = trust.changes[kept.changes :]
    is_signed = bool(later) and all(change.fault is None for change in later)
    return is_signed and later[0].before == kept.people and later[-1].after == trust.named


def _of_file(trust: Trust) -> Check:
    recorded, named = trust.recorded, trust.named
    if recorded is None:
        detail = "no release records who is trusted: the next one does" if named.names else "nobody is named as trusted"
        return ("approvers", "file", "open", detail)
    if not named.names:
        count = len(recorded.names)
        return ("approvers", "file", "failed", f"it is missing or empty, and {count} keys are recorded: {_MEND}")
    if named == recorded:
        return ("approvers", "file", "ok", f"it names the {len(named.names)} people who are recorded")
    if not trust.is_own:
        return (
            "approvers",
            "file",
            "open",
            f"your own file differs from the recorded one ({difference(recorded, named)})",
        )
    return (
        "approvers",
        "file",
        "failed",
        f"it was changed without signatures ({difference(recorded, named)}): {_MEND}",
    )
