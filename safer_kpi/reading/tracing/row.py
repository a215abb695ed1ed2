"""The trace from a row of a partner's file to every number that counts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.errors import NotFound, UsageError
from safer_kpi.reading.book import MAIN
from safer_kpi.reading.display import IN_THE_LAKE
from safer_kpi.reading.older import denominator_year, listed, resident_ledgers
from safer_kpi.reading.table import Table
from safer_kpi.reading.tracing.evidence import evidence_alias, same_posting
from safer_kpi.reading.tracing.trace import EVERY_AREA
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from safer_kpi.reading.picture import Picture

COLUMNS = (
    "delivery_id",
    "file_name",
    "source_row",
    "outcome",
    "reason",
    "metric_id",
    "part",
    "area_code",
    "area_name",
    "area_type",
    "period",
    "period_type",
    "breakdown",
    "measure",
    "weight",
    "entry",
    "posted_at",
    "cause",
    "out_entry",
    "out_posted_at",
    "out_cause",
    "releases",
)


def trace_row_table(lake: Picture, delivery: int | str, source_row: int) -> Table:
    """Return the table that ``Lake.trace_row`` documents."""
    lake.require_evidence("source rows")
    receipt = find_delivery(lake, delivery)
    if source_row < 2:
        raise UsageError(
            f"Row {source_row} is not a data row, because the header is row 1.", next_action="Use row 2 or later."
        )
    held = evidence_alias(lake)
    if held is not None:
        table = Table(lake.book, _numbers(lake, receipt, source_row, held), COLUMNS)
        if len(table):
            return table
    row = {"delivery_id": receipt["delivery_id"], "file_name": receipt["file_name"], "source_row": source_row}
    told = _never_posted(lake, receipt, source_row)
    if held is None and told[0] == "not posted":
        told = ("not known", f"{IN_THE_LAKE} Open the lake itself to trace a row.")
    row |= dict(zip(("outcome", "reason"), told, strict=True))
    given = {name: literal(value) for name, value in row.items() if value is not None}
    single = ", ".join(f"{given.get(name, _NOTHING[name])} AS {name}" for name in COLUMNS)
    return Table(lake.book, f"SELECT {single}", COLUMNS)


_TYPES = {
    "weight": "BIGINT",
    "entry": "BIGINT",
    "posted_at": "TIMESTAMP",
    "out_entry": "BIGINT",
    "out_posted_at": "TIMESTAMP",
    "releases": "VARCHAR[]",
}
_NOTHING = {name: f"CAST(NULL AS {_TYPES.get(name, 'VARCHAR')})" for name in COLUMNS}


def _name(receipt: dict[str, Any]) -> str:
    """Return the SQL of a file's name; NULL if its contract knows nothing of it."""
    name = receipt["file_name"]
    return _NOTHING["file_name"] if name is None else literal(name)


def find_delivery(lake: Picture, delivery: int | str) -> dict[str, Any]:
    """Return the receipt of a delivery, given its number, file name or the first eight or more digits of its SHA-256.

    Raises:
        NotFound: no delivery matches.
        UsageError: several deliveries match; the error lists their numbers.
    """
    text = str(delivery)
    if text.isdecimal() and len(text) < 8:
        where = f"delivery_id = {int(text)}"
    else:
        start = f"OR starts_with(sha256, {literal(text.lower())})" if len(text) >= 8 else ""
        where = f"file_name = {literal(text)} {start}"
    names, rows = lake.book.read(
        "SELECT delivery_id, feed, file_name, status, rows_read, rows_skipped, stale_cells, entry "
        f"FROM kpi.delivery WHERE {where} ORDER BY delivery_id"
    )
    if not rows:
        last = lake.book.read("SELECT max(delivery_id) FROM kpi.delivery")[1][0][0] or 0
        raise NotFound(
            f"No delivery {text[:80]!r} is in this read file; the last one is {last}.",
            next_action="Run safer-kpi build if it was landed since the last build, or list with safer-kpi deliveries.",
        )
    if len(rows) > 1:
        numbers = ", ".join(str(row[0]) for row in rows[:8]) + (" …" if len(rows) > 8 else "")
        raise UsageError(f"{len(rows)} deliveries are called {text[:80]!r}.", next_action=f"Give a number: {numbers}.")
    return dict(zip(names, rows[0], strict=True))


def _numbers(lake: Picture, receipt: dict[str, Any], source_row: int, held: str) -> str:
    """Return the query for one row per number and stay: the entry that added the row and, if any, the removing one.

    ``held`` is the attached file that has the evidence; of another one's postings, those of this book are read.
    """
    own = "" if held == MAIN else f"SEMI JOIN kpi.ledger AS own ON {same_posting('l', 'own')}"
    return f"""
        WITH hit AS (
          SELECT r, sum(origin.weight) AS weight
          FROM (
            SELECT rowid AS r, unnest(evidence) AS origin FROM {held}.kpi.ledger
            WHERE entry >= {receipt["entry"] or 0}
          )
          WHERE origin.source_row = {source_row} AND origin.delivery_id = {receipt["delivery_id"]}
          GROUP BY r
        ), posted AS (
          SELECT l.metric_id, l.area_code, l.la_code, l.force_code, l.period_type, l.month, l.breakdown, l.measure,
            l.entry, any_value(l.posted_at) AS posted_at, string_agg(DISTINCT l.cause, ', ' ORDER BY l.cause) AS cause,
            sum(hit.weight) AS step
          FROM hit JOIN {held}.kpi.ledger AS l ON l.rowid = hit.r {own}
          GROUP BY l.metric_id, l.area_code, l.la_code, l.force_code, l.period_type, l.month, l.breakdown, l.measure,
            l.entry
          HAVING sum(hit.weight) <> 0
        ), leveled AS (
          SELECT *, {EVERY_AREA} AS area FROM posted
        ), part AS (
          SELECT metric_id, 'numerator' AS part, numerator AS ledger_id FROM kpi.metric
          UNION ALL SELECT metric_id, 'denominator', denominator FROM kpi.metric WHERE denominator IS NOT NULL
        ), number AS (
          SELECT metric_id, area_code, period, period_type, period_start, period_end, breakdown,
            {denominator_year(lake.book)} AS denominator_year, CAST(NULL AS VARCHAR) AS release_id,
            {lake.book.last_entry} AS last_entry
          FROM kpi.observation
          UNION ALL
          SELECT o.metric_id, o.area_code, o.period, o.period_type, o.period_start, o.period_end, o.breakdown,
            o.year, r.release_id, r.last_entry
          FROM (SELECT *, {denominator_year(lake.book, "certified")} AS year FROM kpi.certified) AS o
          JOIN kpi.release AS r ON r.release_id = o.release_id
        ), known AS (
          SELECT p.ledger_id, p.metric_id, p.part, n.area_code, n.period, n.period_type, n.period_start, n.period_end,
            n.breakdown, n.denominator_year, n.release_id, n.last_entry, coalesce(m.additive, TRUE) AS is_summed
          FROM part AS p JOIN number AS n ON n.metric_id = p.metric_id
          LEFT JOIN kpi.metric AS m ON m.metric_id = p.ledger_id
          WHERE p.ledger_id IN (SELECT metric_id FROM posted)
        ), found AS (
          SELECT known.metric_id, known.part, known.area_code, known.period, known.period_type, known.period_start,
            known.breakdown, leveled.measure, leveled.entry, any_value(leveled.posted_at) AS posted_at,
            string_agg(DISTINCT leveled.cause, ', ' ORDER BY leveled.cause) AS cause, sum(step) AS step,
            known.release_id, known.last_entry
          FROM leveled JOIN known
            ON known.ledger_id = leveled.metric_id AND known.area_code = leveled.area
            AND known.breakdown = leveled.breakdown
            AND CASE
              WHEN leveled.metric_id IN ({listed(resident_ledgers(lake.book))})
                THEN known.denominator_year = EXTRACT(YEAR FROM leveled.month)
              WHEN known.is_summed THEN leveled.month BETWEEN known.period_start AND known.period_end
              ELSE leveled.period_type = known.period_type AND leveled.month = known.period_start
            END
          GROUP BY known.metric_id, known.part, known.area_code, known.period, known.period_type, known.period_start,
            known.breakdown, leveled.measure, leveled.entry, known.release_id, known.last_entry
        ), line AS (
          SELECT metric_id, part, area_code, period, period_type, period_start, breakdown, measure, entry,
            any_value(posted_at) AS posted_at, any_value(cause) AS cause, any_value(step) AS step
          FROM found GROUP BY metric_id, part, area_code, period, period_type, period_start, breakdown, measure, entry
        ), stay AS (
          SELECT *, sum(step) OVER cell AS weight, lead(entry) OVER cell AS out_entry,
            lead(posted_at) OVER cell AS out_posted_at, lead(cause) OVER cell AS out_cause
          FROM line
          WINDOW cell AS (PARTITION BY metric_id, part, area_code, period, period_type, breakdown, measure
            ORDER BY entry)
        ), certified AS (
          SELECT metric_id, part, area_code, period, period_type, breakdown, measure, release_id, last_entry
          FROM found WHERE release_id IS NOT NULL GROUP BY ALL
        )
        SELECT {receipt["delivery_id"]} AS delivery_id, {_name(receipt)} AS file_name,
          {source_row} AS source_row, 'posted' AS outcome, CAST(NULL AS VARCHAR) AS reason, s.metric_id, s.part,
          s.area_code, a.area_name, a.area_type, s.period, s.period_type, s.breakdown, s.measure,
          CAST(s.weight AS BIGINT) AS weight, s.entry, s.posted_at, s.cause, s.out_entry, s.out_posted_at, s.out_cause,
          coalesce(list(c.release_id ORDER BY c.release_id) FILTER (c.release_id IS NOT NULL), []) AS releases
        FROM stay AS s
        LEFT JOIN kpi.area AS a ON a.area_code = s.area_code
        LEFT JOIN certified AS c
          ON c.metric_id = s.metric_id AND c.part = s.part AND c.area_code = s.area_code AND c.period = s.period
          AND c.period_type = s.period_type AND c.breakdown = s.breakdown AND c.measure = s.measure
          AND c.last_entry >= s.entry AND (s.out_entry IS NULL OR c.last_entry < s.out_entry)
        WHERE s.weight <> 0
        GROUP BY ALL
        ORDER BY s.metric_id, s.part, s.breakdown, s.measure, a.area_type, s.area_code, s.period_type, s.period,
          s.entry
    """


def _never_posted(lake: Picture, receipt: dict[str, Any], source_row: int) -> tuple[str, str]:
    """Return the outcome of a row without postings, and the reason, as far as this read file shows it."""
    if receipt["status"] in {"refused", "duplicate"}:
        return receipt["status"], f"The whole file was {_REFUSED[receipt['status']]}, so none of its rows posted."
    if lake.book.has_table("quarantine"):
        held = lake.book.read(
            "SELECT DISTINCT rule, column_name FROM kpi.quarantine "
            f"WHERE delivery_id = {receipt['delivery_id']} AND source_row = {source_row} ORDER BY rule, column_name"
        )[1]
        if held:
            rules = ", ".join(rule + (f" ({column})" if column else "") for rule, column in held)
            return "quarantined", f"The row failed these row checks of the contract: {rules}."
    if receipt["status"] == "stale":
        return "stale", "Every cell of the file was already live from a later publication."
    reasons = ["an earlier delivery already contained the same row", "no metric counts this row"]
    if receipt["stale_cells"]:
        reasons.append(f"its cell is one of {len(receipt['stale_cells'])} already live from a later publication")
    if receipt["rows_skipped"]:
        reasons.append(f"it is one of {receipt['rows_skipped']:,} rows that the contract skips")
    size = f"the file has {receipt['rows_read'] or 0:,} rows below its header"
    return "not posted", f"No posting rests on the row: {', or '.join(reasons)}; {size}."


_REFUSED = {"refused": "refused", "duplicate": "a duplicate of an earlier delivery"}
