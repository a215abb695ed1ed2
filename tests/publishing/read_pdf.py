"""Read a PDF back: its structure, and the text of each element of it, from the bytes that a viewer draws."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pikepdf

_CODES = re.compile(rb"beginbf(char|range)(.*?)endbf", re.DOTALL)
_HEX = re.compile(rb"<([0-9a-fA-F]*)>")
_SIGN = re.compile(r"[•‣–]|\d+\.")  # noqa: RUF001 (the bullets of Typst)
ARTIFACT = -1


@dataclass
class Tag:
    """One element of the structure; its children are elements, or the text of marked content with its page and id."""

    kind: str
    attributes: dict[str, Any]
    children: list[Tag | tuple[int, int, str]] = field(default_factory=list)

    def walk(self) -> Iterator[Tag]:
        yield self
        for child in self.children:
            if isinstance(child, Tag):
                yield from child.walk()

    def marked(self) -> Iterator[tuple[int, int, str]]:
        for child in self.children:
            if isinstance(child, Tag):
                yield from child.marked()
            else:
                yield child

    def text(self, *, without: frozenset[str] = frozenset()) -> str:
        """The text in the order of the structure, without some kinds of elements."""
        return "".join(
            child[2] if not isinstance(child, Tag) else child.text(without=without)
            for child in self.children
            if not isinstance(child, Tag) or child.kind not in without
        )


class Pdf:
    """A PDF, opened: its structure in ``root``, and of each page the marked content and the artifacts as drawn."""

    def __init__(self, content: bytes) -> None:
        self.file = pikepdf.open(io.BytesIO(content))
        self.pages = [list(_drawn(page)) for page in self.file.pages]
        self._number = {page.obj.objgen: place for place, page in enumerate(self.file.pages)}
        self._texts = [
            {number: "".join(text for other, text in drawn if other == number) for number, _ in drawn}
            for drawn in self.pages
        ]
        self.root = self._tag(self.file.Root.StructTreeRoot.K, None)

    def tags(self, *kinds: str) -> list[Tag]:
        return [tag for tag in self.root.walk() if tag.kind in kinds]

    def artifacts(self, page: int) -> str:
        return "".join(text for number, text in self.pages[page] if number == ARTIFACT)

    def _tag(self, element: Any, page: int | None) -> Tag:
        if isinstance(element, pikepdf.Array):
            (element,) = element
        page = self._number[element.Pg.objgen] if "/Pg" in element else page
        found = Tag(str(element.S)[1:], dict(element.items()))
        held = element.get("/K", [])
        for kid in held if isinstance(held, pikepdf.Array) else [held]:
            if isinstance(kid, int):
                assert page is not None
                found.children.append((page, kid, self._texts[page][kid]))
            elif "/S" in kid:
                found.children.append(self._tag(kid, page))
            elif kid.get("/Type") == "/MCR":
                place = self._number[kid.Pg.objgen] if "/Pg" in kid else page
                assert place is not None
                found.children.append((place, int(kid.MCID), self._texts[place][int(kid.MCID)]))
        if found.kind == "Lbl" and _SIGN.fullmatch(found.text()):
            found.kind = "Sign"  # of a list; other labels are the terms of a list of terms
        return found


def _drawn(page: pikepdf.Page) -> Iterator[tuple[int, str]]:
    """Yield the number of each marked content, or that it is an artifact, with the text drawn in it."""
    fonts: dict[str, dict[bytes, str]] = {}
    for number, text in _shown(page, page.Resources, fonts, []):
        assert number is not None, "something is drawn that is neither marked nor an artifact"
        yield number, text


def _shown(
    stream: Any, resources: Any, fonts: dict[str, dict[bytes, str]], nested: list[int | None]
) -> Iterator[tuple[int | None, str]]:
    font: dict[bytes, str] = {}
    for operands, operator in pikepdf.parse_content_stream(stream):
        name = str(operator)
        if name in ("BDC", "BMC"):
            nested.append(_number(operands, nested))
            if nested[-1] is not None:
                yield nested[-1], ""
        elif name == "EMC":
            nested.pop()
        elif name == "Tf":
            held = resources.Font[str(operands[0])]
            if str(held.objgen) not in fonts:
                fonts[str(held.objgen)] = _codes(held)
            font = fonts[str(held.objgen)]
        elif name in ("Tj", "TJ"):
            parts = operands[0] if name == "TJ" else [operands[0]]
            codes = b"".join(bytes(part) for part in parts if isinstance(part, pikepdf.String))
            yield _inner(nested), "".join(font[codes[at : at + 2]] for at in range(0, len(codes), 2))
        elif name == "Do":
            form = resources.XObject[str(operands[0])]
            if form.get("/Subtype") == "/Form":
                yield from _shown(form, form.get("/Resources", resources), fonts, nested)


def _number(operands: Any, nested: list[int | None]) -> int | None:
    if str(operands[0]) == "/Artifact":
        return ARTIFACT
    told = operands[1] if len(operands) > 1 else {}
    return int(told.MCID) if "/MCID" in told else _inner(nested)


def _inner(nested: list[int | None]) -> int | None:
    return nested[-1] if nested else None


def _codes(font: Any) -> dict[bytes, str]:
    """The letters of a font's codes, as its ToUnicode table says; every code has two bytes."""
    found: dict[bytes, str] = {}
    for kind, body in _CODES.findall(font.ToUnicode.read_bytes()):
        codes = [bytes.fromhex(code.decode()) for code in _HEX.findall(body)]
        if kind == b"char":
            for code, letters in zip(codes[::2], codes[1::2], strict=True):
                found[code] = letters.decode("utf-16-be")
        else:
            for first, last, letters in zip(codes[::3], codes[1::3], codes[2::3], strict=True):
                for step in range(int.from_bytes(last) - int.from_bytes(first) + 1):
                    code = (int.from_bytes(first) + step).to_bytes(2)
                    found[code] = chr(ord(letters.decode("utf-16-be")) + step)
    return found
