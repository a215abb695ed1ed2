"""The laws of a strategy, in itself and beside the definitions; a project that breaks one does not load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.suggestions import suggested

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from safer_kpi.catalogue.definition import Definition
    from safer_kpi.catalogue.lines import Document

_POLARITIES = {"increase": "higher_is_better", "decrease": "lower_is_better"}
_OPPOSITE = {"increase": "decrease", "decrease": "increase"}
Place = tuple[str | int, ...]


def mistakes(document: Document) -> list[str]:
    """Name every law that the strategy breaks in itself, each with its line."""
    seen: dict[str, Place] = {}
    broken = []
    for place, code, entry in _lines(document):
        if code in seen:
            broken.append(
                _told(document, place, code, f"the code stands twice, first in line {document.line(seen[code])}")
            )
        seen.setdefault(code, place)
        broken += [_told(document, (*place, *key), code, law) for key, law in _in_itself(entry)]
    return broken


def against_definitions(document: Document, definitions: Mapping[str, Definition]) -> list[str]:
    """Name every headline metric that does not exist, and every direction that needs an explanation."""
    broken = []
    for place, code, entry in _lines(document):
        for where, direction, metric_id in _headlines(place, entry):
            one = definitions.get(metric_id)
            if one is None:
                law = f"headlines: {metric_id} is not defined. {suggested(metric_id, definitions)}".rstrip()
                broken.append(_told(document, where, code, law.removesuffix(".")))
            elif entry.get("explanation") is None and one.polarity != _POLARITIES[direction]:
                law = (
                    f"explanation: {direction} is asked for and the polarity of {metric_id} is {one.polarity}: "
                    "say why, for those who read both"
                )
                broken.append(_told(document, place, code, law))
    return broken


def _lines(document: Document) -> Iterator[tuple[Place, str, Mapping[str, Any]]]:
    """Yield the place, the code and the entry of every KPI and measure, as they stand in the file."""
    for number, priority in enumerate(document.data["priorities"]):
        for kind in ("kpi", "measure"):
            for at, entry in enumerate(priority.get(f"{kind}s") or ()):
                yield ("priorities", number, f"{kind}s", at), entry[kind], entry


def _headlines(place: Place, entry: Mapping[str, Any]) -> Iterator[tuple[Place, str, str]]:
    """Yield the place, the wanted direction and the name of every headline metric."""
    if entry.get("parts"):
        for at, part in enumerate(entry["parts"]):
            for metric_id in part["headlines"]:
                yield (*place, "parts", at, "headlines"), part["direction"], metric_id
    else:
        for metric_id in entry.get("headlines") or ():
            yield (*place, "headlines"), entry["direction"], metric_id


def _in_itself(entry: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yield the key and the law for each law that one KPI or measure breaks."""
    parts = entry.get("parts") or []
    if (entry["direction"] == "both") != bool(parts):
        yield ("direction",), "direction: both is for what has parts, and what has parts asks for both"
    if parts and entry.get("headlines"):
        yield ("headlines",), "headlines: they stand in the parts"
    if parts and len({part["direction"] for part in parts}) == 1:
        yield ("parts",), f"parts: one of them asks for a {_OPPOSITE[parts[0]['direction']]}, else none is needed"
    if parts and entry.get("explanation") is None:
        yield ("parts",), "explanation: what asks for opposite directions explains itself"
    for at, part in enumerate(parts):
        if " ".join(part["words"].split()) not in " ".join(entry["words"].split()):
            yield ("parts", at, "words"), "parts.words: they are words of the KPI, as it has them"
    named = [metric_id for _, _, metric_id in _headlines((), entry)]
    for metric_id in sorted({each for each in named if named.count(each) > 1}):
        yield ("headlines",), f"headlines: {metric_id} stands twice"


def _told(document: Document, place: Place, code: str, law: str) -> str:
    return f"{document.name}, line {document.line(place)}: {code}: {law}."
