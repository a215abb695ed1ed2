"""Reading one file of definitions: its shape, its defaults and its examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.count import Count
from safer_kpi.catalogue.definition import Definition, Origin
from safer_kpi.catalogue.definition_file import CountEntry, DefaultsEntry, KpiFile, MetricEntry, PublicEntry
from safer_kpi.catalogue.example import read_example, read_folder
from safer_kpi.catalogue.lines import read_document
from safer_kpi.catalogue.public_rule import PublicRule
from safer_kpi.catalogue.shape import Shape
from safer_kpi.catalogue.strategy import stands_under
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from safer_kpi.catalogue.lines import Document
    from safer_kpi.catalogue.strategy import Strategy

_SHARED = ("kpi", "owner", "metrics")
_NEEDED = (
    "unit", "date_used", "kind", "polarity", "comparison", "feeds", "cadence", "areas", "periods",
    "settles_after_months", "sensitivity", "interval_method", "additive", "public",
)  # fmt: skip
_IMPLIED: Mapping[str, Any] = {
    "definition_version": 1,
    "rate_base": 1,
    "guards": [],
    "baseline": None,
    "coverage_threshold": 1.0,
    "looks_back_months": 0,
    "denominator": None,
}
_SHAPE = Shape(
    root=KpiFile,
    entries={"defaults": DefaultsEntry, "metrics": MetricEntry, "count": CountEntry, "public": PublicEntry},
    items={"metrics": "metric_id"},
    hidden=frozenset({"example"}),
)


def read_definitions(path: Path, strategy: Strategy | None) -> list[Definition]:
    """Return the metrics of one file, each with the file's defaults, the strategy's words and its own worked example.

    Raises:
        ProjectError: the file does not have the shape of a KPI, or its KPI is not in the strategy; each mistake is
            named with its line.
    """
    document = read_document(path)
    if not isinstance(document.data, dict):
        raise ProjectError(f"{path.name}: a KPI is a mapping of keys.", next_action=f"Needed: {', '.join(_SHARED)}.")
    _SHAPE.check(document)
    shared = stands_under(strategy, document)
    return [_definition(path, document, number, shared) for number in range(len(document.data["metrics"]))]


def _definition(path: Path, document: Document, number: int, shared: Mapping[str, str]) -> Definition:
    own = document.data["metrics"][number]
    merged: dict[str, Any] = {**_IMPLIED, **(document.data.get("defaults") or {}), **own}
    place = ("metrics", number)
    if missing := [name for name in _NEEDED if merged.get(name) is None]:
        hint = " `public: {method: none}` publishes nothing of a metric." if "public" in missing else ""
        raise document.error(
            place,
            f"{own['metric_id']}: missing {', '.join(missing)}.",
            f"Write it here, or under defaults for all.{hint}",
        )
    entry = merged.pop("count", None)
    count = _count(entry) if entry else None
    public = _public(merged.pop("public"))
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
    values["rate_base"] = float(values["rate_base"])
    origin = Origin(file=path.name, lines=_lines(document, place))
    values |= {"owner": str(document.data["owner"]), **shared}
    return Definition(**values, count=count, public=public, example=example, origin=origin)


def _count(entry: Mapping[str, Any]) -> Count:
    named = {"source" if name == "from" else name: value for name, value in entry.items() if value is not None}
    return Count(**named)


def _public(entry: Mapping[str, Any]) -> PublicRule:
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
    return PublicRule(**{name: value for name, value in given.items() if value is not None})


def _lines(document: Document, place: tuple[str | int, ...]) -> dict[str, int]:
    """Return the line of every key of a metric, its defaults' and its count's."""
    data = document.data
    for step in place:
        data = data[step]
    lines = {"": document.line(place)}
    lines |= {name: document.line(("defaults", name)) for name in document.data.get("defaults") or {}}
    lines |= {name: document.line((*place, name)) for name in data}
    rule = (*place, "public") if data.get("public") else ("defaults", "public")
    for name in data.get("public") or (document.data.get("defaults") or {}).get("public") or {}:
        lines[f"public.{name}"] = document.line((*rule, name))
    for name, value in (data.get("count") or {}).items():
        lines[f"count.{name}"] = document.line((*place, "count", name))
        if isinstance(value, dict):
            for key in value:
                lines[f"count.{name}.{key}"] = document.line((*place, "count", name, key))
    return lines
