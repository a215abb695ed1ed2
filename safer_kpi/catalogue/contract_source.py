"""The lines at which a contract's file states its terms, for messages."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class ContractSource:
    """The text of ``contracts/feeds/<feed>.py``."""

    path: Path

    def where(self, *terms: str) -> str:
        """Return the file and the line of a term; of the term around it if the file does not state it itself."""
        line = self._line(terms)
        return f"contracts/feeds/{self.path.name}" + (f", line {line}" if line else "")

    def literal(self, term: str) -> Any:
        """Return the value of a term that is written out in the file; None if the file does not state the term.

        Raises:
            SyntaxError: the file is not Python.
            ValueError: the value is not made of plain texts, numbers, lists and mappings.
        """
        if not isinstance(self._contract, ast.Dict):
            return None
        for key, value in zip(self._contract.keys, self._contract.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == term:
                return ast.literal_eval(value)
        return None

    def _line(self, terms: tuple[str, ...]) -> int | None:
        node, line = self._contract, self._contract.lineno if self._contract else None
        for term in terms:
            if not isinstance(node, ast.Dict):
                break
            stated = zip(node.keys, node.values, strict=True)
            found = [(key, value) for key, value in stated if isinstance(key, ast.Constant) and key.value == term]
            if not found:
                break
            line, node = found[-1][0].lineno, found[-1][1]
        return line

    @cached_property
    def _contract(self) -> ast.expr | None:
        """The value that is assigned to ``CONTRACT``."""
        for statement in ast.parse(self.path.read_text(encoding="utf-8")).body:
            match statement:
                case ast.Assign(targets=[ast.Name(id="CONTRACT")]) | ast.AnnAssign(target=ast.Name(id="CONTRACT")):
                    return statement.value
        return None
