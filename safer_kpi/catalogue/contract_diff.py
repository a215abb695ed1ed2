"""Compare two exported contracts: what the new version breaks, and the version number it needs.

Major: files that were right before are refused, rows are held back that were not, or the numbers behind them change
their meaning. Minor: more is taken than before, or changes are told differently. Patch: words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.contract_terms import MAJOR, MINOR, PATCH, Change, compare_terms
from safer_kpi.catalogue.marks import MEANINGS
from safer_kpi.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ORDER = (PATCH, MINOR, MAJOR)
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Every difference, the version bump they need, and whether the new version is enough."""

    changes: tuple[Change, ...]
    level: str | None
    old_version: str
    new_version: str
    least_version: str
    enough: bool


def compare_contracts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """Compare two contracts as the mappings their ODCS files hold.

    Raises:
        UsageError: one is not an exported contract, they belong to two feeds, or a version is not three numbers.
    """
    for contract in (old, new):
        if not isinstance(contract, dict) or not {"version", "schema"} <= contract.keys():
            raise UsageError(
                "This is not an exported contract.", next_action="Write one with `safer-kpi contract export`."
            )
    if old.get("id") != new.get("id"):
        raise UsageError(
            "These are contracts of two feeds.", next_action="Compare two versions of one feed's contract."
        )
    changes = (*_texts(old, new), *_service(old, new), *compare_terms(old, new), *_layouts(old, new))
    levels = [change.level for change in changes]
    level = max(levels, key=_ORDER.index) if levels else None
    was, now = _numbers(old), _numbers(new)
    least = _least(was, level)
    return Comparison(
        changes=tuple(sorted(changes, key=lambda change: (-_ORDER.index(change.level), change.where, change.change))),
        level=level,
        old_version=str(old["version"]),
        new_version=str(new["version"]),
        least_version=".".join(str(number) for number in least),
        enough=now >= least,
    )


def _numbers(contract: Mapping[str, Any]) -> tuple[int, int, int]:
    found = _VERSION.fullmatch(str(contract["version"]))
    if found is None:
        raise UsageError("A contract's version is three numbers.", next_action="Write it like 1.2.0.")
    return int(found[1]), int(found[2]), int(found[3])


def _least(was: tuple[int, int, int], level: str | None) -> tuple[int, int, int]:
    """Return the least version that says a change of that level."""
    major, minor, patch = was
    if level is None:
        return was
    return {MAJOR: (major + 1, 0, 0), MINOR: (major, minor + 1, 0), PATCH: (major, minor, patch + 1)}[level]


def _texts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Change]:
    was, now = old.get("description") or {}, new.get("description") or {}
    if was.get("purpose") != now.get("purpose"):
        yield Change(PATCH, "title", "another wording")
    if was.get("limitations") != now.get("limitations"):
        yield Change(PATCH, "limitations", "another wording")
    if was.get("usage") != now.get("usage"):
        yield Change(MINOR, "legal basis", "another legal basis")
    if old.get("team") != new.get("team"):
        yield Change(PATCH, "owner", "another owner")


def _service(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Change]:
    """Cadence, due date and retention."""
    was, now = (
        {one["property"]: (one.get("value"), one.get("unit")) for one in contract.get("slaProperties") or ()}
        for contract in (old, new)
    )
    if was.get("frequency") != now.get("frequency"):
        yield Change(MAJOR, "cadence", "another cadence: other cells are expected")
    before, after = was.get("latency", (None,))[0], now.get("latency", (None,))[0]
    if before != after:
        sooner = before is None or (after is not None and after < before)
        yield Change(MAJOR if sooner else MINOR, "due date", f"{before} -> {after} days after the period")
    before, after = was.get("retention", (None,))[0], now.get("retention", (None,))[0]
    if before != after:
        yield Change(MINOR, "retention", f"{_months(before)} -> {_months(after)}")


def _months(months: object) -> str:
    return f"{months} months after receipt" if isinstance(months, int) else str(months or "none")


def _layouts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Change]:
    was, now = ({layout["name"]: layout for layout in contract["schema"]} for contract in (old, new))
    for name in was.keys() - now.keys():
        yield Change(MAJOR, f"layout {name}", "removed: files of this shape are refused")
    for name in now.keys() - was.keys():
        yield Change(MINOR, f"layout {name}", "added: files of another shape are taken too")
    several = len(was.keys() | now.keys()) > 1
    for name in was.keys() & now.keys():
        yield from _columns(was[name], now[name], prefix=f"{name}." if several else "")


def _columns(old: Mapping[str, Any], new: Mapping[str, Any], *, prefix: str) -> Iterable[Change]:
    if old.get("description") != new.get("description"):
        yield Change(PATCH, f"{prefix}rows", "another description")
    yield from _named_checks(f"{prefix}rows", old, new)
    was, now = ({column["name"]: column for column in layout["properties"]} for layout in (old, new))
    for name in was.keys() - now.keys():
        yield Change(MAJOR, f"{prefix}{name}", "column removed: a file that still has it is refused")
    for name in now.keys() - was.keys():
        needed = "a required column" if now[name].get("required") else "a column that may be empty"
        yield Change(MAJOR, f"{prefix}{name}", f"{needed} added: a file without its header is refused")
    for name in was.keys() & now.keys():
        yield from _column(f"{prefix}{name}", was[name], now[name])


def _column(where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Change]:
    if bool(old.get("required")) != bool(new.get("required")):
        yield (
            Change(MAJOR, where, "now required: rows without it are held back")
            if new.get("required")
            else Change(MINOR, where, "may be empty now")
        )
    for field, words in (("logicalType", "type"), ("physicalType", "physical type")):
        if old.get(field) != new.get(field):
            yield Change(MAJOR, where, f"{words} {old.get(field)} -> {new.get(field)}")
    if bool(old.get("primaryKey")) != bool(new.get("primaryKey")):
        yield Change(MAJOR, where, "its part in the key changed: other rows are one record")
    if old.get("description") != new.get("description"):
        yield Change(PATCH, where, "another description")
    yield from _headers(where, old, new)
    yield from _length_and_pattern(where, old.get("logicalTypeOptions") or {}, new.get("logicalTypeOptions") or {})
    yield from _values(where, old, new)
    yield from _named_checks(where, old, new)
    yield from _marks(where, _custom(old), _custom(new))


def _custom(one: Mapping[str, Any]) -> dict[str, Any]:
    return {each["property"]: each.get("value") for each in one.get("customProperties") or ()}


def _headers(where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Change]:
    was, now = (set(_custom(one).get("headers") or ()) for one in (old, new))
    if gone := sorted(was - now):
        yield Change(MAJOR, where, f"no longer read under the header {', '.join(map(repr, gone))}")
    if more := sorted(now - was):
        yield Change(MINOR, where, f"also read under the header {', '.join(map(repr, more))}")


def _length_and_pattern(where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Change]:
    for name, tighter in (("minLength", 1), ("maxLength", -1)):
        was, now = old.get(name), new.get(name)
        if was == now:
            continue
        tightened = was is None or (now is not None and (now - was) * tighter > 0)
        yield Change(
            MAJOR if tightened else MINOR, where, f"{name} {was} -> {now}: {'tighter' if tightened else 'wider'}"
        )
    was, now = old.get("pattern"), new.get("pattern")
    if was != now:
        # Whether one pattern takes all that another does cannot be told in general: the partner must look.
        told = "pattern removed" if now is None else "pattern added" if was is None else "another pattern"
        yield Change(MINOR if now is None else MAJOR, where, told)


def _values(where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Change]:
    was, now = (
        next((set(rule["arguments"]["validValues"]) for rule in one.get("quality") or () if "arguments" in rule), None)
        for one in (old, new)
    )
    if was == now:
        return
    if was is None or now is None:
        yield (
            Change(MAJOR, where, "a list of values added")
            if was is None
            else Change(MINOR, where, "any value is taken now")
        )
        return
    if gone := was - now:
        yield Change(MAJOR, where, f"{len(gone)} values no longer taken: {_few(gone)}")
    if more := now - was:
        yield Change(MINOR, where, f"{len(more)} values taken besides: {_few(more)}")


def _few(values: set[str]) -> str:
    shown = ", ".join(sorted(values)[:5])
    return f"{shown}, …" if len(values) > 5 else shown


def _named_checks(where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Change]:
    """Checks that are told in words: of a column, or of a row."""
    was, now = (
        {rule["name"]: rule.get("description") for rule in one.get("quality") or () if rule.get("type") == "text"}
        for one in (old, new)
    )
    for name in sorted(now.keys() - was.keys()):
        yield Change(MAJOR, where, f"check {name} added")
    for name in sorted(was.keys() - now.keys()):
        yield Change(MINOR, where, f"check {name} removed")
    for name in sorted(name for name in was.keys() & now.keys() if was[name] != now[name]):
        yield Change(MAJOR, where, f"check {name} says something else")


def _marks(where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Change]:
    """Pseudonyms, and the marks for figures that are held back or not known."""
    if bool(old.get("pseudonym")) != bool(new.get("pseudonym")):
        told = "kept as a keyed hash from now on" if new.get("pseudonym") else "no longer hashed: kept as it is sent"
        yield Change(MAJOR, where, told)
    yield from _forms(where, old, new)
    was, now = ({**_kept(one.get("marks") or {}), **(one.get("tokens") or {})} for one in (old, new))
    if gone := [mark for mark, kept in was.items() if now.get(mark) != kept]:
        yield Change(MAJOR, where, f"no longer the same mark: {', '.join(gone)}")
    if more := [mark for mark in now if mark not in was]:
        yield Change(MINOR, where, f"also taken as a mark: {', '.join(more)}")


def _forms(where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[Change]:
    """Compare the forms in which days, months and figures may be written, and what is no reference."""
    for name, words in (("forms", "form"), ("thousands", "separator of thousands")):
        was, now = set(old.get(name) or ()), set(new.get(name) or ())
        for gone in sorted(was - now):
            yield Change(MAJOR, where, f"{words} {gone!r} is no longer read")
        for more in sorted(now - was):
            yield Change(MINOR, where, f"{words} {more!r} is read too")
    if bool(old.get("percent")) != bool(new.get("percent")):
        yield Change(MAJOR, where, "a percentage is read" if new.get("percent") else "a percentage is no longer read")
    if bool(old.get("identifier")) != bool(new.get("identifier")):
        told = "rounded references are held back" if new.get("identifier") else "rounded references are taken"
        yield Change(MAJOR if new.get("identifier") else MINOR, where, told)


def _kept(marks: Mapping[str, str]) -> dict[str, str]:
    """Return what is kept for each mark, as tokens say it; the meaning of one whose figure counts."""
    return {
        mark: meaning if MEANINGS[meaning].counts else MEANINGS[meaning].kept
        for mark, meaning in marks.items()
        if meaning in MEANINGS
    }
