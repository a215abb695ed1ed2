"""The data files of a report: the numbers that its pages show, in the formats of an export."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.engine import open_engine
from safer_kpi.publishing.exports.files import CSVW, PACKAGE, Described, write_tables
from safer_kpi.publishing.exports.tables import TABLES
from safer_kpi.publishing.facts import Key
from safer_kpi.publishing.model.data_file import DataFile
from safer_kpi.reading.attaching import attach
from safer_kpi.sql import values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from safer_kpi.publishing.model.report import Report
    from safer_kpi.reading.lake import Lake
    from safer_kpi.sql import Value

_KEY = ("metric_id", "area_code", "period_type", "period", "breakdown")
_OF_SHOWN = f"SEMI JOIN shown USING ({', '.join(_KEY)})"
#: The rows that a report holds of a table; it holds every row of the others.
_ONLY = {"numbers": _OF_SHOWN, "verdicts": _OF_SHOWN, "areas": "SEMI JOIN shown USING (area_code)"}
_SAYS = "The numbers that the pages of the {kind} show, and no others of release {release}."
_DESCRIBES = {
    CSVW: "What each column of the CSV files holds, as CSV on the Web",
    PACKAGE: "What each file holds, with its size and hash, as a Data Package",
}


def shown_files(lake: Lake, report: Report) -> tuple[DataFile, ...]:
    """Return the data files of a report, in the order of their names: the same report gives the same bytes.

    Args:
        lake: the release, or the public edition, that the report was made of.
        report: the report.
    """
    release = report.release.release_id
    about = Described(
        name=f"safer-kpi-{report.kind}-{release.lower()}",
        title=f"Numbers of the {report.kind} of release {release}, {report.edition} edition",
        edition=report.edition,
        says=_SAYS.format(kind=report.kind, release=release),
    )
    titles = {table.name: table.title for table in TABLES}
    with open_engine(threads="1") as connection, tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        attach(connection, lake.place.file, "book")
        connection.execute(f"CREATE TEMP TABLE shown AS {_listed(keys_in(report))}")
        rows = write_tables(connection, folder, about, only=_ONLY)
        return tuple(
            DataFile(
                name=path.name,
                says=_DESCRIBES.get(path.name) or titles[path.stem],
                rows=rows.get(path.stem),
                content=path.read_bytes(),
            )
            for path in sorted(folder.iterdir())
        )


def _listed(keys: Iterable[Key]) -> str:
    rows: list[tuple[Value, ...]] = [tuple(getattr(key, name) for name in _KEY) for key in keys]
    return values(dict.fromkeys(_KEY, "VARCHAR"), rows)


def keys_in(whole: object) -> list[Key]:
    """Return the name of every number that a value holds at any depth, in the order of their names."""
    found: set[Key] = set()
    seen: set[int] = set()
    waiting = [whole]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Key):
            found.add(one)
        elif id(one) not in seen:
            seen.add(id(one))
            waiting += _parts(one)
    return sorted(found, key=str)


def _parts(one: object) -> list[object]:
    if is_dataclass(one):
        return [getattr(one, field.name) for field in fields(one)]
    if isinstance(one, Mapping):
        return [*one.keys(), *one.values()]
    return list(one) if isinstance(one, (tuple, list)) else []
