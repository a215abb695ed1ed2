"""A feed's contract in the Open Data Contract Standard, version 3.1 (https://bitol-io.github.io/open-data-contract-standard)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.check_words import column_words, header_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.catalogue.layouts import Layout

API_VERSION = "v3.1.0"
FORBIDDEN = (
    "Nothing that names a person directly: no names, NHS or National Insurance numbers, dates of birth, full "
    "postcodes, e-mail addresses or telephone numbers. A file that holds any is refused and its bytes are deleted."
)
_FREQUENCY: Mapping[str, tuple[int, str]] = {
    "weekly": (7, "d"),
    "monthly": (1, "month"),
    "quarterly": (3, "month"),
    "yearly": (1, "year"),
}


def to_odcs(feed: Feed) -> dict[str, Any]:
    """Return the contract as the mapping that its YAML file holds."""
    return {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": f"safer-kpi-{feed.name.replace('_', '-')}",
        "name": feed.name,
        "version": feed.version,
        "status": "active",
        "domain": "community safety",
        "description": {"purpose": feed.title, "usage": feed.legal_basis, "limitations": FORBIDDEN},
        "team": {"name": feed.owner},
        "slaProperties": _service(feed),
        "schema": [_schema(feed, layout) for layout in feed.layouts],
        "customProperties": _custom(_terms(feed)),
    }


def to_yaml(feed: Feed) -> str:
    """Return the contract as YAML, held against the standard's own model first.

    Raises:
        pydantic.ValidationError: it does not fit the standard; that is a fault of this module.
    """
    import yaml
    from open_data_contract_standard.model import OpenDataContractStandard

    contract = to_odcs(feed)
    OpenDataContractStandard(**contract)
    return yaml.safe_dump(contract, sort_keys=False, allow_unicode=True, width=120)


def _service(feed: Feed) -> list[dict[str, Any]]:
    every, unit = _FREQUENCY.get(feed.cadence, (1, feed.cadence))
    found: list[dict[str, Any]] = [
        {"property": "frequency", "value": every, "unit": unit, "description": f"One file {feed.cadence}"}
    ]
    due = getattr(feed, "due_after_days", None)
    if due is not None:
        found.append(
            {
                "property": "latency",
                "value": due,
                "unit": "d",
                "description": "Days after the end of the period by which the file should be here",
            }
        )
    if (kept := getattr(feed, "retention", None)) is not None:
        limit = {"value": "unlimited"} if kept.months is None else {"value": kept.months, "unit": "month"}
        text = f"How long the bytes of a file are kept after it was received: {kept.rule}"
        found.append({"property": "retention", **limit, "description": text})
    return found


def _terms(feed: Feed) -> dict[str, Any]:
    """Return the terms the standard has no field for; those a contract does not use are left out."""
    terms = {
        "cell": feed.cell.name,
        "cellTerms": feed.cell.written,
        "parts": list(getattr(feed, "parts", ())),
        "window": dict(getattr(feed, "window", None) or {}),
        "unpivot": dict(getattr(feed, "unpivot", None) or {}),
        "fileName": feed.file_name.pattern if feed.file_name else None,
        "fileNameExample": feed.file_name_example,
        "reference": dict(feed.reference),
        "mustAgree": dict(feed.must_agree),
        "canonicalOrder": list(feed.canonical_order),
        "causes": dict(feed.causes),
        "marks": dict(getattr(feed, "marks", None) or {}),
        "ignoredHeaders": sorted(feed.ignored_headers),
        "publicNames": sorted(getattr(feed, "public_names", ())),
        "sameFileAs": sorted(feed.same_file_as),
        "source": source.written if (source := getattr(feed, "source", None)) else {},
        "addsElsewhere": [one.place for one in feed.contributors],
        "maxWithdrawnShare": feed.max_withdrawn_share,
        "nilReturn": feed.nil_return,
        "dialect": _plain(feed.dialect),
    }
    return {name: value for name, value in terms.items() if value not in (None, "", [], {})}


def _plain(value: Any) -> Any:
    """Lists and mappings that YAML can write."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple | set | frozenset) else value


def _custom(terms: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"property": name, "value": value} for name, value in terms.items()]


def _schema(feed: Feed, layout: Layout) -> dict[str, Any]:
    found = {
        "name": layout.name,
        "physicalType": "file",
        "logicalType": "object",
        "description": layout.schema.description or feed.title,
        "properties": [_property(feed, layout, column) for column in layout.columns],
    }
    if layout.schema.checks:
        found["quality"] = [_row_check(check) for check in layout.schema.checks]
    return found


def _row_check(check: Any) -> dict[str, Any]:
    return {
        "name": str(check.name),
        "type": "text",
        "description": str(check.description or check.error or check.name),
        "dimension": "consistency",
    }


def _property(feed: Feed, layout: Layout, column: str) -> dict[str, Any]:
    declared = layout.schema.columns[column]
    metadata = declared.metadata or {}
    found: dict[str, Any] = {
        "name": column,
        "businessName": header_of(layout, column),
        "description": declared.description or "",
        "logicalType": "string",
        "physicalType": "text",
        "required": not declared.nullable,
    }
    if column in feed.key:
        found |= {"primaryKey": True, "primaryKeyPosition": feed.key.index(column) + 1}
    if metadata.get("pseudonym"):
        found["classification"] = "restricted"
    if options := _options(declared.checks, metadata.get("written")):
        found["logicalTypeOptions"] = options
    if quality := [rule for check in declared.checks if (rule := _rule(check))]:
        found["quality"] = quality
    found["customProperties"] = _custom(
        {
            "headers": list(dict.fromkeys([*metadata.get("headers", ()), column])),
            **_forms(metadata),
            **({"pseudonym": True} if metadata.get("pseudonym") else {}),
            "inWords": "; ".join(column_words(layout, column)) or "any text",
        }
    )
    return found


def _forms(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return how the cells of a column may be written, where the contract declares it."""
    figure = metadata.get("figure") or {}
    told = {
        "tokens": dict(metadata.get("tokens") or {}),
        "marks": dict(metadata.get("marks") or {}),
        "thousands": list(figure.get("thousands") or ()),
        "percent": bool(figure.get("percent")),
        "forms": list(metadata.get("days") or metadata.get("months") or ()),
        "identifier": bool(metadata.get("identifier")),
    }
    return {name: value for name, value in told.items() if value}


def _options(checks: Any, written: str | None) -> dict[str, Any]:
    """Return the standard's options of a text: its pattern and length.

    ``written`` is the pattern of what a partner may write, where the check sees what was read from it.
    """
    options: dict[str, Any] = {}
    for check in checks:
        statistics = check.statistics or {}
        if "pattern" in statistics:
            options["pattern"] = written or statistics["pattern"]
        if {"min_value", "max_value"} <= statistics.keys():
            lengths = {"minLength": statistics["min_value"], "maxLength": statistics["max_value"]}
            options |= {name: length for name, length in lengths.items() if length is not None}
    return options


def _rule(check: Any) -> dict[str, Any] | None:
    """Return a check that the options cannot say: a list of values, or one that is told in words."""
    statistics = check.statistics or {}
    if "allowed_values" in statistics:
        return {
            "name": str(check.name),
            "metric": "invalidValues",
            "arguments": {"validValues": [str(value) for value in statistics["allowed_values"]]},
            "mustBe": 0,
        }
    if statistics:
        return None
    return {"name": str(check.name), "type": "text", "description": str(check.description or check.error or "")}
