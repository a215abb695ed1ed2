"""The reference of definition and strategy files: every key, what it holds, and where this project uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from safer_kpi.catalogue import definition_file, strategy_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pydantic import BaseModel

#: Keys that are read and no longer written; each description says what took their place.
OLDER = {"example", "strategy", "paragraph", "priority"}

#: Examples of keys that no definition of this project needs; the definitions' own check reads them.
UNUSED = {"coverage_threshold": 0.95}

DEFINITIONS = """# Definition terms

A file of `contracts/kpis/` defines the metrics of one KPI: [write a metric](../tutorial/write-a-metric.md) makes
one from nothing. A key under `defaults` stands for every metric of the file that lacks it. An unknown key, a wrong
value or a missing one is an error that names the line, when the project is loaded.

Each example is taken from a definition of this project. The metric that is named with it has a worked example, and
that example is a test: the rows are landed, the lake is built, and the number must come out.
"""
STRATEGY = """# Strategy terms

`contracts/strategy.yaml` holds a partnership's strategy in its own words. Everything that lists KPIs lists these,
in this order, whether they are measured or not. A project of your own replaces the words by its own strategy's.

Each example is taken from this project's file.
"""
MEASURE = """measure: p1
plan: Action plan 2026-27
words: Fewer robberies around the town's stations
direction: decrease
headlines: [1a.robbery]
data: the force's recorded offences
asked_from: the police
"""


def definitions_page(project: Path) -> str:
    """Return the page of definition files."""
    parts: tuple[tuple[str, type[BaseModel]], ...] = (
        ("The file", definition_file.KpiFile),
        ("A metric", definition_file.MetricEntry),
        ("What it counts", definition_file.CountEntry),
    )
    files = [_read(path) for path in sorted((project / "contracts" / "kpis").glob("*.yaml"))]
    text = "".join(_part(title, model, lambda key: _of_definitions(files, key)) for title, model in parts)
    rules = [_rules(file) for file in files]
    return DEFINITIONS + text + _part(
        "What is published of it", definition_file.PublicEntry, lambda key: _of_definitions(rules, key)
    )  # fmt: skip


def _rules(file: Any) -> dict[str, Any]:
    """Return a file in which each metric has the keys of its own public rule, whose names other keys have, too."""
    return {"metrics": [{"metric_id": one["metric_id"], **one.get("public", {})} for one in file["metrics"]]}


def strategy_page(project: Path) -> str:
    """Return the page of the strategy file."""
    parts: tuple[tuple[str, type[BaseModel]], ...] = (
        ("The file", strategy_file.StrategyFile),
        ("A priority", strategy_file.PriorityEntry),
        ("A KPI", strategy_file.KpiEntry),
        ("Parts of a KPI", strategy_file.PartEntry),
        ("A measure of an action plan", strategy_file.MeasureEntry),
    )
    told = _read(project / "contracts" / "strategy.yaml")
    measure = yaml.safe_load(MEASURE)
    strategy_file.MeasureEntry.model_validate(measure)
    text = STRATEGY
    for title, model in parts:
        # This project has no action plan: the commented measure of its file stands for one.
        source = [measure, told] if model is strategy_file.MeasureEntry else [told, {"measures": [measure]}]
        text += _part(title, model, lambda key, source=source: next(_found(source, key), None))
    return text


def keys(model: type[BaseModel]) -> dict[str, Any]:
    """Return the keys of a model as they are written in a file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _part(title: str, model: type[BaseModel], example: Any) -> str:
    text = f"\n## {title}\n\n{(model.__doc__ or '').strip()}\n"
    schema = model.model_json_schema()
    for key, field in keys(model).items():
        if key in OLDER and model in {definition_file.KpiFile, definition_file.MetricEntry}:
            text += f"\n### {key}\n\n{field.description}. It is read and no longer written.\n"
            continue
        needed = "Always there." if field.is_required() else "May be left out."
        allowed = _allowed(schema["properties"][key])
        text += f"\n### {key}\n\n{field.description}. {needed}{allowed}\n"
        value = example(key)
        if value is None:
            definition_file.DefaultsEntry.model_validate({key: UNUSED[key]})
            value = "# no definition of this project needs it\n" + _written(key, UNUSED[key])
        text += f"\n```yaml\n{value}```\n"
    return text


def _allowed(schema: Mapping[str, Any]) -> str:
    """Return what a key may hold, where that is a list of words."""
    several = [*schema.get("anyOf", ()), schema, schema.get("items", {})]
    several += [one.get("items", {}) for one in schema.get("anyOf", ())]
    for one in several:
        if words := one.get("enum"):
            return f" One of {', '.join(f'`{word}`' for word in words)}."
    return ""


def _of_definitions(files: list[Any], key: str) -> str | None:
    """Return the first use of a key, the metric first whose own it is."""
    for file in files:
        for metric in file["metrics"]:
            for source in (metric, metric.get("count") or {}):
                if key in source:
                    about = f"# {metric['metric_id']}\n" if key != "metric_id" else ""
                    return about + _written(key, source[key])
    for file in files:
        for source in (file, file.get("defaults") or {}):
            if key in source:
                return f"# kpi_{file['kpi']}.yaml\n" + _written(key, source[key])
    return None


def _found(source: Any, key: str) -> Iterator[str]:
    """Yield the uses of a key anywhere in a file, in its order."""
    if isinstance(source, dict):
        if key in source:
            yield _written(key, source[key])
        source = list(source.values())
    if isinstance(source, list):
        for one in source:
            yield from _found(one, key)


def _written(key: str, value: Any) -> str:
    """Return a key and its value as YAML; of what is nested the first entry only, by its own keys."""
    if key in {"metrics", "priorities", "kpis", "measures", "parts"}:
        first = {name: ("…" if isinstance(one, list | dict) else one) for name, one in value[0].items()}
        value = [dict(list(first.items())[:3])]
    if key in {"defaults", "count", "public"}:
        value = dict(list(value.items())[:3])
    return yaml.safe_dump({key: value}, sort_keys=False, allow_unicode=True, width=96)
