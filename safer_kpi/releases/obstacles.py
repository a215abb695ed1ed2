"""Find out whether a release can be recomputed here, before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.feeds import feed_names
from safer_kpi.errors import NotFound
from safer_kpi.lake import connect, raw
from safer_kpi.landing.expired import expired

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from safer_kpi.landing.relanding import Past
    from safer_kpi.releases.recorded import Recorded
    from safer_kpi.settings import Settings

_MOST_NAMED = 3


def obstacle_to(settings: Settings, release: Recorded) -> tuple[str, str] | None:
    """Return status and detail if a release cannot be recomputed here; None if it can."""
    known = set(feed_names(settings.project))
    if unknown := sorted({past.feed for past in release.entries} - known):
        needed = f"needs safer-kpi=={release.package_version}"
        return "unchecked", f"{needed}: the project has no contract for {', '.join(unknown)}"
    missing = [past for past in _deliveries(release) if not raw.holds(settings, past.sha256)]
    if not missing:
        return None
    rules = _expired(settings)
    if lost := [past for past in missing if past.delivery_id not in rules]:
        return "failed", f"the raw store lacks the bytes of {_named(lost)}"
    under = {rules[past.delivery_id] for past in missing}
    return "unchecked", f"expired under rule {', '.join(sorted(under))}: the bytes of {_named(missing)}"


def _deliveries(release: Recorded) -> Iterable[Past]:
    """Return one entry for each delivery, in the order received."""
    first = {past.delivery_id: past for past in reversed(release.entries)}
    return (first[delivery_id] for delivery_id in sorted(first))


def _named(found: Sequence[Past]) -> str:
    first = ", ".join(f"{past.delivery_id} ({past.feed})" for past in found[:_MOST_NAMED])
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return f"{'delivery' if len(found) == 1 else 'deliveries'} {first}{more}"


def _expired(settings: Settings) -> dict[int, str]:
    """Return the rule under which a delivery's bytes expired, according to the journal."""
    try:
        with connect(settings, read_only=True) as connection:
            return {each.delivery_id: each.rule for each in expired(connection)}
    except NotFound:  # releases and bytes without their lake
        return {}
