"""The reference of contracts: every term, what it holds, and an example from a contract that a test runs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from docs.site.contract_texts import text_of
from safer_kpi.catalogue.terms import CONTRACT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from safer_kpi.catalogue.terms import Term

INTRODUCTION = """# Contract terms

A contract is a file of `contracts/feeds/`: a class of columns for each layout, and the mapping `CONTRACT` of these
terms. [Write a feed](../tutorial/write-a-feed.md) makes one from nothing. Values are literals: a contract states
facts. An unknown term, a wrong value or a missing one is an error that names the file and the line. Patterns are
regular expressions as Python writes them; of a sheet or a file's rows they are matched without regard to case.

Each example is taken from a contract that lands files in a test: a feed of this project, a case of
`tests/feeds/cases`, or one of [the example contracts](../reference/examples/visits_csv.py).
"""


class Use(NamedTuple):
    """A value as a contract writes it, and which contract that is."""

    where: str
    value: str


def contract_page(project: Path) -> str:
    """Return the page."""
    uses = _uses(project)
    text = INTRODUCTION
    for name, term in terms():
        needed = "May be left out." if term.optional else "Always there."
        text += f"\n## {name}\n\n{text_of(name)}\n\n*{term.holds[0].upper()}{term.holds[1:]}*. {needed}"
        text += " None says that it does not apply.\n" if term.empty else "\n"
        use = next(uses[one] for one in _names(name) if one in uses)
        text += f'\n```python\n# {use.where}\n"{name.rpartition(".")[2]}": {use.value},\n```\n'
    return text


def terms(known: Mapping[str, Term] = CONTRACT, above: str = "") -> Iterator[tuple[str, Term]]:
    """Yield every term with its dotted name, those inside a term after it."""
    for name, term in known.items():
        yield f"{above}{name}", term
        yield from terms(term.terms, f"{above}{name}.")


def _names(term: str) -> Iterator[str]:
    """Yield a term's name, and that of the term which means the same of a sheet or of a CSV file."""
    yield term
    if term.startswith("dialect.workbook."):
        yield term.replace("workbook.", "")
    else:
        yield term.replace("dialect.", "dialect.workbook.")


def _uses(project: Path) -> dict[str, Use]:
    found: dict[str, Use] = {}
    for pattern in ("contracts/feeds/*.py", "tests/feeds/cases/*/contract.py", "docs/reference/examples/*.py"):
        for path in sorted(project.glob(pattern)):
            for name, value in _written(path.read_text(encoding="utf-8")):
                found.setdefault(name, Use(path.relative_to(project).as_posix(), value))
    return found


def _written(source: str) -> Iterator[tuple[str, str]]:
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "CONTRACT":
            yield from _inside(node.value, source, "")


def _inside(node: ast.expr | None, source: str, above: str) -> Iterator[tuple[str, str]]:
    if not isinstance(node, ast.Dict):
        return
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant):
            yield f"{above}{key.value}", ast.get_source_segment(source, value) or ""
            yield from _inside(value, source, f"{above}{key.value}.")
