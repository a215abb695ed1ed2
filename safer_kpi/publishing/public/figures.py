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
    from collections.abc import Sequence
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
    """

    rows: pa.Table
    changes: Sequence[Change]


def published_figures(
    settings: Settings, release: Path, earlier: Sequence[Path], *, area: str, edition: str
) -> Figures:
    """Return the figures of protected counts of a public edition.

    Args:
        settings: the lake, for its publication key.
        release: the folder of the restricted release.
        earlier: the folders of all earlier public editions, the oldest first.
        area: the code of the own authority.
        edition: the id of the edition that is made.

    Raises:
        CheckFailed: earlier editions contradict each other, or a metric contradicts its rule.
        UsageError: the publication key cannot be read.
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
        key=publication_key(settings),
        release_id=release.name,
        edition=edition,
    )
    with open_engine() as connection:
        connection.execute("CREATE SCHEMA kpi")
        write_published(connection, figures)
        table = connection.sql("FROM kpi.published").to_arrow_table()
    return Figures(rows=table, changes=changes_since(figures, counts))


def _frozen(folder: Path) -> list[Published]:
    """Return the figures that an edition holds."""
    with open_engine() as connection:
        attach(connection, folder / PUBLIC_FILE, "edition")
        connection.execute("USE edition")
        return read_published(connection)
