"""The files that a metric is made of: its models, all they read, and the lists under ``seeds``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.catalogue.count_sql import counted_query
from safer_kpi.catalogue.denominators import is_constant
from safer_kpi.catalogue.ledgers import COUNTED, ledger_names, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from safer_kpi.catalogue.definition import Definition

# The layers a ledger may stand on. What is not a model of one of them (a column of an alias, say) has no file.
_LAYERS = ("ledger", "core", "staging", "reference")
# A macro is Python: the models it reads stand in its strings.
_IN_MACRO = re.compile(rf"\b({'|'.join(_LAYERS)})\.(\w+)")


@dataclass(frozen=True, kw_only=True)
class MadeOf:
    """The parts that one metric is made of.

    Attributes:
        ledgers: the hand-written ledger models that post its numerator and denominator.
        sources: the models whose rows their ``count`` counts.
        counts: the SQL of these counts.
        files: the files of all these models and of everything they read, sorted.
    """

    ledgers: tuple[str, ...]
    sources: tuple[str, ...]
    counts: tuple[str, ...]
    files: tuple[Path, ...]


def made_of(project: Path, definitions: Sequence[Definition]) -> dict[str, MadeOf]:
    """Return what each metric is made of, by its id.

    The models are read with SQL's tokenizer, so that SQLMesh need not be loaded. A model is taken to read everything
    that a macro reads.
    """
    files = _Files(project)
    by_id = {one.metric_id: one for one in definitions}
    texts = {name: texts_of(project, name) for name in ledger_names(project) if name != COUNTED}
    found = {}
    for one in definitions:
        names = [name for name in (one.numerator, one.denominator) if name is not None and not is_constant(name)]
        counted = [by_id[name] for name in names if name in by_id and by_id[name].count is not None]
        written = [ledger for ledger in texts if _posts(texts[ledger], names, counted)]
        sources = [each.count.source for each in counted if each.count is not None]
        models = [f"ledger.{name}" for name in ([COUNTED] if counted else []) + written] + sources
        found[one.metric_id] = MadeOf(
            ledgers=tuple(written),
            sources=tuple(dict.fromkeys(sources)),
            counts=tuple(counted_query([each]) for each in counted),
            files=tuple(files.of(models)),
        )
    return found


def seeds_of(models: Iterable[Path]) -> list[Path]:
    """Return the lists that are read by model files, sorted."""
    found = set()
    for path in models:
        words = _words(path)
        for place, word in enumerate(words[:-3]):
            if word.upper() == "SEED" and words[place + 1] == "(" and words[place + 2].lower() == "path":
                found.add((path.parent / words[place + 3]).resolve())
    return sorted(found)


def _posts(words: frozenset[str], names: Sequence[str], counted: Sequence[Definition]) -> bool:
    """Return whether a hand-written ledger names one of the metrics that no ``count`` posts."""
    return any(name in words for name in names if name not in {each.metric_id for each in counted})


class _Files:
    """The files of a project's models, each read once."""

    def __init__(self, project: Path) -> None:
        self._models = project / "models"
        self._read: dict[Path, list[Path]] = {}
        self._macros = [
            self._models / layer / f"{name}.sql"
            for macro in sorted((project / "macros").glob("*.py"))
            for layer, name in _IN_MACRO.findall(macro.read_text(encoding="utf-8"))
        ]

    def of(self, models: Iterable[str]) -> list[Path]:
        """Return the files of the named models, of what a macro reads and of everything they read, sorted."""
        waiting = [self._models / f"{name.replace('.', '/')}.sql" for name in models] + self._macros
        found: set[Path] = set()
        while waiting:
            path = waiting.pop()
            if path not in found and path.is_file():
                found.add(path)
                waiting += self._read_by(path)
        return sorted(found)

    def _read_by(self, path: Path) -> list[Path]:
        if path not in self._read:
            words = _words(path)
            self._read[path] = [
                self._models / word / f"{words[place + 2]}.sql"
                for place, word in enumerate(words[:-2])
                if word in _LAYERS and words[place + 1] == "."
            ]
        return self._read[path]


def _words(path: Path) -> list[str]:
    """Return the words of a model, without its comments."""
    from sqlglot import tokenize

    return [token.text for token in tokenize(path.read_text(encoding="utf-8"), dialect="duckdb")]
