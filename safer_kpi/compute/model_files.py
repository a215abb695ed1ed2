"""The files that a metric is made of: its models, all they read, and the lists under ``seeds``."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from safer_kpi.catalogue.denominators import is_constant
from safer_kpi.catalogue.distinct_sql import posted_query
from safer_kpi.catalogue.ledgers import SHARED, ledger_names, shared_ledger, texts_of
from safer_kpi.compute.parsed import DIALECT, parse_file
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sqlglot import exp

    from safer_kpi.catalogue.definition import Definition

# The layers a ledger may stand on. What is not a model of one of them (a column of an alias, say) has no file.
_LAYERS = ("ledger", "core", "staging", "reference")


@dataclass(frozen=True, kw_only=True)
class MadeOf:
    """The parts that one metric is made of.

    Attributes:
        ledgers: the hand-written ledger models that post its numerator and denominator.
        shared: the shared ledger models that post what their ``count`` says.
        sources: the models whose rows their ``count`` counts.
        counts: the SQL of these counts.
        files: the files of all these models and of everything they read, sorted.
    """

    ledgers: tuple[str, ...]
    shared: tuple[str, ...]
    sources: tuple[str, ...]
    counts: tuple[str, ...]
    files: tuple[Path, ...]


def made_of(project: Path, definitions: Sequence[Definition]) -> dict[str, MadeOf]:
    """Return what each metric is made of, by its id.

    A model is taken to read everything that a macro reads.

    Raises:
        ProjectError: a model does not parse.
    """
    files = _Files(project)
    by_id = {one.metric_id: one for one in definitions}
    texts = {name: texts_of(project, name) for name in ledger_names(project) if name not in SHARED}
    found = {}
    for one in definitions:
        names = [name for name in (one.numerator, one.denominator) if name is not None and not is_constant(name)]
        counted = [by_id[name] for name in names if name in by_id and by_id[name].count is not None]
        written = [ledger for ledger in texts if _posts(texts[ledger], names, counted)]
        sources = [each.count.source for each in counted if each.count is not None]
        shared = list(dict.fromkeys(shared_ledger(each.count) for each in counted if each.count is not None))
        models = [f"ledger.{name}" for name in shared + written] + sources
        found[one.metric_id] = MadeOf(
            ledgers=tuple(written),
            shared=tuple(shared),
            sources=tuple(dict.fromkeys(sources)),
            counts=tuple(posted_query(each) for each in counted),
            files=tuple(files.of(models)),
        )
    return found


def seeds_of(project: Path, models: Iterable[Path]) -> list[Path]:
    """Return the lists that are read by model files, sorted."""
    return sorted({(path.parent / seed).resolve() for path in models for seed in _reads(project, path).seeds})


@dataclass(frozen=True)
class _Reads:
    """What one model file reads: models, each as its layer and name, and the paths of lists."""

    models: tuple[tuple[str, str], ...]
    seeds: tuple[str, ...]


def _reads(project: Path, path: Path) -> _Reads:
    return _parsed(project, path, path.read_bytes())


@lru_cache(maxsize=1024)
def _parsed(project: Path, path: Path, _content: bytes) -> _Reads:
    """Parse a file once for all metrics and builds of this process, until its content changes."""
    head, *statements = parse_file(project, path)
    models = tuple(named for statement in statements for named in _named_in(statement))
    return _Reads(models, tuple(_seeds(head)))


def _seeds(head: exp.Expr) -> Iterator[str]:
    """Return the path of the list that a model of the kind SEED reads."""
    from sqlmesh.core.dialect import ModelKind

    for kind in head.find_all(ModelKind):
        if kind.name.upper() == "SEED":
            for term in kind.expressions:
                if term.name.lower() == "path":
                    yield term.args["value"].name


def _posts(words: frozenset[str], names: Sequence[str], counted: Sequence[Definition]) -> bool:
    """Return whether a hand-written ledger names one of the metrics that no ``count`` posts."""
    return any(name in words for name in names if name not in {each.metric_id for each in counted})


class _Files:
    """The files of a project's models."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._macros = [
            self._file(layer, name)
            for macro in sorted((project / "macros").glob("*.py"))
            for layer, name in _named_in_macros(macro)
        ]

    def of(self, models: Iterable[str]) -> list[Path]:
        """Return the files of the named models, of what a macro reads and of everything they read, sorted."""
        waiting = [self._file(*name.split(".")) for name in models] + self._macros
        found: set[Path] = set()
        while waiting:
            path = waiting.pop()
            if path not in found and path.is_file():
                found.add(path)
                waiting += [self._file(*named) for named in _reads(self._project, path).models]
        return sorted(found)

    def _file(self, layer: str, name: str) -> Path:
        return self._project / "models" / layer / f"{name}.sql"


def _named_in(statement: exp.Expr) -> Iterator[tuple[str, str]]:
    """Return the layer and the name of every model that a statement names: its tables, and the arguments of macros."""
    from sqlglot import exp
    from sqlmesh.core.dialect import MacroFunc

    for table in statement.find_all(exp.Table):
        if table.db in _LAYERS:
            yield table.db, table.name
    for call in statement.find_all(MacroFunc):
        for column in call.find_all(exp.Column):  # ``@in_place(staging.police_street, month)``
            if column.table in _LAYERS:
                yield column.table, column.name


def _named_in_macros(macro: Path) -> Iterator[tuple[str, str]]:
    """Return the layer and the name of every model that the strings of a macro file name.

    The strings are pieces of SQL and not statements, so SQL's tokenizer reads them and not its parser.
    """
    from sqlglot import tokenize
    from sqlglot.errors import TokenError

    for string in _strings(ast.parse(macro.read_text(encoding="utf-8"))):
        if not any(f"{layer}." in string for layer in _LAYERS):
            continue
        try:
            words = [token.text for token in tokenize(string, dialect=DIALECT)]
        except TokenError as error:
            raise ProjectError(
                f"macros/{macro.name} has a string that names a model and cannot be read as SQL: {error}",
                next_action="Write each piece of SQL so that its quotation marks are closed.",
            ) from error
        for layer, dot, name in zip(words, words[1:], words[2:], strict=False):
            if layer in _LAYERS and dot == ".":
                yield layer, name


def _strings(tree: ast.AST) -> Iterator[str]:
    """Return the strings of a Python file, but for what stands alone as a statement: docstrings.

    A value that an f-string inserts is read as a name.
    """
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "_" for part in node.values)
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    yield from _strings(part)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        else:
            yield from _strings(node)
