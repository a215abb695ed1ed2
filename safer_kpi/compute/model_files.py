"""Which files of the project a ledger is made of: its models, all they read, and the lists under ``seeds``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# The layers a ledger may stand on. What is no model of one of them (a column of an alias, say) has no file.
_READ = re.compile(r"\b(ledger|core|staging|reference)\.(\w+)")
_SEED = re.compile(r"\bSEED\s*\(\s*path\s+'([^']+)'")


def models_of(project: Path, ledgers: Iterable[str]) -> list[Path]:
    """The model files of the named ledgers and everything they read, sorted.

    Read off the text of the models, as SQLMesh is not loaded for it; what a macro reads, every model that may use it is
    taken to read.
    """
    models = project / "models"
    waiting = [models / "ledger" / f"{name}.sql" for name in ledgers]
    for macro in (project / "macros").glob("*.py"):
        waiting += _read_by(macro, models)
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in found and path.is_file():
            found.add(path)
            waiting += _read_by(path, models)
    return sorted(found)


def seeds_of(models: Iterable[Path]) -> list[Path]:
    """The lists that are read by model files, sorted."""
    found = {
        (path.parent / seed).resolve() for path in models for seed in _SEED.findall(path.read_text(encoding="utf-8"))
    }
    return sorted(found)


def _read_by(path: Path, models: Path) -> list[Path]:
    return [models / layer / f"{name}.sql" for layer, name in _READ.findall(path.read_text(encoding="utf-8"))]
