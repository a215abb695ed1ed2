"""Parse, search and check several small files of a feed at once, each as if it were alone.

Whatever is not right with one of them is left for whoever reads it alone and finds the words for it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.catalogue.cells import covered
from safer_kpi.errors import InputRefused
from safer_kpi.files import private_folder
from safer_kpi.intake.identifiers import find_identifiers
from safer_kpi.intake.together import Plain, is_plain, parse_each
from safer_kpi.landing.checked_together import fit, frames_of, is_whole
from safer_kpi.landing.depersonalise import searched
from safer_kpi.landing.parsing import Chosen, csv_dialect
from safer_kpi.landing.reader import reader
from safer_kpi.landing.readings import Prepared, Reading, with_sums
from safer_kpi.landing.validate import whole

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from safer_kpi.catalogue.cells import Covered
    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.catalogue.layouts import Layout
    from safer_kpi.intake import Dialect, Passing
    from safer_kpi.landing.parsing import Found
    from safer_kpi.landing.readings import AreNew
    from safer_kpi.settings import Settings

#: A file of more lines is not searched together with others.
_SHORT = 50_000


@dataclass(frozen=True, kw_only=True)
class Bytes:
    """A file to read.

    Attributes:
        path: where its bytes are.
        passing: what was seen of them as they were copied.
        came_as: its whole name.
        are_new: says of cells whether nobody has delivered them.
    """

    path: Path
    passing: Passing | None
    came_as: str
    are_new: AreNew


def parse_together(settings: Settings, feed: Feed, files: Sequence[Bytes]) -> list[Found | None]:
    """Parse each file of a feed; None for one that is left to whoever reads it alone."""
    dialect = csv_dialect(feed)
    if dialect is None or dialect.framed or len(files) < 2:
        return [None] * len(files)
    private_folder(settings.scratch)
    outs = [settings.scratch / f"parse-{uuid.uuid4().hex}.parquet" for _ in files]
    try:
        return _parsed(feed, dialect, files, outs)
    except BaseException:
        for out in outs:
            out.unlink(missing_ok=True)
        raise


def prepare(
    settings: Settings,
    feed: Feed,
    files: Sequence[Bytes],
    parsed: Sequence[Found | None],
    *,
    received_on: dt.date,
) -> list[Prepared | None]:
    """Search and check parsed files; return how far each is read, None for one that nobody has begun to read."""
    some = [(number, found) for number, found in enumerate(parsed) if found is not None]
    named = [(found, files[number].came_as) for number, found in some]
    done: list[Prepared | None] = [None] * len(files)
    try:
        clean, fitting = _clean(feed, named, received_on), _fitting(feed, named)
        readings = {
            number: _read(found, covers) for (number, found), (_, covers) in zip(some, fitting, strict=True) if covers
        }
        with reader(0) as using:
            new = [(read, files[number].are_new) for number, read in readings.items()]
            readings = dict(zip(readings, with_sums(using.rows, settings, feed, new), strict=True))
    except BaseException:
        forget(parsed)
        raise
    for (number, found), is_clean, (fits, _) in zip(some, clean, fitting, strict=True):
        done[number] = Prepared(found=found, is_clean=is_clean, fits=fits, reading=readings.get(number))
    return done


def _read(found: Found, covers: Covered) -> Reading:
    return Reading(layout=found.layout, covered=covers, parsed=found.parsed, checked=whole(found.parsed))


def forget(parsed: Sequence[Found | None]) -> None:
    """Remove the rows of parsed files that nobody reads on."""
    for found in parsed:
        if found is not None:
            found.parsed.parquet.unlink(missing_ok=True)


def _parsed(feed: Feed, dialect: Dialect, files: Sequence[Bytes], outs: Sequence[Path]) -> list[Found | None]:
    chosen = [Chosen(feed) for _ in files]
    plain: dict[int, Plain] = {}
    for number, (file, choice, out) in enumerate(zip(files, chosen, outs, strict=True)):
        seen = None if file.passing is None else file.passing.result()
        if seen is None or not is_plain(seen) or seen.lines > _SHORT:
            continue
        try:
            columns = choice.choose(seen.header)
        except InputRefused:
            continue
        if choice.refusal is None:
            plain[number] = Plain(path=file.path, found=seen, columns=columns, out=out)
    if len(plain) < 2:
        return [None] * len(files)
    rows = dict(zip(plain, parse_each(list(plain.values()), dialect), strict=True))
    return [
        None if (parsed := rows.get(number)) is None else choice.found(parsed) for number, choice in enumerate(chosen)
    ]


def _clean(feed: Feed, files: Sequence[tuple[Found, str]], received_on: dt.date) -> list[bool]:
    if not files:
        return []
    whole = [searched(feed, found.header, found.parsed, file_name=came_as) for found, came_as in files]
    with reader(0) as using:
        return [not found for found in find_identifiers(using.search, whole, received_on=received_on)]


def _fitting(feed: Feed, files: Sequence[tuple[Found, str]]) -> list[tuple[bool, Covered | None]]:
    """Return whether the cells of each file fit, and what it covers if every row of it is accepted.

    Nobody knows either where cells are not yet as the contract reads them.
    """
    judged: list[tuple[bool, Covered | None]] = [(False, None)] * len(files)
    for layout in feed.layouts:
        own = [number for number, (found, _) in enumerate(files) if found.layout is layout and found.refusal is None]
        forms = layout.forms
        if own and feed.unpivot is None and not (forms.figures or forms.days or forms.months):
            frames = frames_of(layout, [files[number][0].parsed.parquet for number in own])
            for number, frame, fits in zip(own, frames, fit(layout, frames), strict=True):
                judged[number] = fits, _covered(feed, layout, files[number][1], frame) if fits else None
    return judged


def _covered(feed: Feed, layout: Layout, came_as: str, frame: pl.DataFrame) -> Covered | None:
    try:
        covers = covered(feed, came_as, layout)
    except InputRefused:
        return None
    return covers if is_whole(feed, layout, covers, frame) else None
