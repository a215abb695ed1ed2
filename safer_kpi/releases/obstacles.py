"""What stands in the way of recomputing a release, before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.feeds import feed_names
from safer_kpi.lake import raw

if TYPE_CHECKING:
    from safer_kpi.releases.recorded import Recorded
    from safer_kpi.settings import Settings

_MOST_NAMED = 3


def obstacle_to(settings: Settings, release: Recorded) -> tuple[str, str] | None:
    """Status and detail where a release cannot be recomputed here; None where nothing stands in the way."""
    known = set(feed_names(settings.project))
    if unknown := sorted({past.feed for past in release.entries} - known):
        needed = f"needs safer-kpi=={release.package_version}"
        return "unchecked", f"{needed}: the project has no contract for {', '.join(unknown)}"
    wanted = {past.sha256: past for past in reversed(release.entries)}
    missing = [past for sha256, past in wanted.items() if not raw.holds(settings, sha256)]
    if missing:
        missing.sort(key=lambda past: past.delivery_id)
        named = ", ".join(f"{past.delivery_id} ({past.feed})" for past in missing[:_MOST_NAMED])
        more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
        return "failed", f"the raw store lacks the bytes of delivery {named}{more}"
    return None
