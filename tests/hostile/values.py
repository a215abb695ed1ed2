"""Texts of cells: each holds a word that no message may show, among all that trips readers of tables."""

from __future__ import annotations

from hypothesis import strategies as st

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
#: Marks that readers obey, blanks of every width, line ends of Unicode, marks of direction, letters of many parts.
TRICKY = (
    "=",
    "+",
    "-",
    "@",
    "'",
    ";",
    "|",
    "\\",
    "\t",
    " ",
    "\xa0",
    "\u200b",
    "\ufeff",
    "\u202e",
    "\u2028",
    "\x85",
    "é",
    "e\u0301",
    "€",
    "😀",
    "\x1a",
    "\x1b[2J",
    "\x0b",
    "#REF!",
    "%s",
    "{{7*7}}",
    "<b>",
    "&amp;",
    "../",
)
#: What breaks a field in two where it is not quoted.
BREAKING = ('"', '""', ",", "\n", "\r\n", "\r")


@st.composite
def words(draw: st.DrawFn) -> str:
    """A word of five letters between marks that nothing else holds."""
    return "zq" + "".join(draw(st.lists(st.sampled_from(_LETTERS), min_size=5, max_size=5))) + "x"


@st.composite
def spoilt(draw: st.DrawFn, marks: tuple[str, ...] = TRICKY) -> str:
    """A word with something tricky before, in and behind it."""
    word = draw(words())
    pieces = draw(st.lists(st.sampled_from(marks), min_size=1, max_size=3))
    place = draw(st.integers(0, len(word)))
    return draw(
        st.sampled_from(("".join(pieces) + word, word + "".join(pieces), word[:place] + pieces[0] + word[place:]))
    )


def texts(marks: tuple[str, ...] = TRICKY) -> st.SearchStrategy[str]:
    """A cell: mostly a word, often spoilt, sometimes a number, blank or empty."""
    return st.one_of(
        words(),
        words(),
        spoilt(marks),
        st.integers(-9, 999).map(str),
        st.sampled_from(("", "", " ", "007", "NULL", "1e5")),
    )
