"""What is seen of a file while its bytes pass is what the pre-flight finds in the file, or nothing."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from safer_kpi.errors import InputRefused
from safer_kpi.intake import Dialect, Passing, Preflight, preflight

LONG = "a,b\n" + "x" * 40 + ",y\n"
CONTENTS = {
    "plain": b"a,b\n1,2\n3,4\n",
    "crlf": b"a,b\r\n1,2\r\n",
    "not ended": b"a,b\n1,2",
    "a mark": b"\xef\xbb\xbfa,b\n1,2\n",
    "quotes": b'a,b\n"1, 2",""\n"x\ny",3\n',
    "a blank beside a quote": b'a,b\n "1",2\n',
    "beyond ASCII": "a,b\ncafé,2\n".encode(),
    "many lines": LONG.encode() + b"1,2\n" * 5000,
}
#: The pre-flight judges these: another encoding, another kind of file, or a fault.
LEFT = {
    "cp1252": "a,b\ncafé,2\n".encode("cp1252"),
    "utf-16": "a,b\n1,2\n".encode("utf-16"),
    "gzip": gzip.compress(b"a,b\n1,2\n"),
    "nul": b"a,b\n1,\0\n",
    "a zip": b"PK\x03\x04 and so on",
    "no name": b"a,,b\n1,2,3\n",
    "a long line": b"a,b\n" + b"x" * (2**20 + 1) + b",2\n",
    "short": b"a",
    "empty": b"",
}


def seen(content: bytes, seed: int) -> Preflight | None:
    """Let the content pass in pieces of any length, but for the first: of a file as much comes as is asked for."""
    passing, chance = Passing(Dialect()), random.Random(seed)
    place = min(len(content), 4)
    passing.take(content[:place])
    while place < len(content):
        length = chance.choice((1, 2, 7, 1000, 2**21))
        passing.take(content[place : place + length])
        place += length
    return passing.result()


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
@pytest.mark.parametrize("seed", range(3))
def test_the_pre_flight_finds_the_same_in_the_file(content: bytes, seed: int, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    assert seen(content, seed) == preflight(path, Dialect())


@pytest.mark.parametrize("content", LEFT.values(), ids=LEFT)
def test_what_is_not_plain_text_in_the_first_encoding_is_left_to_the_pre_flight(content: bytes) -> None:
    assert seen(content, 0) is None


def test_a_file_of_more_bytes_than_agreed_is_left_to_the_pre_flight(tmp_path: Path) -> None:
    path, dialect = tmp_path / "file.csv", Dialect(max_bytes=10)
    path.write_bytes(CONTENTS["plain"])
    passing = Passing(dialect)
    passing.take(CONTENTS["plain"])
    assert passing.result() is None
    with pytest.raises(InputRefused, match="more than 10 bytes"):
        preflight(path, dialect)
