"""Data as HTML: escaped, and without what would turn the text around it."""

from __future__ import annotations

import html
import re
import shlex
from typing import TYPE_CHECKING

from safer_kpi.statements.wording import amount, signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

_DATED = re.compile(r"\b\d{4}-\d\d(-\d\d\b|-[QR]\d+)?(\.\d+)?")


def text(value: object) -> str:
    """Return a text as HTML; control characters and overrides of the writing direction are shown as U+FFFD."""
    return html.escape("".join(letter if letter.isprintable() else "\ufffd" for letter in str(value)), quote=True)


def data(value: object) -> str:
    """Return a name from outside, isolated so that its writing direction affects nothing else."""
    return f"<bdi>{text(value)}</bdi>"


def prose(value: object) -> str:
    """Return a sentence as HTML; dates and periods in it are not broken over two lines."""
    return _DATED.sub(r'<span class="k">\g<0></span>', text(value))


def command(words: Sequence[str]) -> str:
    """Return a command as it is typed, broken between its words where they fit a line."""
    return element("code", " ".join(f"<span>{text(shlex.quote(word))}</span>" for word in words))


def number(value: Decimal, places: int) -> str:
    """Return an amount; a negative one with a true minus sign, which is wide enough to be seen and is read aloud."""
    return amount(value, places).replace("-", "\u2212")


def signed_number(value: Decimal, places: int) -> str:
    """Return an amount with its sign."""
    return signed(value, places).replace("-", "\u2212")


def element(name: str, content: str, **attributes: str) -> str:
    """Return an element around markup; attributes are escaped, ``class_`` is the class."""
    told = "".join(f' {key.rstrip("_").replace("_", "-")}="{text(value)}"' for key, value in attributes.items())
    return f"<{name}{told}>{content}</{name}>"


def items(tag: str, contents: Iterable[str]) -> str:
    """Return a list of markup."""
    return element(tag, "\n".join(f"<li>{content}</li>" for content in contents))


def table(*, caption: str, heads: Iterable[str], rows: Iterable[str], foot: str = "", class_: str = "lines") -> str:
    """Return a table with a caption; ``heads`` and ``rows`` are markup of header cells and of whole rows."""
    body = "\n".join(rows)
    return (
        f'<table class="{class_}">\n<caption>{caption}</caption>\n<thead><tr>{"".join(heads)}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n{foot}</table>"
    )


def head(label: str, class_: str = "") -> str:
    """Return the header cell of a column."""
    return element("th", text(label), scope="col", **({"class_": class_} if class_ else {}))
