"""Generated tables among titles, totals and notes, and what a person reads off their cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import strategies as st

from tests.hostile.bytewise import damaged
from tests.hostile.delimited import encoded, fields, heading, is_long, records_of
from tests.hostile.made import REFUSED, Made, Right
from tests.hostile.project import HEADINGS
from tests.hostile.values import BREAKING, TRICKY, texts, words

#: Characters that show nothing and are no blanks to Unicode.
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
MOST_MALFORMED = 1000
Cells = Mapping[int, str]


def shown(text: str) -> str | None:
    """A cell without what does not show around it; None if nothing is left."""
    before = None
    while before != text:
        before, text = text, text.strip().strip(INVISIBLE)
    return text or None


def framed_right(rows: Iterable[tuple[int, Cells]], *, read: int, ragged: Mapping[int, int] | None = None) -> Right:
    """The table of a sheet: from its header to its notes, without totals and blank rows.

    Args:
        rows: the number and the filled cells of each row, by column.
        read: the records of the file, the header among them.
        ragged: how many fields each record has, where a row of a wrong width is held back; None where it refuses.
    """
    header: dict[int, str] = {}
    good, malformed, ended, gap, may = [], [], False, False, False
    for number, cells in rows:
        filled = {column: text for column, raw in cells.items() if (text := shown(raw)) is not None}
        if not header:
            if any(heading(text) == "ref" for text in filled.values()):
                header = {column: heading(text) for column, text in filled.items()}
            continue
        first = heading(filled[min(filled)]) if filled else ""
        ended = ended or first.startswith("note")
        if ended or not filled or first.startswith("total"):
            gap = True
            continue
        # Below a gap, words in the place of figures may begin another table.
        may = may or gap or any("ref" in heading(text) for text in filled.values())
        gap = False
        if len(filled) == 1:
            gap = True
        if not filled.keys() <= header.keys() or (ragged is not None and ragged[number] < max(header)):
            if ragged is None:
                return REFUSED
            malformed.append(number)
            continue
        named = {name: filled.get(column) for column, name in header.items()}
        good.append((number, *(named.get(heading(own)) for own in HEADINGS)))
    if sorted(header.values()) != sorted(map(heading, HEADINGS)) or len(malformed) > MOST_MALFORMED:
        return REFUSED
    return Right(rows=good, malformed=malformed, read=read - 1, may_refuse=may)  # type: ignore[arg-type]


@st.composite
def frames(draw: st.DrawFn, rows: list[list[str]]) -> list[list[str]]:
    """Rows with titles above them, and totals, blank rows and notes among and below them."""
    above = draw(st.lists(st.sampled_from(("title", "blank", "words")), max_size=3))
    made = [{"title": ["Table 1: things"], "blank": [], "words": [draw(words())]}[kind] for kind in above]
    made += rows
    if draw(st.booleans()):
        made.append(["Total", "", str(draw(st.integers(0, 99)))])
    if draw(st.integers(0, 3)) == 0:
        made.insert(draw(st.integers(len(above) + 1, len(made))), ["Total of an area"])
    if draw(st.booleans()):
        made += [[], ["Notes", draw(words())], [draw(words())]]
    return made


@st.composite
def bodies(draw: st.DrawFn, marks: tuple[str, ...]) -> list[list[str]]:
    """A header and its rows: mostly right, seldom with a cell beside the table or another header."""
    header = list(draw(st.permutations(HEADINGS)))
    cells = texts(marks)
    rows = [[draw(cells) for _ in header] for _ in range(draw(st.integers(0, 7)))]
    match draw(st.sampled_from(("right",) * 8 + ("beside", "again", "missing", "repeated", "more"))):
        case "beside" if rows:
            rows[-1].append(draw(words()))
        case "again":
            rows.insert(draw(st.integers(0, len(rows))), list(header))
        case "missing":
            header.pop()
        case "repeated":
            header.append(header[0])
        case "more":
            header.append(draw(words()))
    return [header, *rows]


@st.composite
def framed_files(draw: st.DrawFn) -> Made:
    """A CSV file whose table stands among other rows."""
    faults = draw(st.lists(st.sampled_from(("quotes", "encoding", "bytes", "widths")), max_size=1))
    rows = draw(frames(draw(bodies(TRICKY + BREAKING))))
    width = max(map(len, rows))
    if "widths" not in faults:
        rows = [row + [""] * (width - len(row)) for row in rows]
    end = draw(st.sampled_from(("\n", "\r\n")))
    text = "".join(",".join(draw(fields(one, faulty="quotes" in faults)) for one in row) + end for row in rows)
    content = draw(encoded(text, faulty="encoding" in faults))
    if "bytes" in faults:
        content = draw(damaged(content))
    return Made(kind="CSV with a frame", feed="hostile_framed", content=content, right=_right(content))


def _right(content: bytes) -> Right:
    found = records_of(content)
    if found is None:
        return REFUSED
    records = list(enumerate(found[1], 1))
    rows = [(number, dict(enumerate(row, 1))) for number, row in records]
    right = framed_right(rows, read=len(records), ragged={number: len(row) for number, row in records})
    return right if not is_long(content, found[1]) else Right(**{**vars(right), "may_refuse": True})
