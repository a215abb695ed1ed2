"""What each metric is: the definitions of ``contracts/kpis/*.yaml``, loaded and checked."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

POPULATION = "population"
_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "kind": ("outcome", "activity", "reporting"),
    "polarity": ("lower_is_better", "higher_is_better", "neither", "context"),
    "cadence": ("monthly", "quarterly", "yearly"),
    "interval_method": ("byar", "wilson"),
}


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One metric and what it means.

    Attributes:
        metric_id: its name, ``<kpi>.<what is counted>``.
        kpi: the lettered line of the strategy it serves.
        strategy: that line's wording.
        priority: the strategy's priority above it.
        owner: who answers for the definition.
        definition_version: 1, 2, …; one more whenever the number would change on the same evidence.
        statement: what it measures, in plain English.
        numerator: the ledger's metric that is summed.
        denominator: the ledger's metric it is divided by, ``population``, or None for a count.
        unit: the unit of its value.
        rate_base: what numerator over denominator is multiplied by; 1 for a count.
        settles_after_months: months after a period's end in which it is provisional.
        feeds: feeds whose cells a period needs before it has a value.
        interval_method: ``byar`` (exact below ten) or ``wilson``.
        additive: whether the values of parts sum to the value of the whole.
        changes: what changed with each definition version.
    """

    metric_id: str
    kpi: str
    strategy: str
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
    feeds: tuple[str, ...]
    cadence: str
    settles_after_months: int
    interval_method: str
    additive: bool
    caveats: str
    changes: Mapping[int, str]

    def as_json(self) -> str:
        """The whole definition as one line of JSON with sorted keys."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)


_KPI_FIELDS = ("kpi", "strategy", "priority", "owner", "metrics")
_SHARED = ("kpi", "strategy", "priority", "owner")
_TYPES: Mapping[str, tuple[type, ...]] = {
    "definition_version": (int,),
    "rate_base": (int, float),
    "settles_after_months": (int,),
    "additive": (bool,),
    "feeds": (list,),
    "changes": (dict,),
}


def load_definitions(project: Path, *, feeds: Sequence[str] | None = None) -> tuple[Definition, ...]:
    """Every metric of the project, by metric_id; ``feeds`` are the known feeds, where the caller knows them.

    Raises:
        ProjectError: a file is no KPI definition, a field is missing, unknown or of the wrong kind, a metric is
            defined twice, or a definition contradicts itself, another one or the ledger models.
    """
    found: dict[str, Definition] = {}
    files = sorted((project / "contracts" / "kpis").glob("*.yaml"))
    if not files:
        raise ProjectError(f"No KPI is defined under {project / 'contracts' / 'kpis'}.")
    for path in files:
        for definition in _read(path):
            if definition.metric_id in found:
                raise ProjectError(f"{path.name}: metric {definition.metric_id} is defined twice.")
            found[definition.metric_id] = definition
    for definition in found.values():
        _check(definition, found, feeds)
        _check_model(definition, project)
    return tuple(found[name] for name in sorted(found))


def _read(path: Path) -> list[Definition]:
    import yaml

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ProjectError(f"{path.name} is not YAML.", next_action=str(error).splitlines()[0]) from error
    if not isinstance(document, dict) or not isinstance(document.get("metrics"), list):
        raise ProjectError(f"{path.name}: a KPI needs the fields {', '.join(_KPI_FIELDS)}.")
    _same_fields(path.name, document, set(_KPI_FIELDS), set(_KPI_FIELDS))
    shared: dict[str, Any] = {name: str(document[name]) for name in _SHARED}
    return [_metric(path.name, shared, metric) for metric in document["metrics"]]


def _metric(file: str, shared: Mapping[str, Any], metric: Any) -> Definition:
    if not isinstance(metric, dict):
        raise ProjectError(f"{file}: every entry of metrics is a mapping of fields.")
    where = f"{file}: {metric.get('metric_id', 'a metric without metric_id')}"
    own = {field.name for field in fields(Definition)} - set(_SHARED)
    _same_fields(where, metric, own, own - {"denominator"})
    for name, value in metric.items():
        allowed = _TYPES.get(name, (str,))
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            raise ProjectError(f"{where}: {name} must be {' or '.join(kind.__name__ for kind in allowed)}.")
        if value in ("", [], {}):
            raise ProjectError(f"{where}: {name} is empty.")
    values = {**metric, "feeds": tuple(metric["feeds"]), "rate_base": float(metric["rate_base"])}
    return Definition(**shared, **values)


def _same_fields(where: str, given: Mapping[Any, Any], known: set[str], required: set[str]) -> None:
    if missing := sorted(required - set(given)):
        raise ProjectError(f"{where}: missing {', '.join(missing)}.")
    if unknown := sorted(str(name) for name in set(given) - known):
        raise ProjectError(f"{where}: unknown {', '.join(unknown)}.", next_action=f"Known: {', '.join(sorted(known))}.")


def _check(one: Definition, every: Mapping[str, Definition], feeds: Sequence[str] | None) -> None:
    """Raise where a definition contradicts itself, the others or the feeds."""
    unknown = sorted(set(one.feeds) - set(feeds)) if feeds is not None else []
    wrong = (
        *(f"{name} must be one of {', '.join(of)}." for name, of in _ALLOWED.items() if getattr(one, name) not in of),
        *_wrong_in_itself(one),
        *(
            f"{count} is not a count that is defined."
            for count in (one.numerator, one.denominator)
            if count not in {None, POPULATION} and (count not in every or every[str(count)].denominator is not None)
        ),
        *(f"there is no contract of feed {feed}." for feed in unknown),
    )
    if wrong:
        raise ProjectError(f"{one.metric_id}: {' '.join(wrong)}")


def _wrong_in_itself(one: Definition) -> list[str]:
    """Which of the laws of a definition ``one`` breaks, each as a sentence."""
    is_count, is_share = one.denominator is None, one.denominator not in {None, POPULATION}
    laws = {
        f"a metric of KPI {one.kpi} is named {one.kpi}.something.": one.metric_id.startswith(f"{one.kpi}."),
        f"changes must say what changed in each version from 1 to {one.definition_version}.": (
            sorted(one.changes) == list(range(1, one.definition_version + 1))
        ),
        "settles_after_months cannot be negative and rate_base must be above 0.": (
            one.settles_after_months >= 0 and one.rate_base > 0
        ),
        "a count has rate_base 1 and is additive.": not is_count or (one.rate_base == 1 and one.additive),
        "a number that is divided is not additive.": is_count or not one.additive,
        "a count is its own numerator.": not is_count or one.numerator == one.metric_id,
        "population is a denominator only.": one.numerator != POPULATION,
        "a share of another count has interval_method wilson; everything else byar.": (
            (one.interval_method == "wilson") == is_share
        ),
    }
    return [law for law, holds in laws.items() if not holds]


def _check_model(one: Definition, project: Path) -> None:
    """Raise where no ledger model posts the metric's count."""
    model = project / "models" / "ledger" / f"kpi_{one.kpi}.sql"
    if not model.is_file():
        raise ProjectError(f"{one.metric_id}: KPI {one.kpi} has no model.", next_action=f"Write {model.name}.")
    if one.denominator is None and f"'{one.metric_id}'" not in model.read_text(encoding="utf-8"):
        raise ProjectError(f"{one.metric_id}: {model.name} posts no metric of that name.")
