"""Refuse files with direct identifiers of people, which contracts forbid, and delete their bytes.

The receipt keeps the hash. Bytes enter the raw store when they are searched whole and clean, and not before. If the
process is killed, ``sweep`` deletes what waits in the holding place, bytes without a receipt, and bytes that a receipt
says are deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused
from safer_kpi.intake.identifiers import BESIDE, Searched, find_identifiers, find_identifying_headers
from safer_kpi.intake.outside import outside_of
from safer_kpi.lake.journal import STORED_SQL
from safer_kpi.landing.stored_bytes import forget

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.intake import Parsed
    from safer_kpi.intake.identifiers import Found
    from safer_kpi.settings import Settings

_RULES = "identifier."
_WORDS = {
    "nhs_number": "NHS numbers",
    "ni_number": "National Insurance numbers",
    "postcode": "full postcodes",
    "date_of_birth": "dates of birth",
    "email": "e-mail addresses",
    "phone": "telephone numbers",
    "name": "names of people",
    "address": "addresses",
    "card": "numbers of payment cards",
    "vehicle": "registrations of vehicles",
    "document": "numbers of personal documents",
}
_MOST_SHOWN = 8


def require_depersonalised_header(header: Sequence[str]) -> None:
    """Refuse a file whose header names an identifier, before any other check.

    Raises:
        InputRefused: ``identifier.header``.
    """
    if found := find_identifying_headers(header):
        raise _refused(found, row=1)


def require_depersonalised(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    header: Sequence[str],
    parsed: Parsed,
    *,
    file_name: str | None,
    received_on: dt.date,
) -> None:
    """Refuse a parsed file that holds direct identifiers of people in any place: cells, headings, notes, its name.

    Raises:
        InputRefused: ``identifier.<kind>`` of the first column that holds one, or ``identifier.header``.
    """
    file = searched(feed, header, parsed, file_name=file_name)
    if found := find_identifiers(connection, [file], received_on=received_on)[0]:
        raise _refused(found)


def searched(feed: Feed, header: Sequence[str], parsed: Parsed, *, file_name: str | None) -> Searched:
    """Return what is searched of a parsed file: all of it, and its whole name."""
    outside = outside_of(parsed.parquet)
    return Searched(
        relation_sql=parsed.searched_sql(),
        columns=(*parsed.columns, *parsed.others),
        exempt_names=frozenset(getattr(feed, "public_names", ())),
        outside=outside if outside.exists() else None,
        header=header,
        file_name=file_name,
        rows=parsed.rows_read,
    )


def is_identifier(refusal: InputRefused) -> bool:
    """Return whether a file was refused for an identifier, so that its bytes must be deleted."""
    return refusal.rule.startswith(_RULES)


def forget_bytes(connection: duckdb.DuckDBPyConnection, settings: Settings, sha256: str) -> None:
    """Delete a refused file's bytes, unless a delivery with the same bytes can still be replayed."""
    standing = connection.execute(
        "SELECT 1 FROM journal.delivery WHERE sha256 = ? AND status IN ('accepted', 'stale') LIMIT 1", [sha256]
    ).fetchall()
    if not standing:
        forget(settings, sha256)


def kept_hashes(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the hashes of the bytes to keep: of every delivery but those whose bytes were not kept, or have expired.

    Bytes that were refused for identifiers under one contract stay only for a delivery that another one accepted.
    """
    rows = connection.execute(
        f"""SELECT sha256 FROM journal.delivery GROUP BY sha256
        HAVING bool_or({STORED_SQL} = 'kept' AND status IN ('accepted', 'stale'))
            OR (bool_or({STORED_SQL} = 'kept')
                AND NOT bool_or(status = 'refused' AND starts_with(coalesce(rule, ''), ?)))""",
        [_RULES],
    ).fetchall()
    return {sha256 for (sha256,) in rows}


def _refused(found: Sequence[Found], row: int | None = None) -> InputRefused:
    kinds = ", ".join(_WORDS[kind] for kind in dict.fromkeys(each.kind for each in found))
    columns = list(dict.fromkeys(_shown(each.column) for each in found if each.column not in BESIDE))
    beside = [f"{place[0].upper()}{place[1:]}" for place in dict.fromkeys(each.column for each in found)
              if place in BESIDE]  # fmt: skip
    said = []
    if columns:
        verb = ("names" if row else "holds") if len(columns) == 1 else ("name" if row else "hold")
        more = f" and {len(columns) - _MOST_SHOWN} more" if len(columns) > _MOST_SHOWN else ""
        noun = "Column" if len(columns) == 1 else "Columns"
        said.append(f"{noun} {', '.join(columns[:_MOST_SHOWN])}{more} {verb} what looks like {kinds}.")
    said += [f"{place} holds what looks like {kinds}." for place in beside]
    return InputRefused(
        f"{' '.join(said)} The file's bytes are not kept, only its hash.",
        rule=found[0].rule,
        row=row,
        next_action="Remove them where the file is made and send it again: only depersonalised data may be shared.",
    )


def _shown(column: str) -> str:
    """Return a column's name in the contract in quotes, or its place."""
    return column.removeprefix("column ") if column.startswith("column ") else repr(column[:40])
