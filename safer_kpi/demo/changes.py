"""Add to each number of a demo's scorecard its change since the year before at the same age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.domain.also_from import also_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import safer_kpi
    from safer_kpi.domain.periods import PeriodType

_CHANGE = (
    "reference_period", "value", "reference_value", "difference", "percentage", "basis", "latest_reference_value",
    "latest_difference", "months", "of_months", "left_out", "reason", "contributors_differ",
)  # fmt: skip


def with_changes(
    lake: safer_kpi.Lake, scores: Iterable[dict[str, Any]], *, area: str, release: str
) -> list[dict[str, Any]]:
    """Return the rows of a scorecard, each with its ``change``; None where there is no number."""
    rows = list(scores)
    asked: dict[tuple[str, PeriodType], list[str]] = {}
    for row in rows:
        if row["period"]:
            asked.setdefault((row["period"], row["period_type"]), []).append(row["metric_id"])
    found: dict[tuple[str, str], dict[str, Any]] = {
        (change["metric_id"], change["period"]): {name: change[name] for name in _CHANGE}
        for (period, by), metrics in asked.items()
        for change in lake.change(metrics, area=area, period=period, by=by, release=release).rows()
    }
    return [row | {"change": found.get((row["metric_id"], row["period"]))} for row in rows]


def cells(row: Mapping[str, Any], notes: list[str], number: Callable[[Any], str]) -> tuple[str, str, str, str]:
    """Return value, year before, change and percentage; the reason for a missing one is added to ``notes``.

    A value in brackets covers the months that both years have.
    """
    change = row["change"]
    mark = _marked(_note(row), notes)
    if change is None:
        return number(row["value"]) + mark, "", "", ""
    difference, share = change["difference"], change["percentage"]
    bracketed = row["value"] is None and change["value"] is not None
    return (
        f"({number(change['value'])})" if bracketed else number(row["value"]),
        number(change["reference_value"]),
        ("-" if difference is None else f"{'+' if difference > 0 else ''}{number(difference)}") + mark,
        "" if share is None else f"{share:+.1f}",
    )


def _marked(note: str, notes: list[str]) -> str:
    if not note:
        return ""
    if note not in notes:
        notes.append(note)
    return f" ({notes.index(note) + 1})"


def _note(row: Mapping[str, Any]) -> str:
    change = row["change"]
    compared = () if change is None else (_basis(change), change["contributors_differ"])
    added = also_from(row) if row["contributors"] else ""
    return "; ".join(filter(None, (row["reason"], f"with {added}" if added else "", *compared)))


def _basis(change: Mapping[str, Any]) -> str:
    if change["reason"]:
        return str(change["reason"])
    if change["months"] != change["of_months"]:
        return f"{change['months']} of {change['of_months']} months, without {', '.join(change['left_out'])}"
    return "the year before as known now" if change["basis"] == "latest known" else ""
