"""Which ledger model posts which metric, read off the models' own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.suggestions import suggested
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from safer_kpi.catalogue.count import Count
    from safer_kpi.catalogue.definition import Definition

#: The models that post every metric whose definition has a ``count``: of rows, and of distinct things.
COUNTED, COUNTED_DISTINCT = "counted", "counted_distinct"
SHARED = (COUNTED, COUNTED_DISTINCT)


def shared_ledger(count: Count) -> str:
    """Return the shared model that posts what a ``count`` says."""
    return COUNTED if count.distinct is None else COUNTED_DISTINCT


def ledger_names(project: Path) -> list[str]:
    """Return the ledger models of a project, by their files."""
    return sorted(path.stem for path in (project / "models" / "ledger").glob("*.sql"))


def texts_of(project: Path, ledger: str) -> frozenset[str]:
    """Return the text constants of a ledger model, as SQL's own tokenizer reads them: comments are not among them.

    SQLMesh's parser would read the same constants, but nothing below ``compute`` loads SQLMesh.
    """
    from sqlglot import TokenType, tokenize

    text = (project / "models" / "ledger" / f"{ledger}.sql").read_text(encoding="utf-8")
    return frozenset(token.text for token in tokenize(text, dialect="duckdb") if token.token_type is TokenType.STRING)


def posted_by(project: Path, definitions: Iterable[Definition]) -> dict[str, list[str]]:
    """The ledger models that post each count, by metric; hand-written ones are found by the metric's name in them."""
    texts = {name: texts_of(project, name) for name in ledger_names(project) if name not in SHARED}
    found: dict[str, list[str]] = {
        one.metric_id: [shared_ledger(one.count)] if one.count is not None else []
        for one in definitions
        if one.denominator is None
    }
    for metric_id, ledgers in found.items():
        ledgers += [ledger for ledger, constants in texts.items() if metric_id in constants]
    return found


def check_posted(project: Path, definitions: Sequence[Definition]) -> None:
    """Raise where a metric is posted by no model or by two, or a model does not post a breakdown that is declared.

    Raises:
        ProjectError: with the file, the line, the metric and what to write.
    """
    by_metric = posted_by(project, definitions)
    mistakes = [
        str(mistake) for one in definitions if one.denominator is None for mistake in _mistakes(project, one, by_metric)
    ]
    if mistakes:
        raise ProjectError("\n".join(mistakes))


def _mistakes(project: Path, one: Definition, by_metric: Mapping[str, Sequence[str]]) -> list[ProjectError]:
    ledgers = by_metric[one.metric_id]
    if not ledgers:
        written = {text for name in ledger_names(project) for text in texts_of(project, name) if _is_metric(text)}
        unclaimed = written - set(by_metric)
        return [
            one.error(
                "metric_id",
                "nobody posts the metric: it has no count, and no model under models/ledger names it.",
                f"{suggested(one.metric_id, unclaimed)} Write count:, or a ledger model that posts it.".lstrip(),
            )
        ]
    if len(ledgers) > 1:
        models = ", ".join(f"ledger.{name}" for name in ledgers)
        return [one.error("count", f"the metric is posted twice, by {models}.", "Leave one of them.")]
    if one.count is not None:
        shared = shared_ledger(one.count)
        if shared not in ledger_names(project):
            return [
                one.error(
                    "count",
                    f"the project has no model ledger.{shared}, which posts what a count says.",
                    f"Copy models/ledger/{shared}.sql and macros from a project that safer-kpi init writes.",
                )
            ]
        return []
    constants = texts_of(project, ledgers[0])
    return [
        one.error(
            "breakdowns",
            f"breakdown {word} is declared, and ledger.{ledgers[0]} posts no part of it.",
            f"Post parts named '{word}:…' there, or take {word} out of breakdowns.",
        )
        for word in one.breakdowns
        if not any(text.startswith(f"{word}:") for text in constants)
    ]


def _is_metric(text: str) -> bool:
    kpi, dot, name = text.partition(".")
    return bool(dot) and kpi.isalnum() and name.replace("_", "").isalnum()
