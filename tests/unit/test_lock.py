"""The lock: hashes for everything, no addresses, no machine's paths, and the pins that belong together."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-airflow.lock")


def pins(name: str) -> dict[str, str]:
    text = (PROJECT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", text, flags=re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_hashes_and_neither_addresses_nor_paths(name: str) -> None:
    lines = (PROJECT / name).read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if "://" in line or line.startswith("-") or re.search(r"# .*(^|\s)/", line)]
    starts = [number for number, line in enumerate(lines) if re.match(r"[a-z0-9]", line)]
    assert all(lines[number + 1].strip().startswith("--hash=sha256:") for number in starts)


def test_the_lake_engine_and_its_extensions_are_one_version() -> None:
    engine = {version for name, version in pins(LOCKS[0]).items() if name.startswith("duckdb")}
    assert engine == {"1.5.5"}


def test_both_locks_agree_where_they_overlap() -> None:
    # Airflow's own ceilings may hold a shared package back, but never what reads or writes the lake.
    main, airflow = pins(LOCKS[0]), pins(LOCKS[1])
    for name in ("duckdb", "fsspec", "pandera", "polars", "pyarrow", "sqlmesh", "s3fs", "psycopg"):
        assert airflow[name] == main[name]
