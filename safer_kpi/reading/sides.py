"""The two sides of a comparison: a release, the live balance, the balance at a moment, or a preview of a change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.errors import NotFound
from safer_kpi.reading.book import MAIN
from safer_kpi.reading.locate import release_folder_in
from safer_kpi.reading.place import RELEASE_FILE
from safer_kpi.settings import PROD, earlier_name, is_environment, read_file_name
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from safer_kpi.reading.picture import Picture
    from safer_kpi.reading.times import Moment

NOW = "now"


@dataclass(frozen=True)
class Side:
    """Where one side's numbers and postings stand.

    Attributes:
        alias: the attached file that holds its ledger, metrics and areas.
        observations: the relation of its stored observations.
        condition: what picks them from that relation.
        last_entry: the last entry it knows.
        is_stored: whether the relation is a table; else it is computed as it is read.
    """

    alias: str
    observations: str
    condition: str
    last_entry: int
    is_stored: bool = True


@dataclass(frozen=True)
class Sides:
    """What is compared: the side ``a`` that knows less, the side ``b`` that knows more, and what of their observations.

    Attributes:
        a: the earlier side.
        b: the later side, from whose ledger movements are read.
        conditions: what picks the compared observations.
        metric_id: the metric, where one was named.
        area_code: the area, where one was named.
    """

    a: Side
    b: Side
    conditions: list[str]
    metric_id: str | None
    area_code: str | None

    def of(self, letter: str) -> Side:
        """The side ``a`` or ``b``."""
        return self.a if letter == "a" else self.b

    @property
    def before(self) -> str:
        """The condition of postings that both sides know."""
        return f"entry <= {self.a.last_entry}"

    @property
    def between(self) -> str:
        """The condition of postings that only the later side knows."""
        return f"entry > {self.a.last_entry} AND entry <= {self.b.last_entry}"


def side(lake: Picture, named: Moment) -> Side:
    """The side a release id, ``"now"`` or ``"prod"``, a date, a time or the environment of a preview names.

    Raises:
        NotFound: there is no such release, or no such preview has been built.
        UsageError: the moment has not come, or the place holds no live balance.
    """
    if isinstance(named, str) and named in {NOW, PROD}:
        lake.require_live("The live balance")
        return Side(MAIN, f"{MAIN}.kpi.observation", "TRUE", lake.book.last_entry)
    if isinstance(named, dt.date) or _is_moment(named):
        instant = literal(lake.moment(named))
        found = lake.book.read(f"SELECT coalesce(max(entry), 0) FROM kpi.entry WHERE posted_at <= {instant}")[1]
        return Side(MAIN, f"kpi.as_of({instant})", "TRUE", int(found[0][0]), is_stored=False)
    if is_environment(named):
        return _preview(lake, named)
    return _release(lake, lake.release_id(named))


def _is_moment(text: str) -> bool:
    """Whether a text is an ISO date or time; a release id never is."""
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
        # Without its folder a release is read from the lake's own copy; the residual check holds either way.
        alias = lake.book.attach(folder / RELEASE_FILE) if folder else MAIN
    chosen = f"release_id = {literal(release_id)}"
    last = lake.book.read(f"SELECT last_entry FROM {alias}.kpi.release WHERE {chosen}")[1]
    return Side(alias, f"{alias}.kpi.certified", chosen, int(last[0][0]))


def _preview(lake: Picture, environment: str) -> Side:
    """The balance that a changed project makes of the same evidence, built beside the live one."""
    lake.require_live("A preview")
    name = read_file_name(environment)
    file = lake.place.file.with_name(earlier_name(name) if lake.place.is_superseded else name)
    if not file.is_file():
        raise NotFound(
            f"There is no release or preview {environment!r} here.",
            next_action=f"Build the preview with safer-kpi build --env {environment}; list releases with release list.",
        )
    alias = lake.book.attach(file)
    last = lake.book.read(f"SELECT last_entry FROM {alias}.kpi.build")[1]
    return Side(alias, f"{alias}.kpi.observation", "TRUE", int(last[0][0]))
