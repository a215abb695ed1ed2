"""Whatever happens to a workbook's bytes on their way, it is read as it was or refused."""

from __future__ import annotations

import io
import random
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from safer_kpi.errors import InputRefused
from tests.feeds.messy_workbooks import MESSY
from tests.feeds.reading_workbooks import copied
from tests.feeds.workbook_maker import GOOD, packed, parts

STORED = packed(parts(), method=0)
HONEST = MESSY["a header of three rows, merged"]


def undated(content: bytes) -> bytes:
    """A workbook without the time at which openpyxl wrote it: the same bytes in every run."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return packed({name: archive.read(name) for name in archive.namelist() if name != "docProps/core.xml"})


MEANT: dict[str, tuple[bytes, dict[str, Any]]] = {
    "packed": (GOOD, {}),
    "stored": (STORED, {}),
    "honest": (undated(HONEST.make()), HONEST.dialect),
}


def outcome(path: Path, content: bytes, terms: dict[str, Any]) -> Any:
    """What is read, or the rule that refuses it; anything else raised is a fault."""
    path.write_bytes(content)
    try:
        return copied(path, **terms)
    except InputRefused as refused:
        return refused.rule if refused.next_action else "nothing said"


@pytest.mark.parametrize("name", MEANT)
@pytest.mark.parametrize("how", ["flip", "cut", "zero", "drop", "insert", "swap"])
def test_read_as_it_was_or_refused(name: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content, terms = MEANT[name]
    path = tmp_path / "file.xlsx"
    meant = outcome(path, content, terms)
    assert meant["rows"] > 0
    chance = random.Random(f"{name} {how}")
    seen: Counter[str] = Counter()
    for _ in range(80):
        place, other = (chance.randrange(len(content)) for _ in "ab")
        length = chance.randrange(1, 64)
        changed = {
            "flip": content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :],
            "cut": content[:place],
            "zero": content[:place] + bytes(len(content[place : place + length])) + content[place + length :],
            "drop": content[:place] + content[place + length :],
            "insert": content[:place] + chance.randbytes(length) + content[place:],
            "swap": content[:place] + content[other : other + length] + content[place + length :],
        }[how]
        result = outcome(path, changed, terms)
        if isinstance(result, str):
            seen[result] += 1
        else:
            assert result == meant
    assert sum(seen.values()) >= 20
    assert "nothing said" not in seen


def test_every_single_byte_of_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "file.xlsx"
    meant = outcome(path, GOOD, {})
    for place in range(GOOD.index(b"PK\x01\x02"), len(GOOD)):
        result = outcome(path, GOOD[:place] + bytes([GOOD[place] ^ 0xFF]) + GOOD[place + 1 :], {})
        assert isinstance(result, str) or result == meant


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"]
)
def test_xml_that_breaks_off_is_refused_wherever_it_does(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checksums are right here: only the XML tells."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "file.xlsx"
    whole = parts()[part]
    for end in range(0, len(whole), 7):
        result = outcome(path, packed(parts() | {part: whole[:end]}), {})
        assert result in {"damaged", "sheet", "not_workbook"}


@pytest.mark.parametrize("part", list(parts()))
def test_xml_with_characters_changed_does_nothing_worse_than_change_text(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "file.xlsx"
    whole = parts()[part].encode()
    chance = random.Random(part)
    for _ in range(60):
        place = chance.randrange(len(whole))
        changed = whole[:place] + bytes([chance.randrange(1, 256)]) + whole[place + chance.randrange(2) :]
        result = outcome(path, packed(parts() | {part: changed}), {})
        assert isinstance(result, str) or result["rows"] + result["nil"] >= 0
