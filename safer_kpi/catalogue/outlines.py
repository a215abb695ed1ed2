"""What contracts say of their feeds, without their checks: kept, because to load a contract takes a second of pandera.

``state/contracts.json`` has the outline of each contract under the hash of what it was made of. Where a contract, what
contracts share or a version has changed, the contract is loaded again.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.check_words import clauses_of
from safer_kpi.catalogue.feeds import feed_digest, feed_names, load_feed, require_feed
from safer_kpi.files import bytes_of, write_durably
from safer_kpi.version import package_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Outline:
    """What a contract says of its feed.

    Attributes:
        name: the feed.
        version: the contract's version.
        title: its title.
        owner: who sends the files.
        cadence: how often.
        columns: the columns of its change rows.
        headings: the heading that partners know a column by, for the columns of files.
        causes: the cause of a change, by the column that changed.
        classes: the columns of offence classes, in the order of the contract.
        clauses: what its checks say: rule, column, the words of it and how to correct a row.
    """

    name: str
    version: str
    title: str
    owner: str
    cadence: str
    columns: list[str]
    headings: dict[str, str]
    causes: dict[str, str]
    classes: list[str]
    clauses: list[tuple[str, str | None, str, str]]


def outline(settings: Settings, feed: str) -> Outline:
    """Return the outline of one contract.

    Raises:
        NotFound: there is no such feed.
        ProjectError: its contract does not load.
    """
    require_feed(settings.project, feed)
    return outlines(settings, [feed])[feed]


def outlines(settings: Settings, feeds: Iterable[str] | None = None) -> dict[str, Outline]:
    """Return the outlines of some contracts of a project, or of all, by the feeds' names.

    Raises:
        ProjectError: a contract does not load.
    """
    file = settings.home / "state" / "contracts.json"
    kept = _kept(file)
    found: dict[str, Outline] = {}
    made: dict[str, Any] = {}
    with_versions = f"{package_version()} {version('pandera')}"
    for name in feed_names(settings.project) if feeds is None else feeds:
        made_of = f"{with_versions} {feed_digest(settings.project, name)}"
        known = kept.get(name, {})
        if known.get("made_of") == made_of:
            found[name] = Outline(**known["outline"])
        else:
            found[name] = _made(load_feed(settings.project, name))
            made[name] = {"made_of": made_of, "outline": asdict(found[name])}
    if made and file.parent.is_dir():
        write_durably(file, f"{json.dumps({**kept, **made}, indent=1)}\n".encode(), private=True)
    return found


def _kept(file: Path) -> Mapping[str, Any]:
    """Return what is kept; nothing where another version wrote it otherwise."""
    if not file.is_file():
        return {}
    try:
        kept: dict[str, Any] = json.loads(bytes_of(file))
        for each in kept.values():
            Outline(**each["outline"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}
    return kept


def _made(feed: Feed) -> Outline:
    headings: dict[str, str] = {}
    declared: dict[str, Any] = {}
    for layout in feed.layouts:
        headings = {column: layout.heading(column) for column in layout.columns} | headings
        declared |= layout.schema.columns
    return Outline(
        name=feed.name,
        version=feed.version,
        title=feed.title,
        owner=feed.owner,
        cadence=feed.cadence,
        columns=list(feed.columns),
        headings=headings,
        causes=dict(feed.causes),
        classes=[
            name for name in feed.columns if name in declared and (declared[name].metadata or {}).get("offence_class")
        ],
        clauses=clauses_of(feed.layouts),
    )
