"""Lakes made once for every run of the same sources: seeded, built, the stories' and the demo's. A lake may be copied.

Each kind lies in ``.cache/<kind>/<hash of all it is made of>``. It is made beside that folder and renamed in, so it is
whole or not there; a changed source makes a new one, and those of older sources are removed.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import distributions
from pathlib import Path

from safer_kpi.compute import build
from safer_kpi.landing import init
from safer_kpi.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".cache"
#: All that a lake is made of, this file included.
SOURCES = ("safer_kpi", "audits", "contracts", "linter", "macros", "models", "seeds", "config.yaml",
           "external_models.yaml", "tests/templates.py")  # fmt: skip

#: Settings that change no lake, and packages: those of other engines than DuckDB, which make no lake of a test.
_FREE = {"SAFER_KPI_THREADS"}
_OF_ENGINES = {"pysail", "pyspark-client", "grpcio-status"}


def copy_templates(folder: Path) -> None:
    """Put both lakes, ``seeded`` and ``built``, into a folder; make them if the sources have changed since."""
    copy_kept("lakes", folder, make=_make)


def copy_kept(kind: str, folder: Path, *, make: Callable[[Path], None], sources: Sequence[str] = SOURCES) -> None:
    """Copy what is kept of a kind to ``folder``; ``make`` fills a new folder if the sources have changed since.

    The copy is made under the lock, so that nobody removes what is being copied.
    """
    home = KEPT / kind
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = home / digest(sources)
        if not kept.is_dir():
            for old in home.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
            with tempfile.TemporaryDirectory(dir=home) as beside:
                made = Path(beside) / "made"
                make(made)
                made.rename(kept)
        # The links into the extensions' wheels stay links: followed, they would be a hundred megabytes of each copy.
        shutil.copytree(kept, folder, symlinks=True)


def _make(folder: Path) -> None:
    init(Settings.load(folder / "seeded"))
    shutil.copytree(folder / "seeded", folder / "built", symlinks=True)
    build(Settings.load(folder / "built"))


def digest(sources: Sequence[str] = SOURCES) -> str:
    """SHA-256 over the day, every source file, the settings, the interpreter and the version of every package."""
    settings = sorted(item for item in os.environ.items() if item[0].startswith("SAFER_KPI_") and item[0] not in _FREE)
    found = hashlib.sha256(repr((dt.datetime.now(dt.UTC).date(), sys.version, settings)).encode())
    packages = {(each.name, each.version) for each in distributions() if each.name not in _OF_ENGINES}
    for name, version in sorted(packages):
        found.update(f"{name} {version}\0".encode())
    for path in _files(sources):
        content = path.read_bytes()
        found.update(f"{path.relative_to(ROOT)}\0{len(content)}\0".encode() + content)
    return found.hexdigest()


def _files(sources: Sequence[str]) -> Iterator[Path]:
    for source in (ROOT / name for name in sources):
        if source.is_file():
            yield source
        else:
            yield from sorted(path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
