"""A file's name, whatever it holds, is received, and no message shows it as it came."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from safer_kpi.errors import UsageError
from safer_kpi.files import as_text, shown_name
from safer_kpi.inbox import dropped
from safer_kpi.settings import Settings

NAMES = {
    "not UTF-8": b"2024-05-dorset-street\xff\xfe.csv",
    "a line end": b"2024-05-dorset-street\n.csv",
    "an escape": b"2024-05-dorset-street\x1b[2J.csv",
    "a direction mark": "2024-05-\u202edorset-street.csv".encode(),
    "dots": b"....",
    "a dash": b"-x",
    "long": b"a" * 251 + b".csv",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_it_is_shown_as_printable_text_and_stored_as_utf_8(name: str) -> None:
    text = os.fsdecode(name)
    assert shown_name(text).isprintable()
    assert len(shown_name(text)) <= 81
    assert as_text(text).encode("utf-8").decode("utf-8") == as_text(text)


def test_a_plain_name_stays_as_it_is() -> None:
    assert shown_name("2024-05 Dorset, é.csv") == as_text("2024-05 Dorset, é.csv") == "2024-05 Dorset, é.csv"


@pytest.mark.parametrize("name", [name for key, name in NAMES.items() if key != "long"], ids=repr)
def test_it_is_dropped_whole_and_a_second_one_is_refused_in_printable_words(name: bytes, tmp_path: Path) -> None:
    settings = Settings.load(tmp_path / "lake")
    file = tmp_path / os.fsdecode(name)
    file.write_bytes(b"a,b\n1,2\n")
    (row,) = dropped(settings, [file], feed="police_street")
    assert row.file.isprintable()
    lying = (Path(settings.watched) / "police_street").iterdir()
    assert name in {os.fsencode(path.name) for path in lying}
    with pytest.raises(UsageError) as refused:
        dropped(settings, [file], feed="police_street")
    assert str(refused.value).isprintable()
