"""Generated CSV files, plain and in gzip, and what Python's csv module says is right for them."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from functools import lru_cache

from hypothesis import strategies as st

from tests.hostile.bytewise import damaged
from tests.hostile.made import REFUSED, Made, Right, Row
from tests.hostile.project import HEADINGS
from tests.hostile.values import BREAKING, TRICKY, texts, words

BLANKS = " \t\v\f"
#: The longest line and the most malformed rows that the contract allows, as ``docs/reference`` gives them.
LONGEST, MOST_MALFORMED = 2**20, 1000
#: Rows that are repeated until they fill a file, and how often at most: some 26 MiB of each.
REPEATED = (
    ",\n",
    ",,\n",
    "\n",
    " , \n",
    "zqaaaaax\n",
    ",,,,\n",
    '"",\n',
    "zqaaaaax,,,\n",
    "zqaaaaax,\xe9,1\n",
    '"zq\naaaaax",,\n',
)


#: What may be wrong with a file; each has none, one or two of these.
FAULTS = ("heading", "quotes", "widths", "encoding", "bytes", "many", "line ends", "cut")


@st.composite
def headers(draw: st.DrawFn, *, faulty: bool) -> list[str]:
    """The agreed headings in some order, written with care or not; ``faulty``: others."""
    names = list(draw(st.permutations(HEADINGS)))
    if not faulty:
        return draw(
            st.sampled_from(
                (names, [name.upper() for name in names], [f" {name}\t" for name in names], [*names, "", ""])
            )
        )
    match draw(st.sampled_from(("missing", "repeated", "more", "none", "blank"))):
        case "missing":
            names.pop()
        case "repeated":
            names.append(names[0])
        case "more":
            names.append(draw(words()))
        case "blank":
            names.insert(1, "")
        case _:
            names = draw(st.lists(texts(), min_size=1, max_size=4))
    return names


def quoted(text: str) -> str:
    """A field in quotes."""
    return '"' + text.replace('"', '""') + '"'


@st.composite
def fields(draw: st.DrawFn, text: str, *, faulty: bool) -> str:
    """A field of a line: quoted if it must be or for no reason; ``faulty``: as it should not be."""
    if faulty and draw(st.booleans()):
        return draw(
            st.sampled_from((text, f'"{text}"', quoted(text) + " ", f"'{text}'", f'"{text}', quoted(text) + "x"))
        )
    return quoted(text) if draw(st.booleans()) or any(mark in text for mark in '",\r\n') else text


@st.composite
def bodies(draw: st.DrawFn, width: int, *, faulty: bool) -> list[list[str]]:
    """Data rows and blank ones; ``faulty``: some of a wrong width."""
    cells = texts(TRICKY + BREAKING)
    rows = []
    for _ in range(draw(st.integers(0, 8))):
        wide = draw(st.sampled_from((width, width - 1, width + 1, 1, width + 40))) if faulty else width
        rows.append([draw(cells) if place < len(HEADINGS) else "" for place in range(wide)])
    return rows


@st.composite
def encoded(draw: st.DrawFn, text: str, *, faulty: bool) -> bytes:
    """Text in an encoding that the contract agrees on; ``faulty``: in another one."""
    good, bad = ("utf-8", "utf-8-sig", "cp1252"), ("utf-16", "utf-16-le", "utf-32", "utf-7", "cp037", "shift-jis")
    return text.encode(draw(st.sampled_from(bad if faulty else good)), errors="replace")


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """The bytes of a CSV file."""
    faults = draw(st.lists(st.sampled_from(FAULTS), max_size=2, unique=True))
    header = draw(headers(faulty="heading" in faults))
    ends = draw(st.sampled_from(("\n", "\r\n", "\r"))) if "line ends" not in faults else None
    text = ""
    for row in [header, *draw(bodies(len(header), faulty="widths" in faults))]:
        made = ",".join(draw(fields(one, faulty="quotes" in faults)) for one in row)
        text += made + (ends or draw(st.sampled_from(("\n", "\r\n", "\r", "\r\r\n"))))
    if "cut" in faults:
        text = text.rstrip("\r\n")[: -draw(st.integers(1, 20))]
    elif draw(st.booleans()):
        text = text.rstrip("\r\n")
    if "many" in faults:
        text += draw(repeated())
    content = draw(encoded(text, faulty="encoding" in faults))
    return draw(damaged(content)) if "bytes" in faults else content


@st.composite
def repeated(draw: st.DrawFn) -> str:
    """One row many times: up to 4,000 times, seldom as often as fills 26 MiB; or one long row."""
    row = draw(st.sampled_from(REPEATED))
    size = draw(st.sampled_from((*range(1, 12), 2**21)))
    if size < 12:
        return row * draw(st.integers(1, 360 * size))
    return draw(
        st.sampled_from((row * (26 * 2**20 // len(row)), row[:-1] * (size // len(row)), quoted("zqaaaaax" * 10**5)))
    )


@lru_cache(maxsize=len(REPEATED))
def _large(row: str) -> Made:
    content = ("Ref,Area,Figure\n" + row * (26 * 2**20 // len(row))).encode()
    return Made(kind="CSV of 26 MiB", feed="hostile_plain", content=content, right=right_of(content))


def large_files() -> st.SearchStrategy[Made]:
    """One row as often as fills 26 MiB."""
    return st.sampled_from(REPEATED).map(_large)


@st.composite
def csv_files(draw: st.DrawFn) -> Made:
    """A CSV file of one header and its rows."""
    content = draw(tables())
    return Made(kind="CSV", feed="hostile_plain", content=content, right=right_of(content))


@st.composite
def gzip_files(draw: st.DrawFn) -> Made:
    """A CSV file in gzip: one member or several, seldom damaged, with zeros or rubbish behind it."""
    content = draw(tables())
    place = draw(st.integers(0, len(content)))
    pieces = draw(st.sampled_from(([content], [content[:place], content[place:]], [b"", content])))
    packed = b"".join(gzip.compress(piece, draw(st.sampled_from((0, 1, 9))), mtime=0) for piece in pieces)
    match draw(st.sampled_from(("whole", "whole", "whole", "zeros", "rubbish", "damaged", "twice"))):
        case "zeros":
            packed += bytes(draw(st.integers(1, 600)))
        case "rubbish":
            packed += b"zqaaaaax"
        case "damaged":
            packed = draw(damaged(packed))
        case "twice":
            packed = gzip.compress(packed, mtime=0)
    right = right_of(packed)
    if packed[:2] == b"\x1f\x8b":
        unpacked = _unpacked(packed)
        right = REFUSED if unpacked is None or unpacked[:2] == b"\x1f\x8b" else right_of(unpacked)
    return Made(kind="CSV in gzip", feed="hostile_plain", content=packed, right=right)


def _unpacked(packed: bytes) -> bytes | None:
    try:
        return gzip.decompress(packed)
    except (OSError, EOFError, zlib.error):
        return None


def right_of(content: bytes) -> Right:
    """What Python's codecs and csv module make of a CSV file under the plain contract."""
    records = records_of(content)
    if records is None:
        return REFUSED
    text, rows = records
    if not rows or sorted(map(heading, filter(str.strip, rows[0]))) != sorted(map(heading, HEADINGS)):
        return REFUSED
    header = rows[0]
    named = max(place for place, name in enumerate(header, 1) if name.strip())
    if named != len(HEADINGS):
        return REFUSED
    places = [next(at for at, name in enumerate(header) if heading(name) == heading(own)) for own in HEADINGS]
    good: list[Row] = []
    malformed: list[int] = []
    fields = named
    for number, row in enumerate(rows[1:], 2):
        fields = named
        if not "".join(row).strip(BLANKS):
            continue
        fields = len(row)
        if named <= fields <= len(header):
            if "".join(row[named:]).strip(BLANKS):
                return REFUSED  # a column without a name is filled
            good.append((number, *(row[place] or None for place in places)))  # type: ignore[arg-type]  # three places
        else:
            malformed.append(number)
    if len(malformed) > MOST_MALFORMED or (fields < named and text[-1:] not in {"\n", "\r"}):
        return REFUSED
    # Text of both kinds of line ends that ends with a carriage return may be cut in the middle of one.
    cut = fields < named and text.endswith("\r") and "\n" in text
    return Right(rows=good, malformed=malformed, read=len(rows) - 1, may_refuse=cut or is_long(content, rows))


def heading(name: str) -> str:
    """A heading without case, blanks and underscores that mean nothing."""
    return " ".join(re.split(r"[\s_]+", name.strip())).casefold()


def is_long(content: bytes, records: list[list[str]]) -> bool:
    """Whether a line or a record is longer than is allowed."""
    return any(len(line) > LONGEST for line in re.split(rb"[\r\n]", content)) or any(
        sum(map(len, row)) + 3 * len(row) > LONGEST for row in records
    )


def records_of(content: bytes) -> tuple[str, list[list[str]]] | None:
    """The text of a file and its records, None where it has none: by the byte order mark, UTF-8, else cp1252."""
    if b"\0" in content or content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return None
    text = next(_decodings(content), None)
    if text is None or not text.strip():
        return None
    csv.field_size_limit(2**31 - 1)
    try:
        return text, list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        return None


def _decodings(content: bytes) -> Iterator[str]:
    for encoding in ("utf-8-sig",) if content.startswith(b"\xef\xbb\xbf") else ("utf-8", "cp1252"):
        try:
            yield content.decode(encoding)
        except UnicodeDecodeError:
            continue
