"""Read from a published release how it was made: its entries, contracts, seeds and models."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.periods import parse_period
from safer_kpi.domain.release_format import require_format
from safer_kpi.engine import open_engine
from safer_kpi.files import bytes_of, sha256_of
from safer_kpi.landing.posting import Confirmation
from safer_kpi.landing.relanding import Past
from safer_kpi.reading.attaching import attach
from safer_kpi.reading.place import MANIFEST, RELEASE_FILE
from safer_kpi.reading.record import CERTIFICATES
from safer_kpi.releases.store import read_json

if TYPE_CHECKING:
    from pathlib import Path

_ENTRIES = """
SELECT entry.entry, entry.posted_at, entry.kind, entry.delivery_id, entry.feed, delivery.file_name, delivery.sha256,
    delivery.published_at, entry.person, entry.reason, delivery.contract_version
FROM release.kpi.entry LEFT JOIN release.kpi.delivery USING (delivery_id)
WHERE entry.entry <= {last} ORDER BY entry.entry
"""
_TEXTS = (("contracts", "feeds", "*.py"), ("definitions", "kpis", "*.yaml"))


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One published release, read from its own folder.

    Attributes:
        release_id: its name.
        folder: its folder.
        row_hash: the hash of its observations, as its manifest says.
        period_end: the last day of its quarter.
        known_at: the time up to which postings count (UTC).
        package_version: the version of this package that published it.
        entries: everything that had posted, in order.
        versions: the contract version that first read each feed's deliveries, by feed; several where it changed.
    """

    release_id: str
    folder: Path
    row_hash: str
    period_end: dt.date
    known_at: dt.datetime
    package_version: str
    entries: tuple[Past, ...]
    versions: dict[str, tuple[str, ...]]

    @property
    def observations(self) -> Path:
        """Return the file of its certified numbers."""
        return self.folder / "observation.parquet"


def recorded(folder: Path) -> Recorded:
    """Read a release's record. Its files are not checked here; ``verify`` checks them against the seal."""
    manifest: dict[str, Any] = read_json(folder / MANIFEST)
    require_format(manifest)
    with open_engine() as connection:
        attach(connection, folder / RELEASE_FILE, "release")
        rows = connection.execute(_ENTRIES.format(last=int(manifest["last_entry"]))).fetchall()
    versions: dict[str, set[str]] = {}
    for row in rows:
        versions.setdefault(row[4], set()).add(row[-1])
    return Recorded(
        release_id=manifest["release_id"],
        folder=folder,
        row_hash=manifest["row_hash"],
        period_end=parse_period(manifest["quarter"], by="quarter").end,
        known_at=dt.datetime.fromisoformat(manifest["known_at"]),
        package_version=manifest["package_version"],
        entries=tuple(_past(row) for row in rows),
        versions={feed: tuple(sorted(found)) for feed, found in versions.items()},
    )


def _past(row: tuple[Any, ...]) -> Past:
    entry, posted_at, kind, delivery_id, feed, file_name, sha256, published_at, person, reason, _ = row
    return Past(
        entry=entry, posted_at=posted_at, kind=kind, delivery_id=delivery_id, feed=feed, file_name=file_name,
        sha256=sha256, published_at=published_at,
        confirmation=Confirmation(person=person, reason=reason) if person and reason else None,
    )  # fmt: skip


def moved_on(release: Recorded, project: Path) -> list[str]:
    """Return how the project differs from the one of the release: changed files, and feeds that it reads otherwise."""
    found = []
    for kept, folder, pattern in _TEXTS:
        then = _texts(release.folder / kept, pattern)
        now = _texts(project / "contracts" / folder, pattern)
        names = sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
        found += [f"contracts/{folder}/{name}" for name in names]
    return found + _made_otherwise(release, project) + _read_otherwise(release, project)


def _made_otherwise(release: Recorded, project: Path) -> list[str]:
    """Return the seeds and SQL of the release's certificates that differ from the project's."""
    from safer_kpi.compute.metrics import model_hashes  # heavy: lists of releases do without it

    certificates = release.folder / CERTIFICATES
    if not certificates.is_file():
        return []
    components = read_json(certificates)
    seeds = {each["name"]: each["value"] for found in components.values() for each in found if each["kind"] == "seed"}
    changed = [name for name, sha256 in sorted(seeds.items()) if _sha256(project / name) != sha256]
    code = {
        metric_id: each["value"] for metric_id, found in components.items() for each in found if each["kind"] == "code"
    }
    now = model_hashes(project)
    if otherwise := sorted(metric_id for metric_id, value in code.items() if now.get(metric_id) != value):
        changed.append(f"SQL or macros of {len(otherwise)} metrics")
    return changed


def _sha256(path: Path) -> str | None:
    return sha256_of(path) if path.is_file() else None


def _texts(folder: Path, pattern: str) -> dict[str, bytes]:
    return {path.name: bytes_of(path) for path in folder.glob(pattern) if path.name != "__init__.py"}


def _read_otherwise(release: Recorded, project: Path) -> list[str]:
    """Return the feeds whose rows in the release were read under another contract version than today's."""
    from safer_kpi.catalogue.feeds import feed_names, load_feed

    known = feed_names(project)
    return [
        f"{feed} was read under {', '.join(versions)}"
        for feed, versions in sorted(release.versions.items())
        if feed in known and versions != (load_feed(project, feed).version,)
    ]
