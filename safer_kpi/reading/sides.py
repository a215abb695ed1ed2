"""The two sides of a comparison: a release, the live balance, the balance at a moment, or a preview."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.errors import NotFound
from safer_kpi.reading.book import MAIN
from safer_kpi.reading.locate import release_folder_in
from safer_kpi.reading.place import RELEASE_FILE, require_known_format
from safer_kpi.settings import PROD, earlier_name, is_environment, read_file_name
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from safer_kpi.reading.picture import Picture
    from safer_kpi.reading.times import Moment

NOW = "now"


@dataclass(frozen=True)
class Side:
    """The location of one side's numbers and postings.

    Attributes:
        alias: the attached file with its ledger, metrics and areas.
        observations: the relation that contains its observations.
        condition: the condition that selects them from the relation.
        last_entry: its last entry.
        is_stored: whether the relation is a table; if not, every read computes it.
    """

    alias: str
    observations: str
    condition: str
    last_entry: int
    is_stored: bool = True


@dataclass(frozen=True)
class Sides:
    """The two sides of a comparison, and the selection of their observations.

    Attributes:
        a: the side with the lower last entry.
        b: the side with the higher last entry; movements come from its ledger.
        conditions: the conditions that select the compared observations.
        metric_id: the selected metric, if any.
        area_code: the selected area, if any.
    """

    a: Side
    b: Side
    conditions: list[str]
    metric_id: str | None
    area_code: str | None

    def of(self, letter: str) -> Side:
        """Return the side ``a`` or ``b``."""
        return self.a if letter == "a" else self.b

    @property
    def before(self) -> str:
        """The SQL condition for postings that both sides contain."""
        return f"entry <= {self.a.last_entry}"

    @property
    def between(self) -> str:
        """The SQL condition for postings that only the later side contains."""
        return f"entry > {self.a.last_entry} AND entry <= {self.b.last_entry}"


def side(lake: Picture, named: Moment) -> Side:
    """Return the side named by a release id, ``"now"``, ``"prod"``, a date, a time or a preview's environment.

    Raises:
        NotFound: no such release exists, or the preview is not built.
        UsageError: the moment is in the future, or the place holds no live balance.
    """
    if isinstance(named, str) and named in {NOW, PROD}:
        lake.require_live("The live balance")
        return Side(MAIN, f"{MAIN}.kpi.observation", "TRUE", lake.book.last_entry)
    if isinstance(named, dt.date) or _is_moment(named):
        instant = literal(lake.moment(named))
        rows = lake.book.read(f"SELECT coalesce(max(entry), 0) FROM kpi.entry WHERE posted_at <= {instant}")[1]
        return Side(MAIN, f"kpi.as_of({instant})", "TRUE", int(rows[0][0]), is_stored=False)
    if is_environment(named):
        return _preview(lake, named)
    return _release(lake, lake.release_id(named))


def _is_moment(text: str) -> bool:
    """Return whether a text is an ISO date or time; a release id is not."""
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return len(text) >= len("2024-06-30")


def _release(lake: Picture, release_id: str) -> Side:
    if lake.place.release_id == release_id:
        alias = MAIN
    else:
        folder = release_folder_in(lake.place, release_id)
        if folder:
            require_known_format(folder)
        # Without its folder, a release is read from the lake's own copy; the residual check applies either way.
        alias = lake.book.attach(folder / RELEASE_FILE) if folder else MAIN
    chosen = f"release_id = {literal(release_id)}"
    last = lake.book.read(f"SELECT last_entry FROM {alias}.kpi.release WHERE {chosen}")[1]
    return Side(alias, f"{alias}.kpi.certified", chosen, int(last[0][0]))


def _preview(lake: Picture, environment: str) -> Side:
    """Return the side of a preview: a changed project's numbers on the same evidence, built beside the live file."""
    lake.require_live("A preview")
    name = read_file_name(environment)
    file = lake.place.file.with_name(earlier_name(name) if lake.place.is_superseded else name)
    if not file.is_file():
        raise NotFound(
            f"No release or preview {environment!r} exists here.",
            next_action=f"Run safer-kpi build --env {environment}, or list releases with safer-kpi release list.",
        )
    alias = lake.book.attach(file)
    last = lake.book.read(f"SELECT last_entry FROM {alias}.kpi.build")[1]
    return Side(alias, f"{alias}.kpi.observation", "TRUE", int(last[0][0]))
