"""Damage of bytes: cut off, taken out, put in, turned, doubled."""

from __future__ import annotations

from hypothesis import strategies as st

#: Marks of text, of other formats, of other encodings, and what no text has.
PUT_IN = (
    b'"',
    b'""',
    b",",
    b"\n",
    b"\r",
    b"\r\r\n",
    b"\0",
    b"\x1a",
    b"\xff",
    b"\xc3",
    b"\xe9",
    b"\x81",
    b"\xef\xbb\xbf",
    b";",
    b"\t",
    b"\x0c",
    b"\xed\xa0\x81",
    b"\xff\xfe",
    b"PK\x03\x04",
    b"PAR1",
    b"\x1f\x8b",
    b"Ref,Area,Figure\n",
    b"{",
    b"</row>",
)


@st.composite
def damaged(draw: st.DrawFn, content: bytes, *, most: int = 3) -> bytes:
    """The bytes with up to that many faults."""
    for _ in range(draw(st.integers(1, most))):
        if not content:
            break
        place = draw(st.integers(0, len(content) - 1))
        size = draw(st.integers(1, 16))
        match draw(st.sampled_from(("cut", "take out", "put in", "put in", "turn", "double", "swap"))):
            case "cut":
                content = content[:place]
            case "take out":
                content = content[:place] + content[place + size :]
            case "put in":
                content = content[:place] + draw(st.sampled_from(PUT_IN)) + content[place:]
            case "turn":
                turned = content[place] ^ (1 << draw(st.integers(0, 7)))
                content = content[:place] + bytes([turned]) + content[place + 1 :]
            case "double":
                content = content[: place + size] + content[place:]
            case "swap":
                content = content[:place] + content[place : place + size][::-1] + content[place + size :]
    return content
