"""Rows of an offence class that the list of classes does not hold: accepted, and counted as other, unclassified."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.domain.offences import class_sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from safer_kpi.catalogue.outlines import Outline

#: The list that the models read, in the project's ``seeds``.
LIST = "offence_codes.csv"
_MOST_NAMED = 12
# What is not a code is a partner's own words, which no receipt shows.
_CODE = re.compile(r"\d{1,3}([A-Z]{1,2}|\.\d{1,3})?", re.ASCII)

# A day narrows the files that are read; entries alone would not.
_CLASSES = """
WITH day AS (
    SELECT min(posted_at)::DATE AS first_day FROM journal.entry WHERE entry BETWEEN {first} AND {last}
)
SELECT {named} AS class, sum(weight)::BIGINT
FROM landing.{feed}
WHERE posted_on >= (SELECT first_day FROM day) AND entry BETWEEN {first} AND {last} AND weight > 0
    AND {written} IS NOT NULL
GROUP BY class ORDER BY class
"""


@dataclass(frozen=True, kw_only=True)
class Unclassified:
    """The rows of some entries whose offence class the list does not hold.

    Attributes:
        rows: the number of rows.
        codes: the codes of their classes.
        described: how many classes are given in words and not by a code.
    """

    rows: int = 0
    codes: Sequence[str] = ()
    described: int = 0


def unclassified(
    connection: duckdb.DuckDBPyConnection, feed: Outline, project: Path, *, first: int, last: int
) -> Unclassified:
    """Return the rows that the entries from ``first`` to ``last`` brought of classes that the project's list lacks.

    A feed without a column of offence classes has none.
    """
    if not feed.classes:
        return Unclassified()
    written = f"coalesce({', '.join(reversed(feed.classes))})"
    query = _CLASSES.format(named=class_sql(written), written=written, feed=feed.name, first=int(first), last=int(last))
    known = _known(connection, project)
    unknown = [(str(name), int(rows)) for name, rows in connection.execute(query).fetchall() if name not in known]
    codes = [name for name, _ in unknown if _CODE.fullmatch(name)]
    return Unclassified(rows=sum(rows for _, rows in unknown), codes=codes, described=len(unknown) - len(codes))


def unclassified_text(found: Unclassified) -> str:
    """Return what people should know of such rows and do about them."""
    shown = [", ".join(found.codes[:_MOST_NAMED])] if found.codes else []
    if len(found.codes) > _MOST_NAMED:
        shown.append(f"{len(found.codes) - _MOST_NAMED} more codes")
    if found.described:
        shown.append(f"{found.described} {'class' if found.described == 1 else 'classes'} given in words")
    return (
        f"{found.rows:,} {'row is' if found.rows == 1 else 'rows are'} of an offence class that the list of classes"
        f" does not hold ({' and '.join(shown)}). Such an offence counts as other, unclassified, under the force's own"
        f" description. Add the class to seeds/{LIST} with its source, and build."
    )


def _known(connection: duckdb.DuckDBPyConnection, project: Path) -> frozenset[str]:
    """Return the classes of the list, by code and by name, as they are looked up."""
    with (project / "seeds" / LIST).open(encoding="utf-8", newline="") as lines:
        written = [text for row in csv.DictReader(lines) for text in (row["offence_code"], row["offence"])]
    query = f"SELECT {class_sql('written')} FROM (SELECT unnest($written) AS written)"
    return frozenset(name for (name,) in connection.execute(query, {"written": written}).fetchall())
