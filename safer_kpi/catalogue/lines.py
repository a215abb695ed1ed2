"""YAML with the line of every key, so that a mistake is named where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Document:
    """One YAML file.

    Attributes:
        name: the file's name, for messages.
        data: its content.
        node: the tree it was read from, which knows the lines.
    """

    name: str
    data: Any
    node: Any

    def line(self, place: Sequence[str | int]) -> int:
        """Return the line of the key or item at ``place``, or of the nearest key above it that exists."""
        node, line = self.node, 1
        for step in place:
            child = _child(node, step)
            if child is None:
                break
            line, node = child
        return line

    def written(self, place: Sequence[str | int]) -> Any:
        """Return the content at ``place`` with every value as the text it is written as."""
        node = self.node
        for step in place:
            child = _child(node, step)
            if child is None:
                return None
            _, node = child
        return _texts(node)

    def error(self, place: Sequence[str | int], what: str, next_action: str = "") -> ProjectError:
        """Return an error that names the file and the line of ``place``."""
        return ProjectError(f"{self.name}, line {self.line(place)}: {what}", next_action=next_action)


def read_document(path: Path) -> Document:
    """Read a YAML file.

    Raises:
        ProjectError: the file is not YAML, or a mapping in it holds a key twice; the line is named.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=loader)
        data = None if node is None else yaml.constructor.SafeConstructor().construct_document(node)
    except yaml.YAMLError as error:
        raise ProjectError(f"{path.name} is not YAML.", next_action=_at(error)) from error
    document = Document(path.name, data, node)
    _no_key_twice(document, node)
    return document


def _child(node: Any, step: str | int) -> tuple[int, Any] | None:
    """Return the line and the node of a key of a mapping, or of an item of a list."""
    if node is None:
        return None
    if isinstance(step, int):
        if node.id == "sequence" and step < len(node.value):
            child = node.value[step]
            return child.start_mark.line + 1, child
        return None
    if node.id == "mapping":
        for key, value in node.value:
            if key.value == step:
                return key.start_mark.line + 1, value
    return None


def _texts(node: Any) -> Any:
    if node.id == "mapping":
        return {key.value: _texts(value) for key, value in node.value}
    if node.id == "sequence":
        return [_texts(value) for value in node.value]
    return node.value


def _no_key_twice(document: Document, node: Any, place: tuple[str | int, ...] = ()) -> None:
    if node is None or node.id == "scalar":
        return
    if node.id == "sequence":
        for number, child in enumerate(node.value):
            _no_key_twice(document, child, (*place, number))
        return
    lines: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if isinstance(key.value, str):
            if key.value in lines:
                twice = f"the key {key.value} stands twice, first in line {lines[key.value]}."
                raise ProjectError(f"{document.name}, line {line}: {twice}", next_action="Remove one of them.")
            lines[key.value] = line
        _no_key_twice(document, value, (*place, str(key.value)))


def _at(error: Exception) -> str:
    """What is wrong and in which line, without the line's text."""
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or "The text cannot be read")
    return problem if mark is None else f"Line {mark.line + 1}: {problem}."
