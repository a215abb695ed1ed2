"""Parse, search and check several small files of a feed at once, each as if it were alone.

Whatever is not right with one of them is left for whoever reads it alone and finds the words for it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused
from safer_kpi.files import private_folder
from safer_kpi.intake.identifiers import find_identifiers
from safer_kpi.intake.together import Plain, is_plain, parse_each
from safer_kpi.landing.checked_together import fit
from safer_kpi.landing.depersonalise import searched
from safer_kpi.landing.parsing import Chosen, csv_dialect
from safer_kpi.landing.reader import reader

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.intake import Dialect, Passing
    from safer_kpi.landing.parsing import Found
    from safer_kpi.settings import Settings

#: A file of more lines is not searched together with others.
_SHORT = 50_000


@dataclass(frozen=True, kw_only=True)
class Bytes:
    """A file to read: where its bytes are, what was seen of them as they were copied, and its whole name."""

    path: Path
    passing: Passing | None
    came_as: str


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A parsed file; whoever reads it goes on from there, and removes its rows.

    Attributes:
        found: the parsed file.
        is_clean: all of it was searched for identifiers of people, and none was found.
        fits: no cell breaks a check of the contract.
    """

    found: Found
    is_clean: bool
    fits: bool

    def forget(self) -> None:
        """Remove the rows."""
        self.found.parsed.parquet.unlink(missing_ok=True)


def prepare(settings: Settings, feed: Feed, files: Sequence[Bytes], *, received_on: dt.date) -> list[Prepared | None]:
    """Return how far each file of a feed is read; None for one that nobody has begun to read."""
    dialect = csv_dialect(feed)
    if dialect is None or dialect.framed or len(files) < 2:
        return [None] * len(files)
    private_folder(settings.scratch)
    outs = [settings.scratch / f"parse-{uuid.uuid4().hex}.parquet" for _ in files]
    try:
        parsed = _parsed(feed, dialect, files, outs)
        some = {number: found for number, found in enumerate(parsed) if found is not None}
        clean = _clean(feed, [(found, files[number].came_as) for number, found in some.items()], received_on)
        fitting = _fitting(feed, list(some.values()))
    except BaseException:
        for out in outs:
            out.unlink(missing_ok=True)
        raise
    done = {
        number: Prepared(found=some[number], is_clean=is_clean, fits=fits)
        for number, is_clean, fits in zip(some, clean, fitting, strict=True)
    }
    return [done.get(number) for number in range(len(files))]


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


def _fitting(feed: Feed, files: Sequence[Found]) -> list[bool]:
    """Return whether the cells of each file fit; False where they are not yet as the contract reads them."""
    fits = [False] * len(files)
    for layout in feed.layouts:
        own = [number for number, found in enumerate(files) if found.layout is layout]
        forms = layout.forms
        if own and feed.unpivot is None and not (forms.figures or forms.days or forms.months):
            for number, is_fit in zip(own, fit(layout, [files[each].parsed.parquet for each in own]), strict=True):
                fits[number] = is_fit
    return fits
