"""The rule for texts that officers and panel members read: no ids of metrics or feeds, no paths, no identifiers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from safer_kpi.catalogue.definition import Definition

_FIELDS = ("title", "statement", "counted", "not_counted", "date_used", "polarity_reason", "caveats", "unit")
_PATH = re.compile(
    r"[\w.-]+/[\w./-]*\.[A-Za-z]\w*|[\w-]+\.(?:csv|py|sql|yaml|yml|json|xlsx|zip|parquet|duckdb|md|txt)\b|\*\.\w+"
)
_DOTTED = re.compile(r"\b\w+(?:\.\w+)*")


def check_reader_texts(definitions: Sequence[Definition], *, feeds: Collection[str]) -> None:
    """Check every text for readers of every definition.

    A feed whose id is an ordinary English word, such as ``treatment``, may be mentioned by that word.

    Raises:
        ProjectError: at least one text breaks the rule; each offence is named with file, line, metric and field.
    """
    metrics = {one.metric_id for one in definitions}
    broken = [
        f"{one.origin.at(field)}: {one.metric_id}: {field}: {offence}."
        for one in definitions
        for field, text in _texts(one)
        for offence in offences(text, metrics=metrics, feeds=feeds)
    ]
    if broken:
        raise ProjectError("\n".join(broken), next_action="Write the title or plain words instead.")


def offences(text: str, *, metrics: Collection[str], feeds: Collection[str]) -> list[str]:
    """Return what a text may not contain, one phrase each, in the order of the kinds."""
    paths = _PATH.findall(text)
    rest = _PATH.sub(" ", text)
    words = list(dict.fromkeys(_DOTTED.findall(rest)))
    return [f"{path} is a path or a file name" for path in dict.fromkeys(paths)] + [
        f"{word} is {kind}" for word in words if (kind := _kind(word, metrics, feeds))
    ]


def _kind(word: str, metrics: Collection[str], feeds: Collection[str]) -> str:
    if word in metrics:
        return "the id of a metric"
    if "_" not in word:
        return ""
    return "the id of a feed" if word in feeds else "an identifier"


def _texts(one: Definition) -> Iterator[tuple[str, str]]:
    for field in _FIELDS:
        yield field, getattr(one, field)
    if one.example is not None:
        yield "example.says", one.example.says
        yield "example.arithmetic", one.example.arithmetic
