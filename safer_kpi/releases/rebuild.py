"""``verify --rebuild``: recompute published releases from the raw bytes, in an empty lake, and compare their rows.

Everything comes from the release's own record (its entries, at their times), the raw store and the project. The lake's
change rows and models are not used, and its journal only for the rules under which bytes expired.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.errors import LakeBroken, NotFound, SaferKpiError
from safer_kpi.landing.relanding import Past, Relanding, make_empty
from safer_kpi.releases.obstacles import obstacle_to
from safer_kpi.releases.other_causes import other_causes
from safer_kpi.releases.recomputed import differences, row_hash_of
from safer_kpi.releases.recorded import moved_on, recorded
from safer_kpi.releases.store import release_folders

if TYPE_CHECKING:
    from safer_kpi.releases.recorded import Recorded
    from safer_kpi.settings import Settings

#: A row of ``verify``: check, subject, status and detail.
Check = tuple[str, str, str, str]
Found = tuple[str, str]
#: Returns the entries that a release adds to the one before it, in another order, with the times to post them at.
Order = Callable[[Sequence[Past]], Sequence[Past]]


def _silent(_: str) -> None:
    """Ignore a step."""


def rebuild(
    settings: Settings,
    releases: Sequence[str] | None = None,
    *,
    progress: Callable[[str], None] = _silent,
    order: Order = tuple,
) -> list[Check]:
    """Recompute releases; one row for each, in the shape of ``verify``: check, subject, status and detail.

    ``ok``: the row hash is the same. ``failed``: it differs, or bytes are missing or changed. ``unchecked``: it
    cannot be checked here, because bytes expired under a rule or the project has changed; the detail says what to do.

    Args:
        settings: the lake whose raw store and pseudonym key are used; nothing in it is changed.
        releases: their ids; None for all that are published.
        progress: called with each step.
        order: another order of posting, which must not change the numbers; the entries' own order if left out.

    Raises:
        NotFound: there is no such release.
    """
    folders = release_folders(settings)
    named = list(dict.fromkeys(releases if releases is not None else folders))
    if unknown := [name for name in named if name not in folders]:
        known = ", ".join(folders) or "none"
        raise NotFound(f"There is no release {unknown[0][:40]!r}.", next_action=f"Releases: {known}.")
    found: dict[str, Found] = {}
    possible = []
    for release in sorted((recorded(folders[name]) for name in named), key=lambda each: len(each.entries)):
        obstacle = obstacle_to(settings, release)
        if obstacle is None:
            possible.append(release)
        else:
            found[release.release_id] = obstacle
    for together in _sharing(possible):
        found |= _recompute(settings, together, progress, order)
    return [("rebuild", name, *found[name]) for name in named]


def _sharing(releases: Sequence[Recorded]) -> list[list[Recorded]]:
    """Return the releases grouped by the lake they can share: each continues the entries of the one before it."""
    groups: list[list[Recorded]] = []
    for release in releases:
        before = groups[-1][-1].entries if groups else None
        if before is not None and release.entries[: len(before)] == before:
            groups[-1].append(release)
        else:
            groups.append([release])
    return groups


def _recompute(
    settings: Settings, releases: Sequence[Recorded], progress: Callable[[str], None], order: Order
) -> dict[str, Found]:
    """Post the entries of ``releases``, which continue one another, into one empty lake; build; compare each."""
    from safer_kpi.compute import build  # heavy: lists of releases do without it

    found: dict[str, Found] = {}
    with tempfile.TemporaryDirectory(prefix="safer-kpi-rebuild-") as folder:
        lake = _lake_in(Path(folder), settings)
        make_empty(lake)
        relanding = Relanding(lake, source=settings)
        posted = 0
        for release in releases:
            try:
                relanding.post(order(release.entries[posted:]), progress)
                posted = len(release.entries)
                progress(f"building {release.release_id}")
                build(lake)
                found[release.release_id] = _compared(lake, release, settings.project, in_order=order is tuple)
            except LakeBroken as problem:
                found[release.release_id] = "failed", str(problem)
            except SaferKpiError as problem:
                found[release.release_id] = _judged(release, settings.project, str(problem))
            if found[release.release_id][0] != "ok":
                break
    # A problem with one release does not decide the status of the next ones.
    left = [release for release in releases if release.release_id not in found]
    return found | (_recompute(settings, left, progress, order) if left else {})


def _lake_in(folder: Path, settings: Settings) -> Settings:
    """Return the settings of a new lake on this machine, with the project and the pseudonym key of ``settings``."""
    home = folder / "lake"
    own_key = settings.home / "state" / "pseudonym.key"
    return replace(
        settings,
        home=home,
        catalogue=f"sqlite:{home / 'catalogue.sqlite'}",
        data=f"{home / 'data'}/",
        raw=f"{home / 'raw'}/",
        inbox="",
        pseudonym_key_file=settings.pseudonym_key_file or (own_key if own_key.is_file() else None),
    )


def _compared(lake: Settings, release: Recorded, project: Path, *, in_order: bool) -> Found:
    if row_hash_of(lake.kpi_file, release) != release.row_hash:
        return _judged(release, project, differences(lake.kpi_file, release))
    count = len({past.delivery_id for past in release.entries})
    changed = moved_on(release, project)
    since = f"; changed since, without effect: {', '.join(changed)}" if changed else ""
    # In another order the same deliveries have other causes: the first one to arrive is always new.
    causes = other_causes(lake.kpi_file, release) if in_order else None
    return "ok", f"the same row hash from {count} deliveries{since}{f'; {causes}' if causes else ''}"


def _judged(release: Recorded, project: Path, problem: str) -> Found:
    """Return the status of a problem: failed, or unchecked if the project has changed since the release was made."""
    changed = moved_on(release, project)
    if not changed:
        return "failed", problem
    return "unchecked", f"needs safer-kpi=={release.package_version}: {', '.join(changed)} changed since; {problem}"
