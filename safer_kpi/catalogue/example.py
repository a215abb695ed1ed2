"""The worked example of a definition: rows as a partner sends them, and the number they make."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Example:
    """Rows and what they come to.

    Attributes:
        says: the example in a sentence.
        rows: per feed and file name the rows of the file, each a mapping of the partner's header to the text below it.
        area: the area the number is of.
        period: the period it is of, as periods are written.
        breakdown: ``all``, or the part of a breakdown.
        arithmetic: how the number comes from the rows.
        numerator: the numerator of the observation.
        denominator: its denominator, None for a count.
        value: its value, None where it has none.
    """

    says: str
    rows: Mapping[str, Mapping[str, tuple[Mapping[str, str], ...]]]
    area: str
    period: str
    breakdown: str = "all"
    arithmetic: str
    numerator: float | None
    denominator: float | None
    value: float | None


_REQUIRED = {field.name for field in fields(Example)} - {"breakdown"}
_NUMBERS = ("numerator", "denominator", "value")
_TEXTS = ("says", "area", "period", "arithmetic")
_NOTHING = ("null", "~")


def read_example(where: str, example: Mapping[str, Any], written: Mapping[str, Any]) -> Example:
    """The example of the metric named by ``where``; ``written`` is the same mapping with every value as text.

    Raises:
        ProjectError: a field is missing, unknown, empty or of the wrong kind.
    """
    if missing := sorted(_REQUIRED - set(example)):
        raise ProjectError(f"{where}: example lacks {', '.join(missing)}.")
    if unknown := sorted(str(name) for name in set(example) - _REQUIRED - {"breakdown"}):
        raise ProjectError(f"{where}: example holds unknown {', '.join(unknown)}.")
    for name in _NUMBERS:
        number = example[name]
        if number is not None and (not isinstance(number, int | float) or isinstance(number, bool)):
            raise ProjectError(f"{where}: {name} of the example must be a number or null.")
    for name in _TEXTS:
        if not isinstance(written[name], str) or not written[name].strip():
            raise ProjectError(f"{where}: {name} of the example must be text.")
    return Example(
        rows=_rows(where, written["rows"]),
        breakdown=str(written.get("breakdown", "all")),
        **{name: written[name] for name in _TEXTS},
        **{name: example[name] for name in _NUMBERS},
    )


def _rows(where: str, feeds: Any) -> dict[str, dict[str, tuple[dict[str, str], ...]]]:
    """The files of each feed; a file may hold no row (a nil return), an example must hold a file."""
    shape = ProjectError(
        f"{where}: rows of the example must be feed: {{file name: [{{header: value}}, …]}}, with at least one file."
    )
    if not isinstance(feeds, dict) or not feeds:
        raise shape
    found: dict[str, dict[str, tuple[dict[str, str], ...]]] = {}
    for feed, files in feeds.items():
        if not isinstance(files, dict) or not files:
            raise shape
        for name, rows in files.items():
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise shape
            if not all(isinstance(value, str) for row in rows for value in row.values()):
                raise shape
            texts = tuple({key: "" if value in _NOTHING else value for key, value in row.items()} for row in rows)
            found.setdefault(feed, {})[name] = texts
    return found
