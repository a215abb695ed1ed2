"""Refuse files with direct identifiers of people, which contracts forbid, and delete their bytes.

The receipt keeps the hash. The bytes are deleted before the receipt is written. If the process is killed in between,
``sweep`` deletes them later: it deletes bytes without a receipt, and bytes that a receipt refused for identifiers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused
from safer_kpi.intake.identifiers import find_identifiers, find_identifying_headers
from safer_kpi.landing.expired import expired
from safer_kpi.landing.stored_bytes import forget

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.catalogue.layouts import Layout
    from safer_kpi.intake import Parsed
    from safer_kpi.intake.identifiers import Found
    from safer_kpi.landing.receipt import Receipt
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
    layout: Layout,
    header: Sequence[str],
    parsed: Parsed,
    *,
    received_on: dt.date,
) -> None:
    """Refuse a parsed file that holds direct identifiers of people.

    Raises:
        InputRefused: ``identifier.<kind>`` of the first column that holds one, or ``identifier.header``.
    """
    require_depersonalised_header(header)
    found = find_identifiers(
        connection,
        parsed.relation_sql(),
        parsed.columns,
        received_on=received_on,
        exempt_names=frozenset(getattr(feed, "public_names", ())),
        coded=coded_columns(layout),
    )
    if found:
        raise _refused(found)


def coded_columns(layout: Layout) -> frozenset[str]:
    """Return the columns in which the contract allows only codes, by a pattern or a list."""
    return frozenset(
        name
        for name, column in layout.schema.columns.items()
        if any(check.name in ("str_matches", "isin") for check in column.checks)
    )


def is_identifier(refusal: InputRefused) -> bool:
    """Return whether a file was refused for an identifier, so that its bytes must be deleted."""
    return refusal.rule.startswith(_RULES)


def holds_identifiers(receipt: Receipt) -> bool:
    """Return whether a file was refused for an identifier, as its receipt says."""
    return receipt.status == "refused" and (receipt.rule or "").startswith(_RULES)


def forget_bytes(connection: duckdb.DuckDBPyConnection, settings: Settings, sha256: str) -> None:
    """Delete a refused file's bytes, unless a delivery with the same bytes can still be replayed."""
    standing = connection.execute(
        "SELECT 1 FROM journal.delivery WHERE sha256 = ? AND status IN ('accepted', 'stale') LIMIT 1", [sha256]
    ).fetchall()
    if not standing:
        forget(settings, sha256)


def kept_hashes(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the hashes of the bytes to keep: all files except those refused for identifiers and those expired."""
    gone = [each.delivery_id for each in expired(connection)]
    rows = connection.execute(
        """SELECT sha256 FROM journal.delivery WHERE NOT list_contains(?::BIGINT[], delivery_id) GROUP BY sha256
        HAVING bool_or(status IN ('accepted', 'stale'))
            OR NOT bool_or(status = 'refused' AND starts_with(coalesce(rule, ''), ?))""",
        [gone, _RULES],
    ).fetchall()
    return {sha256 for (sha256,) in rows}


def _refused(found: Sequence[Found], row: int | None = None) -> InputRefused:
    columns = list(dict.fromkeys(each.column for each in found))
    kinds = list(dict.fromkeys(each.kind for each in found))
    shown = ", ".join(repr(column[:40]) for column in columns[:_MOST_SHOWN])
    more = f" and {len(columns) - _MOST_SHOWN} more" if len(columns) > _MOST_SHOWN else ""
    what = ", ".join(_WORDS[kind] for kind in kinds)
    verb = ("names" if row else "holds") if len(columns) == 1 else ("name" if row else "hold")
    return InputRefused(
        f"{'Column' if len(columns) == 1 else 'Columns'} {shown}{more} {verb} what looks like {what}."
        " The file's bytes are not kept, only its hash.",
        rule=found[0].rule,
        row=row,
        next_action="Remove them where the file is made and send it again: only depersonalised data may be shared.",
    )
