"""No more of a file is copied than its contract allows, and nothing stays of one that is larger."""

from __future__ import annotations

import io
from pathlib import Path

import fsspec
import pytest

from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.errors import InputRefused
from safer_kpi.lake import copying
from safer_kpi.landing.receive import most_bytes, receive
from safer_kpi.settings import Settings

MOST = 10 * 2**20


def test_a_local_file_that_is_too_large_is_not_even_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "large.csv"
    with file.open("wb") as made:
        made.truncate(MOST + 1)
    settings = Settings.load(tmp_path / "lake")
    monkeypatch.setattr(copying, "_opened", lambda _: pytest.fail("it was opened"))
    with pytest.raises(InputRefused) as refused:
        copying.copy(settings, str(file), most=MOST)
    assert refused.value.rule == "too_large"
    assert not settings.scratch.exists()


def test_a_stream_without_an_end_is_left_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            nonlocal taken
            taken += size
            return b"," * size

    settings = Settings.load(tmp_path / "lake")
    monkeypatch.setattr(copying, "_opened", lambda _: Endless())
    with pytest.raises(InputRefused) as refused:
        copying.copy(settings, "memory://endless.csv", most=MOST)
    assert refused.value.rule == "too_large"
    assert taken <= MOST + 4 * 2**20  # one piece more than allowed, which shows that there is more
    assert list(settings.scratch.iterdir()) == []


def test_a_file_at_the_limit_is_copied_whole(tmp_path: Path) -> None:
    with fsspec.open("memory://exact.csv", "wb") as made:
        made.write(b"x" * MOST)
    copied = copying.copy(Settings.load(tmp_path / "lake"), "memory://exact.csv", most=MOST)
    assert (copied.size, copied.path.stat().st_size) == (MOST, MOST)


def test_the_limit_is_the_contracts(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path / "lake")
    workbook = load_feed(settings.project, "asb_casework")
    assert most_bytes(load_feed(settings.project, "police_street")) == 8 * 2**30
    assert most_bytes(workbook) == 32 * 2**20
    file = tmp_path / "casework.xlsx"
    with file.open("wb") as made:
        made.truncate(32 * 2**20 + 1)
    with pytest.raises(InputRefused, match="33,554,432 bytes"):
        receive(settings, workbook, str(file))
