"""The shape of a YAML file, checked with pydantic: each mistake is one sentence with its line and what is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from safer_kpi.catalogue.suggestions import nearest, suggested
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

    from safer_kpi.catalogue.lines import Document

_KINDS = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping of keys",
    "too_short": "is empty",
    "string_too_short": "is empty",
}
_FORMS = {
    r"\S": "is empty",
    r"^[a-z0-9]+$": "must be a short code of lower-case letters and digits, such as 1a",
    r"^[a-z][a-z0-9_]*$": "must be a lower-case identifier",
    r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$": "must name a model with its schema, such as core.offence",
}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The keys of a kind of file.

    Attributes:
        root: the model of the whole file.
        entries: the model of what stands under a key, by the key.
        items: the lists whose items are named in messages, each with the key that names an item.
        hidden: keys that are read and no longer suggested.
    """

    root: type[BaseModel]
    entries: Mapping[str, type[BaseModel]]
    items: Mapping[str, str]
    hidden: frozenset[str] = frozenset()

    def check(self, document: Document) -> None:
        """Check a file.

        Raises:
            ProjectError: the file does not have the shape; each mistake is named with its line.
        """
        try:
            self.root.model_validate(document.data)
        except ValidationError as error:
            mistakes = [self._mistake(document, one) for one in error.errors(include_url=False)]
            raise ProjectError("\n".join(dict.fromkeys(mistakes))) from None

    def _mistake(self, document: Document, error: Mapping[str, Any]) -> str:
        """Return one sentence: where, which item, which key, what is wrong and what is allowed."""
        place: tuple[str | int, ...] = tuple(error["loc"])
        of_key = place[-1:] == ("[key]",)
        while place and place[-1] in {"[key]", "str", "int", "float"}:
            place = place[:-1]
        item = self._item(place)
        name = self._name(document, place[:item]) if item else ""
        where = f"{document.name}, line {document.line(place)}: {f'{name}: ' if name else ''}"
        return where + self._told(error, place, item, of_key=of_key)

    def _item(self, place: Sequence[str | int]) -> int:
        """Return how many steps of a place lead to the named item; 0 if it lies in none."""
        steps = [step for step, key in enumerate(place[:-1]) if key in self.items and isinstance(place[step + 1], int)]
        return steps[-1] + 2 if steps else 0

    def _name(self, document: Document, place: Sequence[str | int]) -> str:
        entry, kind = document.data, str(place[-2])
        for step in place:
            entry = entry[step]
        name = self.items[kind]
        return str(entry.get(name, f"a {kind.removesuffix('s')} without {name}")) if isinstance(entry, dict) else ""

    def _told(self, error: Mapping[str, Any], place: tuple[str | int, ...], item: int, *, of_key: bool) -> str:
        kind, key = str(error["type"]), self._dotted(place, item)
        if kind == "extra_forbidden":
            return f"unknown key {key}. {nearest(str(place[-1]), self._allowed_keys(place[:-1]))}"
        if kind == "literal_error":
            words = [word.strip().strip("'") for word in str(error["ctx"]["expected"]).replace(" or ", ", ").split(",")]
            value = str(place[-1] if of_key else error["input"])
            return f"{key} must be one of {', '.join(words)}. {suggested(value, words)}".rstrip()
        if kind == "missing":
            return f"missing {key}."
        return f"{key} {_form(error, key, of_key=of_key)}."

    def _dotted(self, place: Sequence[str | int], item: int) -> str:
        """Return the keys of a place as they are nested, without the steps that lead to the item."""
        own = place[item:] if len(place) > item else place
        return ".".join(str(step) for step in own if not isinstance(step, int)) or "the file"

    def _allowed_keys(self, place: Sequence[str | int]) -> list[str]:
        words = [str(step) for step in place if not isinstance(step, int)]
        entry = self.entries[words[-1]] if words else self.root
        return [field.alias or name for name, field in entry.model_fields.items() if name not in self.hidden]


def _form(error: Mapping[str, Any], key: str, *, of_key: bool) -> str:
    """Return what a value must be like."""
    kind = str(error["type"])
    if key == "baseline":
        return "must be text, or null for none"
    if of_key and kind == "int_type":
        return "has a whole number for each version"
    if kind == "string_pattern_mismatch":
        return _FORMS.get(str(error["ctx"]["pattern"]), str(error["msg"]))
    if kind == "greater_than_equal":
        return f"must be at least {error['ctx']['ge']}"
    if kind == "less_than_equal":
        return f"must be at most {error['ctx']['le']}"
    return _KINDS.get(kind, str(error["msg"]))
