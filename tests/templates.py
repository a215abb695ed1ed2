"""A seeded lake and one that is built too, made once for every run of the same sources: a lake may be copied."""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from safer_kpi.compute import build
from safer_kpi.landing import init
from safer_kpi.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".cache" / "lakes"
#: All that a lake is made of, this file included.
SOURCES = ("safer_kpi", "audits", "contracts", "linter", "macros", "models", "seeds", "config.yaml",
           "external_models.yaml", "tests/templates.py")  # fmt: skip


def copy_templates(folder: Path) -> None:
    """Put both lakes, ``seeded`` and ``built``, into a folder; they are made where nobody has since the last change."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = KEPT / digest()
        if not kept.is_dir():
            for old in KEPT.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
            with tempfile.TemporaryDirectory(dir=KEPT) as beside:
                _make(Path(beside) / "made").rename(kept)
        shutil.copytree(kept, folder)


def _make(folder: Path) -> Path:
    init(Settings.load(folder / "seeded"))
    shutil.copytree(folder / "seeded", folder / "built")
    build(Settings.load(folder / "built"))
    return folder


def digest() -> str:
    """SHA-256 over the day, every source file, the settings, the interpreter and the version of every package."""
    settings = sorted(item for item in os.environ.items() if item[0].startswith("SAFER_KPI_"))
    found = hashlib.sha256(repr((dt.datetime.now(dt.UTC).date(), sys.version, settings)).encode())
    for name, version in sorted((each.name, each.version) for each in distributions()):
        found.update(f"{name} {version}\0".encode())
    for path in _files():
        content = path.read_bytes()
        found.update(f"{path.relative_to(ROOT)}\0{len(content)}\0".encode() + content)
    return found.hexdigest()


def _files() -> Iterator[Path]:
    for source in (ROOT / name for name in SOURCES):
        if source.is_file():
            yield source
        else:
            yield from sorted(path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
