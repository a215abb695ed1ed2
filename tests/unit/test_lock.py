"""The locks: hashes for everything, no addresses, no machine's paths, and the pins that belong together."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
LOCK = PROJECT / "requirements.lock"
LOCKS = sorted(PROJECT.glob("requirements*.lock"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_holds_hashes_and_neither_addresses_nor_paths(lock: Path) -> None:
    lines = lock.read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if "://" in line or line.startswith("-") or re.search(r"# .*(^|\s)/", line)]
    starts = [number for number, line in enumerate(lines) if re.match(r"[a-z0-9]", line)]
    assert all(lines[number + 1].strip().startswith("--hash=sha256:") for number in starts)


def test_the_lake_engine_and_its_extensions_are_one_version() -> None:
    pins = re.findall(
        r"^(duckdb(?:-extension-[a-z-]+)?)==([^ ;\\]+)", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert {version for _, version in pins} == {"1.5.5"}
