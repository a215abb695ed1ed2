"""Land the files in a ZIP archive, each as a delivery of the feed whose file names it fits.

The archive is stored once, for all its files, if each of them became a delivery whose bytes are kept and it holds no
comments. Otherwise it holds bytes that nobody searched or that no contract covers, and each delivery's file is stored
by itself.
"""

from __future__ import annotations

import datetime as dt
import uuid
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.catalogue.fitting import feeds_fitting
from safer_kpi.errors import InputRefused
from safer_kpi.intake.archive.limits import ArchiveLimits
from safer_kpi.intake.archive.reading import members_of, unpack
from safer_kpi.lake import connect, lease
from safer_kpi.lake.at_work import at_work
from safer_kpi.lake.copying import Copied, copy
from safer_kpi.landing.delivery import arrive_at, commit, refuse_file
from safer_kpi.landing.receive import file_name_of, require_plain
from safer_kpi.landing.seeds import open_lake
from safer_kpi.landing.standing import Standing
from safer_kpi.landing.stored_bytes import fold

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Sequence

    from safer_kpi.intake.archive.reading import Member
    from safer_kpi.landing.posting import Terms
    from safer_kpi.landing.receipt import Receipt
    from safer_kpi.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Left:
    """A file of an archive that was not landed: its place among the names, from 1, and why."""

    number: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Landed:
    """The receipts of the files that were landed, and the files that were not."""

    receipts: tuple[Receipt, ...]
    left: tuple[Left, ...] = ()


def land_archive(
    settings: Settings,
    source: str,
    *,
    terms: Terms,
    progress: Callable[[str], None],
    feed: str | None = None,
    files: re.Pattern[str] | None = None,
) -> Landed:
    """Land the files in an archive in the order of their names; a refused file refuses itself alone.

    Args:
        settings: the lake.
        source: local path or fsspec URL of the archive.
        terms: as of ``land``; each file is received a microsecond after the one before it.
        progress: called with the name of each step.
        feed: land the files of this feed alone; then an archive that is refused as a whole has a receipt of the feed.
        files: land only files whose names hold this pattern.

    Raises:
        InputRefused: the archive is refused as a whole, or no file in it fits a feed; no feed is named.
    """
    require_plain(settings, source)
    with at_work(settings):
        return _land_archive(settings, source, terms, progress, feed, files)


def _land_archive(
    settings: Settings,
    source: str,
    terms: Terms,
    progress: Callable[[str], None],
    feed: str | None,
    files: re.Pattern[str] | None,
) -> Landed:
    try:
        copied = copy(settings, source, most=ArchiveLimits.max_bytes)
    except InputRefused as refusal:
        if feed is None:
            raise
        nothing = Copied(sha256="", size=0, path=settings.scratch)
        return Landed(receipts=(_refused(settings, feed, nothing, file_name_of(source), terms, refusal),))
    try:
        try:
            members = members_of(copied.path, settings.scratch)
            chosen, left = _chosen(settings, members, feed, files)
            if not chosen:
                raise _nothing_fits(len(members), feed)
        except InputRefused as refusal:
            if feed is None:
                raise
            return Landed(receipts=(_refused(settings, feed, copied, file_name_of(source), terms, refusal),))
        return _land(settings, copied, chosen, left, terms, progress)
    finally:
        copied.path.unlink()


def _chosen(
    settings: Settings, members: Sequence[Member], feed: str | None, files: re.Pattern[str] | None
) -> tuple[list[tuple[Member, str]], list[Left]]:
    """Return each file of an archive with the feeds it is landed for, and the files that are left."""
    chosen: list[tuple[Member, str]] = []
    left = []
    for number, member in enumerate(members, 1):
        if files is not None and files.search(member.name) is None:
            left.append(Left(number=number, why="the contract's source does not take it"))
            continue
        fit = feeds_fitting(settings.project, member.name)
        feeds = [name for name in fit.feeds if feed in {None, name}]
        if feeds and (feed is not None or not fit.is_ambiguous):
            chosen += [(member, name) for name in feeds]
        else:
            left.append(Left(number=number, why=fit.why if feed is None else f"it is no file of {feed}"))
    return chosen, left


def _land(
    settings: Settings,
    copied: Copied,
    chosen: Sequence[tuple[Member, str]],
    left: Sequence[Left],
    terms: Terms,
    progress: Callable[[str], None],
) -> Landed:
    receipts: list[Receipt] = []
    places: dict[str, int] = {}
    with connect(settings) as connection:
        standing = Standing(connection)
        for name in dict.fromkeys(name for _, name in chosen):
            open_lake(connection, settings, load_feed(settings.project, name))
        for number, (member, name) in enumerate(chosen):
            at = terms.received_at and terms.received_at + dt.timedelta(microseconds=number)
            progress(f"landing file {number + 1} of {len(chosen)}")
            receipt = _land_member(standing, settings, copied, member, name, replace(terms, received_at=at))
            receipts.append(receipt)
            if receipt.sha256:
                places[receipt.sha256] = member.place
        searched = all(receipt.stored == "kept" for receipt in receipts)
        if not left and searched and not chosen[0][0].has_remarks:
            with lease(settings):
                fold(settings, copied.path, copied.sha256, places)
    return Landed(receipts=tuple(receipts), left=tuple(left))


def _land_member(
    standing: Standing, settings: Settings, copied: Copied, member: Member, feed: str, terms: Terms
) -> Receipt:
    connection = standing.connection
    path = settings.scratch / f"member-{uuid.uuid4().hex}"
    contract = load_feed(settings.project, feed)
    try:
        try:
            unpack(copied.path, member.place, path)
        except InputRefused as refusal:
            broken = replace(copied, sha256="", size=0)
            with lease(settings):
                return refuse_file(
                    connection, settings, contract, broken, terms, refusal,
                    file_name=member.name, archive_sha256=copied.sha256,
                )  # fmt: skip
        arrival = arrive_at(
            standing, settings, contract, str(path), terms, file_name=member.name, archive_sha256=copied.sha256
        )
        with closing(arrival), lease(settings):
            return commit(connection, settings, [arrival], standing)[0]
    finally:
        path.unlink(missing_ok=True)


def _refused(
    settings: Settings, feed: str, copied: Copied, file_name: str, terms: Terms, refusal: InputRefused
) -> Receipt:
    contract = load_feed(settings.project, feed)
    with connect(settings) as connection:
        open_lake(connection, settings, contract)
        with lease(settings):
            return refuse_file(connection, settings, contract, copied, terms, refusal, file_name=file_name)


def _nothing_fits(files: int, feed: str | None) -> InputRefused:
    return InputRefused(
        f"Of {files:,} files in the archive none is named as {'a feed' if feed is None else feed} agrees.",
        rule="file_name",
        next_action="Ask the partner for the agreed file names; `safer-kpi contract list` names the feeds, and "
        "`safer-kpi contract show FEED` its file names.",
    )
