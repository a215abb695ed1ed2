"""Read the header: the first record of a file, which names the columns."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused

if TYPE_CHECKING:
    from safer_kpi.intake.dialect import Dialect

MOST_COLUMNS = 4096
_OTHER_DELIMITERS = ",;\t|"


def read_header(head: bytes, encoding: str, dialect: Dialect) -> tuple[str, ...]:
    """Return the column names, exactly as written, from the first bytes of the content (byte order mark removed).

    Columns without a name at the end, as spreadsheets write them, are there with an empty text: they must be empty.

    Raises:
        InputRefused: ``header`` (blank, repeated or too many names), ``delimiter``, ``unclosed_quote`` or ``quote``.
    """
    text = codecs.getincrementaldecoder(encoding)("strict").decode(head)
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True
    )
    try:
        names = tuple(next(reader))
    except csv.Error as error:
        raise InputRefused(
            f"The header cannot be read: {quote_fault(error)[1]}.",
            rule=quote_fault(error)[0],
            row=1,
            next_action="Ask the partner to export the file again with its quotes closed and doubled.",
        ) from None
    if not any(name.strip() for name in names):
        raise _refused(
            "The first line is blank, but it must name the columns.",
            "Ask the partner to remove lines above it, or declare header_starts in the contract's dialect.",
        )
    _refuse_other_delimiter(names, dialect)
    if len(names) > MOST_COLUMNS:
        raise _refused(
            f"The header names {len(names):,} columns; {MOST_COLUMNS:,} is the most that is read.",
            "Ask the partner whether this is the right file.",
        )
    last = max(place for place, name in enumerate(names, 1) if name.strip())
    names = names[:last] + ("",) * (len(names) - last)
    if last == 1 < len(names):
        raise _refused(
            f"The first line names 1 of {len(names)} columns: it may be a title.",
            "Ask the partner to remove lines above the header, or declare header_starts in the contract's dialect.",
        )
    blank = [place for place, name in enumerate(names[:last], 1) if not name.strip()]
    if blank:
        raise _refused(
            f"Column {blank[0]} of {len(names)} has no name in the header.",
            "Ask the partner to name it, or to remove the empty column.",
        )
    repeated = [name for name, times in Counter(name.strip() for name in names[:last]).items() if times > 1]
    if repeated:
        places = [str(place) for place, name in enumerate(names[:last], 1) if name.strip() == repeated[0]]
        raise _refused(
            f"Columns {' and '.join(places[:5])} of the header have the same name.",
            "Ask the partner to give every column a name of its own.",
        )
    return names


def quote_fault(error: csv.Error) -> tuple[str, str]:
    """Return the rule and the words for an error that the csv module finds in the quotes."""
    said = str(error)
    if "expected after" in said:
        return "quote", "text follows a closing quote"
    return "unclosed_quote", "a quote is opened and never closed"


def _refuse_other_delimiter(names: tuple[str, ...], dialect: Dialect) -> None:
    if len(names) > 1:
        return
    for other in _OTHER_DELIMITERS:
        if other != dialect.delimiter and other in names[0]:
            raise InputRefused(
                f"The header has {names[0].count(other)} {other!r} but no {dialect.delimiter!r}, as was declared.",
                rule="delimiter",
                row=1,
                next_action=f"Ask the partner to export with {dialect.delimiter!r} between the columns.",
            )


def _refused(what: str, next_action: str) -> InputRefused:
    return InputRefused(what, rule="header", row=1, next_action=next_action)
