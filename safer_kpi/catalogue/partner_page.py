"""A feed's contract as a page for the partner who sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.check_words import check_words, column_words, header_of
from safer_kpi.catalogue.definition_page import table
from safer_kpi.catalogue.marks import MEANINGS
from safer_kpi.catalogue.odcs import FORBIDDEN
from safer_kpi.domain.spans import SPAN_KINDS

if TYPE_CHECKING:
    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.catalogue.layouts import Layout

_PERIODS = {"weekly": "week", "monthly": "month", "quarterly": "financial quarter", "yearly": "year"}


def partner_page(feed: Feed) -> str:
    """Return the page, as Markdown."""
    parts = [
        f"# {feed.title}",
        f"Feed `{feed.name}`, contract version {feed.version}. Sent by: {feed.owner}. Legal basis: {feed.legal_basis}.",
        "## What to send, and when",
        "\n".join(f"- {line}" for line in _terms(feed)),
    ]
    for layout in feed.layouts:
        parts += _layout(feed, layout)
    parts += [
        "## What may never be in it",
        FORBIDDEN,
        *_pseudonyms(feed),
        "## What becomes of it",
        "\n".join(f"- {line}" for line in _handling(feed)),
    ]
    return "\n\n".join(parts) + "\n"


def _terms(feed: Feed) -> list[str]:
    period = _PERIODS.get(feed.cadence, "period")
    if feed.cell.kind in {"calendar_quarter", "calendar_year", "academic_year", "week"}:
        period = SPAN_KINDS[feed.cell.kind].words
    lines = [f"One file for every {period}"]
    if parts := tuple(getattr(feed, "parts", ())):
        lines[0] += f", from each of: {', '.join(parts)}"
    due = getattr(feed, "due_after_days", None)
    lines[0] += f", within {due} days of its end." if due is not None else "."
    if source := getattr(feed, "source", None):
        lines.append(f"{source.words} Nothing needs to be sent; a file that is sent all the same counts too.")
    if window := getattr(feed, "window", None):
        lines.append(
            "The file's name says the first and the last month it covers. Send those months whole: a row that is "
            f"missing counts as withdrawn. The month of a row is that of its {_header(feed, window['row'])!r}."
        )
    if feed.file_name is not None:
        lines.append(f"Name it like `{feed.file_name_example}`: the name says what the file covers.")
    lines.append(format_words(feed))
    if unpivot := getattr(feed, "unpivot", None):
        lines.append(
            f"One column for each {unpivot['name'].replace('_', ' ')}, its header the value, such as "
            f"{'a date, 2024-05, May-24 or May 2024' if unpivot.get('reads') == 'month' else 'a year'}; "
            f"the cells below hold the {unpivot['value'].replace('_', ' ')}."
        )
    lines.append(_nil(feed))
    return lines


def format_words(feed: Feed) -> str:
    """Return what kind of file a partner sends, in sentences."""
    workbook = feed.dialect.get("workbook")
    if workbook:
        told = "A workbook (.xlsx or .ods)"
        told += f", the data on the sheet {workbook['sheet']!r}" if workbook.get("sheet") else ""
        rows = int(workbook.get("header_rows", 1))
        told += f", under a header of {rows} rows" if rows > 1 else ""
        told += ". Nothing in it may be hidden" if workbook.get("hidden") == "refused" else ""
        return f"{told}. Titles above and notes below the table may stay."
    if "json_lines" in feed.dialect:
        return "A file of JSON lines in UTF-8: one object with the agreed names on each line."
    if "parquet" in feed.dialect:
        return "A Parquet file with the agreed columns: texts, numbers and days."
    dialect = feed.dialect
    delimiter = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}.get(dialect.get("delimiter", ","))
    wide = any(str(encoding).casefold().startswith("utf-16") for encoding in dialect.get("encodings", ()))
    rows = int(dialect.get("header_rows", 1))
    told = f"A CSV file with a header{f' of {rows} rows' if rows > 1 else ''}, its fields divided by "
    told += f"{delimiter or 'the agreed sign'}, in {'UTF-16 or UTF-8' if wide else 'UTF-8'}."
    if dialect.get("header_starts"):
        told += " Titles above the header may stay."
    return told + (" Notes below the table may stay." if dialect.get("ends_at") else "")


def _nil(feed: Feed) -> str:
    if feed.nil_return is None:
        return "There is no nil return: an empty file is refused."
    if feed.nil_return == "header_only":
        return "Nothing to report: send the file with its header and no row. No file is not a nil return."
    return f"Nothing to report: send the file with the words {feed.nil_return!r}. No file is not a nil return."


def _layout(feed: Feed, layout: Layout) -> list[str]:
    title = "## Columns" if len(feed.layouts) == 1 else f"## Columns of the layout `{layout.name}`"
    made = set()
    if unpivot := getattr(feed, "unpivot", None):
        made = {unpivot["name"], unpivot["value"]}
    rows = []
    for column in layout.columns:
        declared = layout.schema.columns[column]
        headers = list(dict.fromkeys((declared.metadata or {}).get("headers", ()) or (column,)))
        names = ", ".join(f"`{header}`" for header in headers) if column not in made else "*(from the year columns)*"
        asked = "; ".join(column_words(layout, column)) or "any text"
        rows.append((names, declared.description or "", asked, "may be empty" if declared.nullable else "required"))
    parts = [
        title,
        layout.schema.description or "",
        "Every column must be there, in any order, under one of its headers; capitals and spaces do not matter.",
        table(("header", "what it is", "what a value must be", ""), rows),
    ]
    if marks := _marks(feed, layout):
        parts += ["Marks of official statistics may stand instead of a figure or behind it:", marks]
    if layout.schema.checks:
        parts.append("And of every row:\n\n" + "\n".join(f"- {check_words(check)}" for check in layout.schema.checks))
    if feed.ignored_headers:
        parts.append(f"Not read, and not needed: {', '.join(f'`{name}`' for name in sorted(feed.ignored_headers))}.")
    return [part for part in parts if part]


def _marks(feed: Feed, layout: Layout) -> str:
    """Return the table of the marks that may stand in a layout's figures; nothing where it has no figure."""
    marks: dict[str, str] = {}
    for column in layout.columns:
        marks |= (layout.schema.columns[column].metadata or {}).get("marks", {})
    if marks:
        marks |= getattr(feed, "marks", None) or {}
    rows = [
        (f"`{mark}`", MEANINGS[meaning].words, "yes" if MEANINGS[meaning].counts else "no")
        for mark, meaning in marks.items()
    ]
    return table(("mark", "what it says", "does a figure before it count?"), rows) if rows else ""


def _pseudonyms(feed: Feed) -> list[str]:
    found = [
        f"`{header_of(layout, column)}`"
        for layout in feed.layouts
        for column in layout.columns
        if (layout.schema.columns[column].metadata or {}).get("pseudonym")
    ]
    if not found:
        return []
    return [f"Your own reference may stand in {', '.join(dict.fromkeys(found))}: we keep a keyed hash of it, never it."]


_RECEIPT = "You get a receipt: what was accepted, what was held back and why, by row number, and what changed."
_HELD = """A row that breaks a check is held back; the others count. A file that cannot be read as agreed is refused
whole, and what you sent before still stands."""
_CORRECTION = """To correct something, send the whole file again under the same name with a later publication date: it
replaces what the earlier one said of the same period. Nothing is overwritten; the change is kept with its cause."""
_WITHDRAWAL = """A file that would withdraw more than {share:.0%} of what you had sent is refused until somebody
confirms with you that it is meant."""


_KEPT = """We keep the file without a limit of time, because it holds {rule}."""
_RETENTION = """We delete the file {months} months after we receive it, under {rule}; the numbers made from it stay."""


def _handling(feed: Feed) -> list[str]:
    clauses = (_RECEIPT, _HELD, _CORRECTION, _WITHDRAWAL.format(share=feed.max_withdrawn_share))
    lines = [" ".join(line.split()) for line in clauses]
    if (kept := getattr(feed, "retention", None)) is not None:
        text = _KEPT if kept.months is None else _RETENTION
        lines.append(text.format(months=kept.months, rule=kept.rule))
    keys = [_header(feed, column) for column in feed.key]
    if keys:
        told = " and ".join(repr(name) for name in keys)
        lines.insert(2, f"{told} {'tells' if len(keys) == 1 else 'together tell'} a record: keep it from file to file.")
    return lines


def _header(feed: Feed, column: str) -> str:
    for layout in feed.layouts:
        if column in layout.columns:
            return header_of(layout, column)
    return column
