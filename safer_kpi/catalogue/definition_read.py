"""Reading one file of definitions: its shape, its defaults and its examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from safer_kpi.catalogue.count import Count
from safer_kpi.catalogue.definition import Definition, Origin
from safer_kpi.catalogue.definition_file import CountEntry, DefaultsEntry, KpiFile, MetricEntry
from safer_kpi.catalogue.example import read_example, read_folder
from safer_kpi.catalogue.lines import read_document
from safer_kpi.catalogue.suggestions import nearest, suggested
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pydantic import BaseModel

    from safer_kpi.catalogue.lines import Document

_SHARED = ("kpi", "strategy", "paragraph", "priority", "owner")
_NEEDED = (
    "unit", "date_used", "kind", "polarity", "comparison", "feeds", "cadence", "areas", "periods",
    "settles_after_months", "sensitivity", "interval_method", "additive",
)  # fmt: skip
_IMPLIED: Mapping[str, Any] = {
    "definition_version": 1,
    "rate_base": 1,
    "guards": [],
    "baseline": None,
    "coverage_threshold": 1.0,
    "denominator": None,
}
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
_ENTRIES: Mapping[str, type[BaseModel]] = {"defaults": DefaultsEntry, "metrics": MetricEntry, "count": CountEntry}


def read_definitions(path: Path) -> list[Definition]:
    """Return the metrics of one file, each with the file's defaults and its own worked example.

    Raises:
        ProjectError: the file does not have the shape of a KPI; each mistake is named with its line.
    """
    document = read_document(path)
    if not isinstance(document.data, dict):
        raise ProjectError(f"{path.name}: a KPI is a mapping of keys.", next_action=f"Needed: {', '.join(_SHARED)}.")
    try:
        KpiFile.model_validate(document.data)
    except ValidationError as error:
        mistakes = [_mistake(document, one) for one in error.errors(include_url=False)]
        raise ProjectError("\n".join(dict.fromkeys(mistakes))) from None
    return [_definition(path, document, number) for number in range(len(document.data["metrics"]))]


def _definition(path: Path, document: Document, number: int) -> Definition:
    own = document.data["metrics"][number]
    merged: dict[str, Any] = {**_IMPLIED, **(document.data.get("defaults") or {}), **own}
    place = ("metrics", number)
    if missing := [name for name in _NEEDED if merged.get(name) is None]:
        raise document.error(
            place, f"{own['metric_id']}: missing {', '.join(missing)}.", "Write it here, or under defaults for all."
        )
    entry = merged.pop("count", None)
    count = _count(entry) if entry else None
    inline = merged.pop("example", None)
    metric_id = str(own["metric_id"])
    merged.setdefault("numerator", metric_id)
    merged.setdefault("breakdowns", list(count.by) if count else [])
    merged.setdefault("changes", {1: "First definition."})
    if merged["denominator"] is not None:
        merged["denominator"] = str(merged["denominator"])
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in merged.items()
    }
    example = read_folder(path.parent / "examples" / metric_id)
    if inline is not None:
        if example is not None:
            raise document.error(
                (*place, "example"), f"{metric_id}: the example stands here and in examples/{metric_id}.",
                "Remove one of them.",
            )  # fmt: skip
        example = read_example(document, place, metric_id)
    shared: dict[str, Any] = {name: str(document.data[name]) for name in _SHARED}
    values["rate_base"] = float(values["rate_base"])
    origin = Origin(file=path.name, lines=_lines(document, place))
    return Definition(**shared, **values, count=count, example=example, origin=origin)


def _count(entry: Mapping[str, Any]) -> Count:
    named = {"source" if name == "from" else name: value for name, value in entry.items() if value is not None}
    return Count(**named)


def _lines(document: Document, place: tuple[str | int, ...]) -> dict[str, int]:
    """Return the line of every key of a metric, its defaults' and its count's."""
    data = document.data
    for step in place:
        data = data[step]
    lines = {"": document.line(place)}
    lines |= {name: document.line(("defaults", name)) for name in document.data.get("defaults") or {}}
    lines |= {name: document.line((*place, name)) for name in data}
    for name, value in (data.get("count") or {}).items():
        lines[f"count.{name}"] = document.line((*place, "count", name))
        if isinstance(value, dict):
            for key in value:
                lines[f"count.{name}.{key}"] = document.line((*place, "count", name, key))
    return lines


def _mistake(document: Document, error: Mapping[str, Any]) -> str:
    """One sentence: where, which metric, which key, what is wrong and what is allowed."""
    place: tuple[str | int, ...] = tuple(error["loc"])
    of_key = place[-1:] == ("[key]",)
    while place and place[-1] in {"[key]", "str", "int", "float"}:
        place = place[:-1]
    name = _metric_name(document, place)
    where = f"{document.name}, line {document.line(place)}: {f'{name}: ' if name else ''}"
    return where + _told(error, place, of_key=of_key)


def _metric_name(document: Document, place: Sequence[str | int]) -> str:
    if len(place) < 2 or place[0] != "metrics" or not isinstance(place[1], int):
        return ""
    metric = document.data["metrics"][place[1]]
    return str(metric.get("metric_id", "a metric without metric_id")) if isinstance(metric, dict) else ""


def _told(error: Mapping[str, Any], place: tuple[str | int, ...], *, of_key: bool) -> str:
    kind, key = str(error["type"]), _dotted(place)
    if kind == "extra_forbidden":
        return f"unknown key {key}. {nearest(str(place[-1]), _allowed_keys(place[:-1]))}"
    if kind == "literal_error":
        words = [word.strip().strip("'") for word in str(error["ctx"]["expected"]).replace(" or ", ", ").split(",")]
        value = str(place[-1] if of_key else error["input"])
        return f"{key} must be one of {', '.join(words)}. {suggested(value, words)}".rstrip()
    if kind == "missing":
        return f"missing {key}."
    return f"{key} {_form(error, key, of_key=of_key)}."


def _form(error: Mapping[str, Any], key: str, *, of_key: bool) -> str:
    """What a value must be like."""
    kind = str(error["type"])
    if key == "baseline":
        return "must be text, or null for none"
    if of_key and kind == "int_type":
        return "has a whole number for each version"
    if kind == "string_pattern_mismatch":
        pattern = str(error["ctx"]["pattern"])
        if pattern == r"\S":
            return "is empty"
        dotted = r"\." in pattern
        return (
            "must name a model with its schema, such as core.offence" if dotted else "must be a lower-case identifier"
        )
    return _KINDS.get(kind, str(error["msg"]))


def _dotted(place: Sequence[str | int]) -> str:
    """Return the keys of a place as they are nested, without the list of metrics."""
    own = place[2:] if len(place) > 2 and place[0] == "metrics" else place
    return ".".join(str(step) for step in own if not isinstance(step, int)) or "metrics"


def _allowed_keys(place: Sequence[str | int]) -> list[str]:
    words = [str(step) for step in place if not isinstance(step, int)]
    entry = _ENTRIES[words[-1]] if words else KpiFile
    return [field.alias or name for name, field in entry.model_fields.items() if name != "example"]
