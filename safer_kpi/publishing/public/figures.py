"""The published figures of protected counts: those that earlier editions froze, and those that this release adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.disclosure.protect import (
    changes_since,
    place_of,
    protect,
    publication_key,
    read_counts,
    read_labels,
    read_published,
    write_published,
)
from safer_kpi.disclosure.rule import read_rules
from safer_kpi.engine import open_engine
from safer_kpi.reading.attaching import attach
from safer_kpi.reading.place import PUBLIC_FILE, RELEASE_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from safer_kpi.disclosure.protect import Change, Published
    from safer_kpi.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The protected figures of a public edition.

    Attributes:
        rows: the rows of ``kpi.published``.
        changes: the exact figures among them that the release states otherwise by now.
        corrections: which figures of earlier editions this one replaces, for the record that people sign: the exact
            ones, and the sums that follow from them.
    """

    rows: pa.Table
    changes: Sequence[Change]
    corrections: Sequence[Mapping[str, str]]


def published_figures(
    settings: Settings,
    release: Path,
    earlier: Sequence[Path],
    *,
    area: str,
    edition: str,
    series: int = 1,
    corrections: Sequence[tuple[str, str]] = (),
) -> Figures:
    """Return the figures of protected counts of a public edition.

    Args:
        settings: the lake, for its publication key.
        release: the folder of the restricted release.
        earlier: the folders of all earlier public editions, the oldest first.
        area: the code of the own authority.
        edition: the id of the edition that is made.
        series: the series of new figures.
        corrections: the exact figures that are published again, each by its metric and period.

    Raises:
        CheckFailed: earlier editions contradict each other, a metric contradicts its rule, or a correction would not be
            exact.
        NotFound: a correction is of a figure that is not published.
        UsageError: the publication key cannot be read, or a correction is of a figure that is never corrected.
    """
    frozen = [row for folder in earlier for row in _frozen(folder)]
    with open_engine() as connection:
        attach(connection, release / RELEASE_FILE, "book")
        connection.execute("USE book")
        names = ("metric_id", "definition")
        rows = connection.execute(f"SELECT {', '.join(names)} FROM kpi.metric").fetchall()
        rules = read_rules(dict(zip(names, row, strict=True)) for row in rows)
        place = place_of(connection, area)
        counts = read_counts(connection, rules=rules, place=place)
        labels = read_labels(connection, rules=rules)
    figures = protect(
        counts=counts,
        labels=labels,
        frozen=frozen,
        rules=rules,
        place=place,
        key=publication_key(settings, series=series, is_begun=any(row.series == series for row in frozen)),
        release_id=release.name,
        edition=edition,
        series=series,
        corrections=corrections,
    )
    with open_engine() as connection:
        connection.execute("CREATE SCHEMA kpi")
        write_published(connection, figures)
        table = connection.sql("FROM kpi.published").to_arrow_table()
    corrected = [_recorded(row) for row in figures if row.corrects is not None and row.edition == edition]
    return Figures(rows=table, changes=changes_since(figures, counts), corrections=corrected)


def _recorded(row: Published) -> dict[str, str]:
    """Return what the record of an edition says of a correction; the two figures stand in the editions themselves."""
    return {
        "metric_id": row.metric_id,
        "period": row.period.label,
        "how": row.how,
        "published_in": row.corrects or "",
        "corrected_in": row.edition,
    }


def _frozen(folder: Path) -> list[Published]:
    """Return the figures that an edition holds."""
    with open_engine() as connection:
        attach(connection, folder / PUBLIC_FILE, "edition")
        connection.execute("USE edition")
        return read_published(connection)
