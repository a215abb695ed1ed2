"""Differences of the terms of two contracts other than columns: cells, file names, dialect, causes and the like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAJOR, MINOR, PATCH = "major", "minor", "patch"


@dataclass(frozen=True)
class Change:
    """One difference: the version level it needs, its place, and its text."""

    level: str
    where: str
    change: str


# Terms of which any change breaks something, and what.
_BREAKING = {
    "cell": "other cells: a file covers and replaces something else",
    "cellTerms": "another part, place or period: coverage speaks of something else",
    "window": "another window: rows fall into other months",
    "unpivot": "headers are read as values in another way",
    "fileName": "file names that were right may be refused",
    "reference": "the file's name is looked up elsewhere",
}
_TOLD = {
    "causes": "changes are told under other causes",
    "canonicalOrder": "another one of two repeats of a key may count",
    "fileNameExample": "another example of a file name",
    "addsElsewhere": "numbers name other sources that add to an area in some months",
}
_LEVEL_OF_TOLD = {"causes": MINOR, "canonicalOrder": MAJOR, "fileNameExample": PATCH, "addsElsewhere": MINOR}


def compare_terms(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Change]:
    """Return the differences of the contracts' own terms."""
    was, now = _terms(old), _terms(new)
    for name, told in _BREAKING.items():
        # A contract exported by an older version says no more of its cells than their names.
        if was.get(name) != now.get(name) and not (name == "cellTerms" and None in (was.get(name), now.get(name))):
            yield Change(MAJOR, _spaced(name), told)
    for name, told in _TOLD.items():
        if was.get(name) != now.get(name):
            yield Change(_LEVEL_OF_TOLD[name], _spaced(name), told)
    yield from _lists(was, now)
    yield from _marks(was.get("marks") or {}, now.get("marks") or {})
    yield from _agreement(was.get("mustAgree") or {}, now.get("mustAgree") or {})
    yield from _share(was.get("maxWithdrawnShare"), now.get("maxWithdrawnShare"))
    yield from _nil(was.get("nilReturn"), now.get("nilReturn"))
    yield from _dialect(was.get("dialect") or {}, now.get("dialect") or {})


def _terms(contract: Mapping[str, Any]) -> dict[str, Any]:
    return {one["property"]: one.get("value") for one in contract.get("customProperties") or ()}


def _spaced(name: str) -> str:
    """``fileName`` as ``file name``."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)


def _lists(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[Change]:
    """Compare terms that are sets of names: removing a name breaks; parts change the expected cells."""
    for name, gone, come, level in (
        ("ignoredHeaders", "a file with it is refused", "a file may hold it", MINOR),
        ("publicNames", "is looked at for names of people now", "holds published names", MINOR),
        ("sameFileAs", "one file is landed for one of them", "one file is landed for both", MINOR),
        ("parts", "its cells are no longer expected", "its cells are expected besides", MAJOR),
    ):
        before, after = set(was.get(name) or ()), set(now.get(name) or ())
        for value in sorted(before - after):
            yield Change(MAJOR, _spaced(name), f"{value!r} removed: {gone}")
        for value in sorted(after - before):
            yield Change(level, _spaced(name), f"{value!r} added: {come}")


def _marks(was: Mapping[str, str], now: Mapping[str, str]) -> Iterable[Change]:
    for mark in sorted(was.keys() | now.keys()):
        if mark not in was:
            yield Change(MINOR, "marks", f"{mark!r} is read too, as {now[mark]}")
        elif was[mark] != now.get(mark):
            yield Change(MAJOR, "marks", f"{mark!r} is no longer read as {was[mark]}")


def _agreement(was: Mapping[str, str], now: Mapping[str, str]) -> Iterable[Change]:
    for column in sorted(was.keys() | now.keys()):
        if column not in now:
            yield Change(MINOR, column, "need not agree with the file's name any more")
        elif was.get(column) != now[column]:
            yield Change(MAJOR, column, f"must agree with {now[column]} of the file's name")


def _share(was: float | None, now: float | None) -> Iterable[Change]:
    if was == now:
        return
    tighter = was is None or (now is not None and now < was)
    yield Change(MAJOR if tighter else MINOR, "max withdrawn share", f"{was} -> {now}")


def _nil(was: str | None, now: str | None) -> Iterable[Change]:
    if was != now:
        yield Change(MINOR if was is None else MAJOR, "nil return", f"{was or 'none'} -> {now or 'none'}")


def _dialect(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[Change]:
    before, after = _flat(was), _flat(now)
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        if one == other:
            continue
        # Encodings are tried in their order: what is tried after the others takes more and changes nothing.
        wider = name == "encodings" and list(other or ())[: len(one or ())] == list(one or ())
        yield Change(MINOR if wider else MAJOR, f"dialect {name}", f"{_told(one)} -> {_told(other)}")


def _flat(dialect: Mapping[str, Any]) -> dict[str, Any]:
    """Return a workbook's terms beside the others."""
    found = {name: value for name, value in dialect.items() if not isinstance(value, dict)}
    for name, terms in dialect.items():
        if isinstance(terms, dict):
            found |= {f"{name} {term}": value for term, value in terms.items()}
    return found


def _told(value: Any) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
