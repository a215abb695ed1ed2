"""``trace``: from a number to rows of files, from a row to numbers, from a delivery to its changes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safer_kpi.cli.options import By, Csv, Home, Json
from safer_kpi.cli.output import say

if TYPE_CHECKING:
    from safer_kpi.reading.lake import Lake
    from safer_kpi.reading.table import Table

# An area may take many postings of one entry: for people they are one line per cause and file.
_BY_FILE = """
SELECT metric_id, measure, entry, CAST(posted_at AS DATE) AS posted, cause, sum(weight) AS amount, delivery_id,
  evidence_delivery_id AS evidence, file_name, substr(sha256, 1, 12) AS sha256, fetched_from,
  CAST(publisher_date AS DATE) AS publisher_date,
  contract_version AS contract,
  list(source_row ORDER BY source_row) AS rows
FROM this
GROUP BY ALL
ORDER BY metric_id, measure, entry, cause, file_name
"""
# A month lies in twelve rolling years: for people they are one line per metric and area.
_STAYS = """
SELECT metric_id, part, breakdown, measure, area_name, area_type,
  string_agg(periods, ', ' ORDER BY position(
    period_type IN 'month quarter calendar_quarter year calendar_year rolling12 rolling36')) AS periods,
  weight,  entry, cause, out_entry, out_cause, list_sort(list_distinct(flatten(flatten(list(releases))))) AS releases
FROM (
  SELECT metric_id, part, breakdown, measure, area_code, area_name, area_type, weight, entry, cause, out_entry,
    out_cause, period_type, min(period) || CASE WHEN count(*) > 1 THEN ' to ' || max(period) ELSE '' END AS periods,
    list(releases) AS releases
  FROM this
  GROUP BY metric_id, part, breakdown, measure, area_code, area_name, area_type, weight, entry, cause, out_entry,
    out_cause, period_type
)
GROUP BY metric_id, part, breakdown, measure, area_code, area_name, area_type, weight, entry, cause, out_entry,
  out_cause
ORDER BY metric_id, part, breakdown, measure, area_type, area_code, entry
"""
_CHANGES = """
SELECT metric_id, kind, cause, min(period) AS first, max(period) AS last,
  CAST(sum(amount) FILTER (amount > 0) AS BIGINT) AS added, CAST(sum(amount) FILTER (amount < 0) AS BIGINT) AS taken,
  count(DISTINCT area_code) AS areas
FROM this
WHERE breakdown = 'all'
  AND (area_type IN ('ward', 'unplaced')
    OR metric_id NOT IN (SELECT metric_id FROM this WHERE area_type IN ('ward', 'unplaced')))
GROUP BY metric_id, kind, cause
ORDER BY metric_id, kind, cause
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("trace")(trace)


def trace(
    metric: Annotated[str | None, typer.Argument(help="A metric's id, as the command metrics lists them.")] = None,
    *,
    area: Annotated[str | None, typer.Option("--area", help="An area's code or exact name.")] = None,
    period: Annotated[str | None, typer.Option("--period", help="2024-05, 2024-25-Q1, 2024-25 or 2025-03-R12.")] = None,
    by: By = None,
    breakdown: Annotated[str | None, typer.Option("--breakdown", help="One part of the metric, such as sex:F.")] = None,
    release: Annotated[str | None, typer.Option("--release", help="A release id, or now.")] = None,
    known_at: Annotated[
        str | None, typer.Option("--known-at", help="A date (its end in the UK) or a time (UTC).")
    ] = None,
    delivery: Annotated[
        str | None, typer.Option("--delivery", help="A delivery's number, file name or SHA-256, to list its changes.")
    ] = None,
    row: Annotated[
        int | None, typer.Option("--row", help="With --delivery: a row of its file, to list the numbers that count it.")
    ] = None,
    home: Home = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Trace a number to its rows, a row (--delivery, --row) to its numbers, a delivery to its changes."""
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.options import open_lake
    from safer_kpi.domain.periods import period_type
    from safer_kpi.errors import UsageError

    lake = open_lake(home)
    of_number = (metric, area, period, by, breakdown, release, known_at)
    if delivery is not None and any(given is not None for given in of_number):
        raise UsageError("METRIC and --delivery cannot be combined.", next_action="Use only one of them.")
    if delivery is not None:
        table = lake.trace_delivery(delivery) if row is None else lake.trace_row(delivery, row)
        tell = _tell_delivery if row is None else _tell_row
    elif metric is None or area is None or period is None or row is not None:
        raise UsageError(
            "A number needs a metric, an area and a period; a row needs a delivery.",
            next_action="Give METRIC --area AREA --period PERIOD, or --delivery NUMBER [--row NUMBER].",
        )
    else:
        table = lake.trace(
            metric,
            area=area,
            period=period,
            by=period_type(by),
            breakdown=breakdown,
            release=release,
            known_at=known_at,
        )
        tell = _tell_number
    note = _note(table)
    extra = {"note": note} if note else {}
    if not ((json or csv) and printed(table.rows(), table.columns, json=json, csv=csv, **extra)):
        tell(lake, table, delivery)


def _tell_number(_lake: "Lake", table: "Table", _delivery: str | None) -> None:
    from safer_kpi.cli.output import emit, row_ranges

    rows = table.query(_BY_FILE).rows()
    for line in rows:
        line["rows"] = row_ranges([number for number in line["rows"] if number is not None])
        line["amount"] = int(line["amount"])
    emit(rows, as_json=False, columns=_told(rows), empty="Nothing was posted there.")
    if note := _note(table):
        say(note)


def _note(table: "Table") -> str | None:
    """Return the note on evidence that stays in the lake."""
    from safer_kpi.reading.display import left_in_lake

    return left_in_lake(table.columns, [tuple(row.values()) for row in table.rows()])


def _tell_row(_lake: "Lake", table: "Table", _delivery: str | None) -> None:
    from safer_kpi.cli.output import print_table, text

    first = table.rows()[0]
    of = f"{text(first['file_name'])}, delivery" if first["file_name"] else "delivery"
    say(f"Row {first['source_row']} of {of} {first['delivery_id']}:")
    if first["outcome"] != "posted":
        say(f"{first['outcome']}. {first['reason']}")
        return
    rows = table.query(_STAYS).rows()
    print_table(rows, _told(rows))
    live = table.query("SELECT count(*) AS n FROM this WHERE out_entry IS NULL").rows()[0]["n"]
    say(f"It is in {live:,} numbers now." if live else "It is in no number any more.")


def _tell_delivery(lake: "Lake", table: "Table", delivery: str | None) -> None:
    from safer_kpi.cli.output import print_table, text
    from safer_kpi.reading.tracing.row import find_delivery

    number = find_delivery(lake, delivery or "")["delivery_id"]
    of_it = f"SELECT * FROM this WHERE delivery_id = {number}"
    receipt = lake.deliveries().query(of_it).rows()[0]
    say(
        f"Delivery {number}, {receipt['feed']}: {text(receipt['file_name'] or 'its name is not known')}, received "
        f"{receipt['received_at']:%Y-%m-%d}, {receipt['status']}; records changed: "
        f"{text(receipt['changes']) or 'none'}."
    )
    if receipt["fetched_from"]:
        dated = f", dated {receipt['publisher_date']:%Y-%m-%d} there" if receipt["publisher_date"] else ""
        typer.echo(f"Fetched from {text(receipt['fetched_from'])}{dated}.")
    rows = table.query(_CHANGES).rows()
    if rows:
        print_table(rows, _told(rows), title="What it changed in the smallest areas")
    else:
        say("It changed no number.")


def _told(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns with information: a column that holds only its default is left out."""
    silent = {"measure": {"amount"}, "part": {"numerator"}, "breakdown": {"all"}, "kind": {"delivery"}}
    return [
        column
        for column in (rows[0] if rows else {})
        if any(line[column] not in (None, []) for line in rows)
        and {str(line[column]) for line in rows} != silent.get(column)
    ]
