"""A file's bytes enter the raw store when all of it was searched and is clean, and not before."""

from __future__ import annotations

import gzip
import io
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from safer_kpi.lake import connect, raw
from safer_kpi.lake.journal import receipts
from safer_kpi.landing import land, sweep
from safer_kpi.settings import Settings
from tests.flows.test_depersonalised import FEED, HEADER, NAME, ROWS, raw_file

CLEAN = "\n".join(",".join(row) for row in (HEADER, *ROWS)) + "\n"


@pytest.fixture
def lake(tmp_path: Path, new_lake: Callable[..., Settings]) -> Settings:
    return replace(new_lake(tmp_path / "lake"), pseudonym_key="0" * 32)


def written(folder: Path, text: str, name: str = NAME) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(text.encode() if not name.endswith(".gz") else _gz(text))
    return path


def _gz(text: str) -> bytes:
    held = io.BytesIO()
    with gzip.GzipFile("Jane Smith", "wb", fileobj=held) as file:
        file.write(text.encode())
    return held.getvalue()


def _more(column: str, cell: str) -> str:
    header, *rows = CLEAN.splitlines()
    return "\n".join([f"{header},{column}", *(f"{row},{cell}" for row in rows)]) + "\n"


#: What is wrong besides, and what must be said of the file all the same.
HOLDING = {
    "a column that is not agreed": (_more("Notes", "spoke to victim Jane Smith"), NAME, "identifier.name"),
    "a missing column": (_more("Notes", "943 476 5919").replace("MSV", "M S V"), NAME, "identifier.nhs_number"),
    "a malformed row": (CLEAN + "DP-9,8N,mail jane.smith@example.com\n", NAME, "identifier.email"),
    "the name of the file": (CLEAN, f"Jane Smith {NAME}", "identifier.name"),
    "the name within gzip": (CLEAN, f"{NAME}.gz", "identifier.name"),
    "a wrong name of the file": (_more("Notes", "943 476 5919"), "offences.csv", "identifier.nhs_number"),
}


def test_identifiers_are_found_before_any_other_verdict(lake: Settings, tmp_path: Path) -> None:
    for number, (case, (text, name, rule)) in enumerate(HOLDING.items()):
        path = written(tmp_path / str(number), text, name)
        (receipt,) = land(lake, FEED, [str(path)])
        assert (receipt.status, receipt.rule, receipt.stored) == ("refused", rule, "deleted"), case
        assert not raw_file(lake, path).exists(), case
        assert len(receipt.sha256) == 64
    with connect(lake, read_only=True) as connection:
        told = [(each["rule"], each["stored"]) for each in receipts(connection)][-len(HOLDING) :]
    assert told == [(rule, "deleted") for _, _, rule in HOLDING.values()]


def test_what_cannot_be_searched_whole_is_not_kept(lake: Settings, tmp_path: Path) -> None:
    path = written(tmp_path / "in", CLEAN + '"DP-9,8N\n')
    (receipt,) = land(lake, FEED, [str(path)])
    assert (receipt.status, receipt.rule, receipt.stored) == ("refused", "unclosed_quote", "deleted")
    assert not raw_file(lake, path).exists()
    sweep(lake)
    assert not raw_file(lake, path).exists()


def test_a_clean_file_is_kept_whatever_else_is_wrong(lake: Settings, tmp_path: Path) -> None:
    for number, text in enumerate((CLEAN, CLEAN.replace("MSV", "M S V"), CLEAN.replace("DP-1", "DP-7"))):
        path = written(tmp_path / str(number), text)
        (receipt,) = land(lake, FEED, [str(path)])
        assert receipt.stored == "kept"
        sweep(lake)
        assert raw_file(lake, path).is_file()
        assert stat.S_IMODE(raw_file(lake, path).stat().st_mode) == 0o400


def test_bytes_wait_in_private_and_go_with_a_stopped_landing(
    lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "in", CLEAN)
    seen: list[tuple[int, int, bool]] = []

    def stop(*_: object, **__: object) -> None:
        (waiting,) = lake.scratch.glob("receive-*")
        folder, file = lake.scratch.stat().st_mode & 0o777, waiting.stat().st_mode & 0o777
        seen.append((folder, file, raw_file(lake, path).exists()))
        raise KeyboardInterrupt

    monkeypatch.setattr("safer_kpi.landing.readings.require_depersonalised", stop)
    monkeypatch.setattr(raw.Held, "release", lambda _: None)  # as after a kill: nothing is tidied
    with pytest.raises(KeyboardInterrupt):
        land(lake, FEED, [str(path)])
    assert seen == [(0o700, 0o600, False)]
    sweep(lake)
    assert list(lake.scratch.glob("*")) == []
    assert not raw_file(lake, path).exists()
