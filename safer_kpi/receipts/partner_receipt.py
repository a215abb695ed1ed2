"""A receipt for a partner: the result of their file, and the rows to mend. It never contains a row's value."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.check_words import rule_words
from safer_kpi.catalogue.definition_page import table
from safer_kpi.receipts.unclassified import Unclassified, unclassified_text
from safer_kpi.receipts.unlisted import NotPlaced, not_placed_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from safer_kpi.catalogue.outlines import Outline

_STATUS = {
    "accepted": "Accepted.",
    "refused": "Refused: nothing of this file was taken, and what you sent before still stands.",
    "duplicate": "Nothing changed: we already had exactly this file, with the same publication date.",
    "stale": "Nothing changed: for every period of this file we have a file of yours that was published later.",
}
_CAUSES = {
    "new": "rows of a period for which we had no rows before",
    "late": "rows that you had not sent for this period before",
    "corrected": "records with other values than before",
    "held": "rows that counted before and are now held back",
    "released": "rows that were held back before, which you have mended",
    "withdrawn": "rows that you had sent before and are no longer in the file",
    "replayed": "records that changed when we read the file again",
    "contract": "records that are only read differently, under a newer contract",
    "reverted": "records taken back by a reversal",
    "reference": "records that moved because areas or lookups changed",
}
_MEND = (
    "These rows do not count until you mend them. Mend them in your system and send the whole file again. Row 1 is "
    "the first row of the file; a row may break several clauses."
)


@dataclass(frozen=True, kw_only=True)
class HeldRule:
    """The rows that one clause holds back: their number, their row numbers (the header is row 1) and the reason.

    Attributes:
        rule: the clause.
        column: the header of the column, or None if the clause is about the whole row.
        rows: the number of rows that break it.
        row_numbers: the first of them, as ranges such as ``2-4, 9``.
        says: the clause in words.
        mend: how to mend the rows.
    """

    rule: str
    column: str | None
    rows: int
    row_numbers: str
    says: str
    mend: str


@dataclass(frozen=True, kw_only=True)
class PartnerReceipt:
    """The result of a partner's file. Times are UTC.

    Attributes:
        changes: the changes per cause: ``cause``, ``records`` and ``means`` (the cause in words).
        held: the rows held back, by clause.
        unlisted_rows: the rows it brought in places that no lookup listed when it was landed.
        unlisted_places: how many such places.
        placeless_rows: the rows it brought whose file gives no place.
        unclassified_rows: the rows it brought of an offence class that the list of classes does not hold.
        unclassified_codes: the codes of these classes.
        unclassified_described: how many of these classes are given in words and not by a code.
        rule: the clause a refused file broke.
        error: why a file was refused, and what to do about it.
        hidden_rows: rows of a workbook's table that are hidden, and read; its columns likewise.
        hidden_sheets: hidden sheets of a workbook, which are not read.
        archive_sha256: the hash of the archive that the file came in.
        stored: what became of the bytes: ``kept`` or ``deleted``.
        fetched_from: the address that the file was fetched from; None if it was sent.
        publisher_date: the date that the publisher gave a fetched file; None if it gave none.
    """

    delivery_id: int
    feed: str
    title: str
    file_name: str | None
    received_at: dt.datetime
    published_at: dt.datetime
    sha256: str
    bytes: int
    contract_version: str
    status: str
    cells: Sequence[str]
    stale_cells: Sequence[str]
    rows_read: int
    rows_accepted: int
    rows_held: int
    rows_skipped: int
    changes: Sequence[Mapping[str, Any]] = field(default_factory=list)
    held: Sequence[HeldRule] = field(default_factory=list)
    unlisted_rows: int = 0
    unlisted_places: int = 0
    placeless_rows: int = 0
    unclassified_rows: int = 0
    unclassified_codes: Sequence[str] = ()
    unclassified_described: int = 0
    rule: str | None = None
    error: str | None = None
    hidden_rows: int | None = 0
    hidden_columns: int | None = 0
    hidden_sheets: int | None = 0
    archive_sha256: str | None = None
    stored: str = "kept"
    fetched_from: str | None = None
    publisher_date: dt.datetime | None = None

    def as_row(self) -> dict[str, Any]:
        """Return the receipt as a mapping for JSON."""
        return asdict(self)


def partner_receipt(
    receipt: Mapping[str, Any],
    feed: Outline,
    held: Sequence[tuple[str, str | None, int, Sequence[tuple[int, int]], int]],
    *,
    nowhere: NotPlaced | None = None,
    unclassified: Unclassified | None = None,
) -> PartnerReceipt:
    """Put a receipt into a partner's words.

    Args:
        receipt: a row of ``deliveries()``.
        feed: the outline of its feed's contract as it is now.
        held: per rule and column: the number of rows, the first ranges of row numbers, and the rows left out.
        nowhere: the rows it brought that cannot be placed.
        unclassified: the rows it brought of an offence class that the list of classes does not hold.
    """
    unknown, lost = unclassified or Unclassified(), nowhere or NotPlaced()
    rule, error = _refusal(receipt)
    return PartnerReceipt(
        **{name: receipt[name] for name in (
            "delivery_id", "feed", "received_at", "published_at", "sha256", "bytes", "contract_version", "status",
            "cells", "stale_cells", "rows_read", "rows_accepted", "rows_skipped",
            "hidden_rows", "hidden_columns", "hidden_sheets", "archive_sha256", "stored",
            "fetched_from", "publisher_date",
        )},
        title=feed.title,
        file_name=receipt["file_name"] and _printable(receipt["file_name"]),
        rows_held=receipt["rows_quarantined"],
        changes=[
            {"cause": cause, "records": records, "means": _means(cause, feed)}
            for cause, records in receipt["changes"].items()
        ],
        held=[_held(feed, *one) for one in held],
        unlisted_rows=lost.unlisted,
        unlisted_places=lost.places,
        placeless_rows=lost.without,
        unclassified_rows=unknown.rows,
        unclassified_codes=tuple(unknown.codes),
        unclassified_described=unknown.described,
        rule=rule,
        error=error,
    )  # fmt: skip


def _held(
    feed: Outline,
    rule: str,
    column: str | None,
    rows: int,
    ranges: Sequence[tuple[int, int]],
    left: int,
) -> HeldRule:
    says, mend = rule_words(feed.clauses, rule, column)
    shown = ", ".join(f"{low}-{high}" if high > low else str(low) for low, high in ranges)
    return HeldRule(
        rule=rule,
        column=None if column is None else feed.headings.get(column, column),
        rows=rows,
        row_numbers=f"{shown} and {left:,} more" if left else shown,
        says=says,
        mend=mend,
    )


def _means(cause: str, feed: Outline) -> str:
    """Return a cause in words; those of the contract are changes of a column."""
    columns = [column for column, named in feed.causes.items() if named == cause]
    if not columns:
        return _CAUSES.get(cause, "records changed")
    return f"records {cause}: another {' or '.join(feed.headings[one] for one in columns)} than before"


def _refusal(receipt: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the clause a refused file broke and the words for it; neither if the file was not refused."""
    if receipt["message"] is None:
        return None, None
    row = f"Row {receipt['error_row']:,}: " if receipt["error_row"] is not None else ""
    return receipt["rule"], _printable(row + receipt["message"])


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def as_markdown(receipt: PartnerReceipt) -> str:
    """Return the receipt as a page."""
    parts = [
        f"# Receipt {receipt.delivery_id}: {receipt.title}",
        f"**{_STATUS.get(receipt.status, receipt.status)}**",
        *([receipt.error] if receipt.error else []),
        table(("", ""), _facts(receipt)),
    ]
    if receipt.status == "accepted":
        parts += ["## What changed since last time", *_changes(receipt)]
    if receipt.held:
        parts += ["## Rows held back", *_held_rows(receipt)]
    return "\n\n".join(parts) + "\n"


def _facts(receipt: PartnerReceipt) -> list[tuple[str, str]]:
    facts = [
        ("File", _code(receipt.file_name) if receipt.file_name else "its name is not one that is agreed"),
        ("Received", f"{receipt.received_at:%Y-%m-%d %H:%M} UTC"),
        ("Published", f"{receipt.published_at:%Y-%m-%d %H:%M} UTC"),
        ("SHA-256", _code(receipt.sha256) if receipt.sha256 else "not taken"),
        ("Size", f"{receipt.bytes:,} bytes"),
        ("Bytes", "kept" if receipt.stored == "kept" else "deleted; only their hash is kept"),
        ("Contract", f"`{receipt.feed}` {receipt.contract_version}"),
    ]
    if receipt.fetched_from:
        facts.append(("Fetched from", _fetched(receipt)))
    if receipt.archive_sha256:
        facts.append(("Came in the archive", _code(receipt.archive_sha256)))
    if receipt.rule:
        facts.append(("Clause", _code(receipt.rule)))
    if receipt.cells:
        facts.append(("Covers", _cells(receipt.cells)))
    if receipt.stale_cells:
        facts.append(("Not changed", f"{_cells(receipt.stale_cells)}: a later file of yours covers them"))
    if receipt.status in {"accepted", "stale"}:
        facts.append(("Rows", _rows(receipt)))
    nowhere = NotPlaced(unlisted=receipt.unlisted_rows, places=receipt.unlisted_places, without=receipt.placeless_rows)
    if nowhere:
        facts.append(("Not placed", not_placed_text(nowhere)))
    if receipt.unclassified_rows:
        unknown = Unclassified(
            rows=receipt.unclassified_rows, codes=receipt.unclassified_codes, described=receipt.unclassified_described
        )
        facts.append(("Not classified", unclassified_text(unknown)))
    if hidden := hidden_words(receipt.as_row()):
        facts.append(("Hidden", f"{hidden}. Show what is meant and delete what is not, so that nobody is surprised"))
    return facts


def _fetched(receipt: PartnerReceipt) -> str:
    date = f"{receipt.publisher_date:%Y-%m-%d %H:%M} UTC" if receipt.publisher_date else None
    told = f"the publisher's date is {date}" if date else "the publisher gave no date, so the day it was fetched counts"
    return f"{_code(_printable(receipt.fetched_from or ''))}; {told}"


def hidden_words(receipt: Mapping[str, Any]) -> str | None:
    """Return what the workbook of a receipt hides, in words; None if it hides nothing."""
    read = [
        _number(receipt[name], word)
        for name, word in (("hidden_rows", "row"), ("hidden_columns", "column"))
        if receipt[name]
    ]
    sheets = _number(receipt["hidden_sheets"], "sheet") if receipt["hidden_sheets"] else ""
    parts = [*([f"{' and '.join(read)} (read)"] if read else []), *([f"{sheets} (not read)"] if sheets else [])]
    return " and ".join(parts) or None


def _number(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _rows(receipt: PartnerReceipt) -> str:
    parts = f"{receipt.rows_accepted:,} accepted + {receipt.rows_held:,} held back + {receipt.rows_skipped:,} skipped"
    return f"{receipt.rows_read:,} read = {parts} as blank rows, titles, totals or notes"


def _cells(cells: Sequence[str]) -> str:
    if len(cells) > 3:
        return f"{_code(cells[0])} to {_code(cells[-1])}, {len(cells)} in all"
    return ", ".join(_code(cell) for cell in cells)


def _code(text: str) -> str:
    return f"`{text.replace('`', '?')}`"


def _changes(receipt: PartnerReceipt) -> list[str]:
    if not receipt.changes:
        return ["Nothing: the file has the same content as what you sent before."]
    rows = [(one["cause"], f"{one['records']:,}", one["means"]) for one in receipt.changes]
    return [table(("cause", "how many", "what it means"), rows)]


def _held_rows(receipt: PartnerReceipt) -> list[str]:
    rows = [(one.column or "the row", f"{one.rows:,}", one.row_numbers, one.says, one.mend) for one in receipt.held]
    return [
        _MEND,
        table(("column", "rows", "row numbers", "what is agreed", "how to mend it"), rows),
    ]
