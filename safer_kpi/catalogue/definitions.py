"""What each metric is: the definitions of ``contracts/kpis/*.yaml``, loaded and checked."""

from __future__ import annotations

import json
from dataclasses import MISSING, asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.definition_rules import check, check_model
from safer_kpi.catalogue.example import Example, read_example
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One metric and what it means.

    Attributes:
        metric_id: its name, ``<kpi>.<what is counted>``.
        kpi: the lettered line of the strategy it serves.
        strategy: that line's wording.
        paragraph: where in the strategy it stands.
        priority: the strategy's priority above it.
        owner: who answers for the definition.
        definition_version: 1, 2, …; one more whenever the number would change on the same evidence.
        statement: what it measures, in plain English.
        numerator: the ledger's metric that is summed.
        denominator: the ledger's metric it is divided by, ``population`` or ``population.<band>``, a whole number
            above 0 written in digits, or None for a count.
        unit: the unit of its value.
        rate_base: what numerator over denominator is multiplied by; 1 for a count.
        guards: metrics to be read beside it.
        baseline: the period it is judged against, or None.
        comparison: ``year_before`` where it is judged against the same period a year before, else ``none``.
        feeds: feeds whose cells a period needs before it has a value.
        areas: the levels of area it is stated for.
        periods: the lengths of period it is stated for.
        breakdowns: what it is broken down by, besides ``all``.
        settles_after_months: months after a period's end in which it is provisional.
        sensitivity: who may see it.
        interval_method: ``byar`` (exact below ten), ``wilson`` or ``none``.
        additive: whether the values of parts sum to the value of the whole.
        coverage_threshold: the coverage (0 to 1) of its newest figures below which nobody may certify it unless they
            say why.
        changes: what changed with each definition version.
        example: rows a partner could send and the number they make; a test runs it.
    """

    metric_id: str
    kpi: str
    strategy: str
    paragraph: str
    priority: str
    owner: str
    definition_version: int
    title: str
    statement: str
    numerator: str
    denominator: str | None = None
    unit: str
    rate_base: float
    counted: str
    not_counted: str
    date_used: str
    kind: str
    polarity: str
    polarity_reason: str
    guards: tuple[str, ...]
    baseline: str | None
    comparison: str
    feeds: tuple[str, ...]
    cadence: str
    areas: tuple[str, ...]
    periods: tuple[str, ...]
    breakdowns: tuple[str, ...]
    settles_after_months: int
    sensitivity: str
    interval_method: str
    additive: bool
    caveats: str
    changes: Mapping[int, str]
    coverage_threshold: float = 1.0
    example: Example | None = None

    def as_json(self) -> str:
        """The definition as one line of JSON with sorted keys; its example, which proves it, is no part of it."""
        told = {name: value for name, value in asdict(self).items() if name != "example"}
        return json.dumps(told, sort_keys=True, ensure_ascii=False)


_SHARED = ("kpi", "strategy", "paragraph", "priority", "owner")
_KPI_FIELDS = (*_SHARED, "metrics")
_OWN = {field.name: field for field in fields(Definition) if field.name not in _SHARED}
_REQUIRED = {name for name, field in _OWN.items() if field.default is MISSING}
_LISTS = ("guards", "feeds", "areas", "periods", "breakdowns")
_TYPES: Mapping[str, tuple[type, ...]] = {
    "definition_version": (int,),
    "denominator": (str, int),
    "rate_base": (int, float),
    "settles_after_months": (int,),
    "coverage_threshold": (int, float),
    "additive": (bool,),
    "baseline": (str, type(None)),
    "changes": (dict,),
    "example": (dict,),
    **dict.fromkeys(_LISTS, (list,)),
}
_MAY_BE_EMPTY = ("guards", "breakdowns")


def load_definitions(project: Path, *, feeds: Sequence[str] | None = None) -> tuple[Definition, ...]:
    """Every metric of the project, by metric_id; ``feeds`` are the known feeds, where the caller knows them.

    Raises:
        ProjectError: a file is no KPI definition, a field is missing, unknown or of the wrong kind, a metric is
            defined twice, or a definition contradicts itself, another one or the ledger models.
    """
    found: dict[str, Definition] = {}
    origin: dict[str, str] = {}
    files = sorted((project / "contracts" / "kpis").glob("*.yaml"))
    if not files:
        raise ProjectError(f"No KPI is defined under {project / 'contracts' / 'kpis'}.")
    for path in files:
        for definition in _read(path):
            if definition.metric_id in found:
                raise ProjectError(f"{path.name}: metric {definition.metric_id} is defined twice.")
            found[definition.metric_id], origin[definition.metric_id] = definition, path.name
    for name, definition in found.items():
        check(definition, found, file=origin[name], feeds=feeds)
        check_model(definition, project, file=origin[name])
    return tuple(found[name] for name in sorted(found))


def _read(path: Path) -> list[Definition]:
    import yaml

    text = path.read_text(encoding="utf-8")
    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (both are safe)
        # The same file with every value as it is written: a partner's 18:30 or 2015-04-01 is text, not a number or day.
        written = yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 (text only)
    except yaml.YAMLError as error:
        raise ProjectError(f"{path.name} is not YAML.", next_action=_at(error)) from error
    if not isinstance(document, dict) or not isinstance(document.get("metrics"), list):
        raise ProjectError(f"{path.name}: a KPI needs the fields {', '.join(_KPI_FIELDS)}.")
    _same_fields(path.name, document, set(_KPI_FIELDS), set(_KPI_FIELDS))
    if empty := [name for name in _SHARED if document[name] in (None, "")]:
        raise ProjectError(f"{path.name}: {', '.join(empty)} is empty.")
    shared: dict[str, Any] = {name: str(document[name]) for name in _SHARED}
    return [
        _metric(path.name, shared, metric, as_written)
        for metric, as_written in zip(document["metrics"], written["metrics"], strict=True)
    ]


def _at(error: Exception) -> str:
    """What is wrong and in which line, without the line's text."""
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or "The text cannot be read")
    return problem if mark is None else f"Line {mark.line + 1}: {problem}."


def _metric(file: str, shared: Mapping[str, Any], metric: Any, written: Any) -> Definition:
    if not isinstance(metric, dict):
        raise ProjectError(f"{file}: every entry of metrics is a mapping of fields.")
    where = f"{file}: {metric.get('metric_id', 'a metric without metric_id')}"
    _same_fields(where, metric, set(_OWN), _REQUIRED)
    for name, value in metric.items():
        allowed = _TYPES.get(name, (str,))
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            told = " or ".join("null" if kind is type(None) else kind.__name__ for kind in allowed)
            raise ProjectError(f"{where}: {name} must be {told}.")
        if value in ("", [], {}) and not (name in _MAY_BE_EMPTY and value == []):
            raise ProjectError(f"{where}: {name} is empty.")
        if name in _LISTS and not _all_words(value):
            raise ProjectError(f"{where}: {name} must be a list of words.")
    values: dict[str, Any] = {
        **metric,
        **{name: tuple(metric[name]) for name in _LISTS},
        "rate_base": float(metric["rate_base"]),
    }
    if "denominator" in metric:
        values["denominator"] = str(metric["denominator"])
    if "example" in metric:
        values["example"] = read_example(where, metric["example"], written["example"])
    return Definition(**shared, **values)


def _all_words(value: Any) -> bool:
    return all(isinstance(word, str) for word in value)


def _same_fields(where: str, given: Mapping[Any, Any], known: set[str], required: set[str]) -> None:
    if missing := sorted(required - set(given)):
        raise ProjectError(f"{where}: missing {', '.join(missing)}.")
    if unknown := sorted(str(name) for name in set(given) - known):
        raise ProjectError(f"{where}: unknown {', '.join(unknown)}.", next_action=f"Known: {', '.join(sorted(known))}.")
