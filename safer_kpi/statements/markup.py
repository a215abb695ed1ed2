"""HTML from data: escaped, and isolated from the writing direction of the surrounding text."""

from __future__ import annotations

import html
import re
import shlex
from typing import TYPE_CHECKING

from safer_kpi.statements.wording import amount, signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATED = re.compile(rf"\b\d{{4}}-\d\d(-\d\d\b|-[QR]\d+)?(\.\d+)?|\b(\d\d? )?({_MONTHS}) \d{{4}}\b")


def text(value: object) -> str:
    """Return a text as HTML; U+FFFD replaces control characters and overrides of the writing direction."""
    return html.escape("".join(letter if letter.isprintable() else "\ufffd" for letter in str(value)), quote=True)


def data(value: object) -> str:
    """Return a name from outside as HTML, isolated so that its writing direction does not affect other text."""
    return f"<bdi>{text(value)}</bdi>"


def prose(value: object) -> str:
    """Return a sentence as HTML without line breaks inside dates and periods."""
    return _DATED.sub(r'<span class="k">\g<0></span>', text(value))


def command(words: Sequence[str]) -> str:
    """Return a command line as HTML, with line breaks only between its words."""
    return element("code", " ".join(f"<span>{text(shlex.quote(word))}</span>" for word in words))


def number(value: Decimal, places: int) -> str:
    """Return an amount with a true minus sign if negative, which is easy to see and is read aloud."""
    return amount(value, places).replace("-", "\u2212")


def signed_number(value: Decimal, places: int) -> str:
    """Return an amount with its sign."""
    return signed(value, places).replace("-", "\u2212")


def element(name: str, content: str, **attributes: str) -> str:
    """Return an element around markup, with escaped attributes; ``class_`` is the class."""
    told = "".join(f' {key.rstrip("_").replace("_", "-")}="{text(value)}"' for key, value in attributes.items())
    return f"<{name}{told}>{content}</{name}>"


def items(tag: str, contents: Iterable[str]) -> str:
    """Return a list element with items of markup."""
    return element(tag, "\n".join(f"<li>{content}</li>" for content in contents))


def table(*, caption: str, heads: Iterable[str], rows: Iterable[str], foot: str = "", class_: str = "lines") -> str:
    """Return a table with a caption; ``heads`` is markup of header cells and ``rows`` of whole rows."""
    body = "\n".join(rows)
    return (
        f'<table class="{class_}">\n<caption>{caption}</caption>\n<thead><tr>{"".join(heads)}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n{foot}</table>"
    )


def head(label: str, class_: str = "") -> str:
    """Return the header cell of a column."""
    return element("th", text(label), scope="col", **({"class_": class_} if class_ else {}))
