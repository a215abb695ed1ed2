"""Generated JSON lines, and what Python's json module says is right for them."""

from __future__ import annotations

import gzip
import json
from typing import Any

from hypothesis import strategies as st

from tests.hostile.bytewise import damaged
from tests.hostile.delimited import heading
from tests.hostile.made import REFUSED, Made, Right
from tests.hostile.project import HEADINGS
from tests.hostile.values import TRICKY, texts, words

MOST_MALFORMED, LONGEST = 1000, 2**20
#: Lines that are no object of single values.
NOT_OBJECTS = (
    "[1]",
    "3",
    '"zqaaaaax"',
    "{",
    "}",
    "null",
    '{"Ref": [1]}',
    '{"Ref": {"zqaaaaax": 1}}',
    '{"Ref": 1, "Ref": 2}',
    '{"Ref": NaN}',
    '{"": 1}',
    '{"Ref": "\\ud800"}',
    '{"Ref": "\\u0000"}',
    '{"Ref": 1} {"Ref": 2}',
    '{"Ref": 01}',
    "{'Ref': 1}",
    '{"Ref": 1,}',
    '{"Ref": ' + "9" * 5000 + "}",
    '{"Ref": ' + "[" * 20_000 + "]" * 20_000 + "}",
    '{"Ref": Infinity}',
    "zqaaaaax",
    '{"Ref": tru}',
)
LETTERS = (*TRICKY, '"', "\\", "\n", "/", "\\u0041", "\x7f")


@st.composite
def objects(draw: st.DrawFn, *, faulty: bool) -> str:
    """A line: an object of the agreed names with texts, numbers, truths and nothing; ``faulty``: another."""
    kind = (
        draw(st.sampled_from(("right", "right", "right", "not", "not", "other name", "blank"))) if faulty else "right"
    )
    if kind == "not":
        return draw(st.sampled_from(NOT_OBJECTS))
    if kind == "blank":
        return draw(st.sampled_from(("", " ", "\t")))
    values = st.one_of(
        texts(LETTERS), st.integers(-5, 10**20), st.booleans(), st.none(), st.sampled_from((1.5, 1e300, -0.0))
    )
    made: dict[str, Any] = {name: draw(values) for name in draw(st.permutations(HEADINGS))[: draw(st.integers(1, 3))]}
    if kind == "other name":
        made[draw(words())] = 1
    return json.dumps(made, ensure_ascii=draw(st.booleans()))


@st.composite
def json_files(draw: st.DrawFn) -> Made:
    """A file of JSON lines, plain or in gzip, seldom damaged."""
    faults = draw(
        st.lists(st.sampled_from(("bytes", "encoding", "many", "mark", "cut", "lines")), max_size=2, unique=True)
    )
    made = draw(st.lists(objects(faulty="lines" in faults), max_size=9))
    # The first object has every name, so that damage to a later one takes none from the header.
    first = json.dumps(dict.fromkeys(HEADINGS, "zqaaaaax"))
    end = draw(st.sampled_from(("\n", "\r\n")))
    text = end.join([*([first] if draw(st.integers(0, 14)) else []), *made]) + end
    if "many" in faults:
        text += draw(st.sampled_from(("zqaaaaax\n", "\n", "{}\n", '{"Ref":1}\n', "[" * 2000 + "\n"))) * draw(
            st.integers(1, 3000)
        )
    if "cut" in faults:
        text = text[: -draw(st.integers(1, 20))]
    if "mark" in faults:
        text = "\ufeff" + text
    content = text.encode("utf-16" if "encoding" in faults else "utf-8", errors="replace")
    if "bytes" in faults:
        content = draw(damaged(content))
    right = right_of(content)
    if draw(st.integers(0, 4)) == 0:
        content = gzip.compress(content, mtime=0)
    return Made(kind="JSON lines", feed="hostile_lines", content=content, right=right)


class _NotRead(Exception):
    pass


def right_of(content: bytes) -> Right:
    """What the json module makes of each line."""
    try:
        text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError:
        return REFUSED
    every = text.split("\n")
    rows: list[dict[str, str]] = []
    numbers, malformed, blank = [], [], 0
    last = len(every) if every[-1] else len(every) - 1
    for number, line in enumerate(every[:last], 1):
        if not line.strip():
            blank += 1
            continue
        try:
            rows.append(_values(line))
            numbers.append(number)
        except (ValueError, _NotRead, RecursionError):
            malformed.append(number)
    names = {name for row in rows for name in row}
    if len(malformed) > MOST_MALFORMED or sorted(map(heading, names)) != sorted(map(heading, HEADINGS)):
        return REFUSED
    found = []
    for number, row in zip(numbers, rows, strict=True):
        own = {heading(name): value for name, value in row.items()}
        found.append((number, *(own.get(heading(name)) or None for name in HEADINGS)))
    # A first line that is no object says what the file is, a last one without its end may be cut short, and brackets
    # in brackets refuse the file as a whole.
    cut = bool(malformed) and ((malformed[-1] == last and not text.endswith("\n")) or malformed[0] == 1)
    may = cut or any(len(line) > LONGEST or line.count("[") > 500 for line in every)
    return Right(rows=found, malformed=malformed, read=last, may_refuse=may)


def _values(line: str) -> dict[str, str]:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, str]:
        names = [name.strip() for name, _ in found]
        if len(set(names)) < len(names) or "" in names:
            raise _NotRead
        return dict(zip(names, (_text(value) for _, value in found), strict=True))

    found = json.loads(line, parse_int=_number, parse_float=_number, parse_constant=_number, object_pairs_hook=pairs)
    if not isinstance(found, dict):
        raise _NotRead
    return found


def _number(written: str) -> str:
    if not written.lstrip("-")[:1].isdigit() or len(written) > 400:
        raise _NotRead
    return written


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if value is None:
        return ""
    if not isinstance(value, str) or "\0" in value:
        raise _NotRead
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _NotRead from None
    return value
