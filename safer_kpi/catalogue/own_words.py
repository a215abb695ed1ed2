"""Put a partnership's own names, codes and files in the place of those of the template, which is the demo's project.

The template is whole: its contracts, definitions and worked examples speak of the demo's area and force. Those of a new
project speak of its own. The worked examples keep their made-up rows; where one divides by the residents of the area,
its number is reckoned again from the new area's.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from safer_kpi.catalogue.national.tables import national_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from safer_kpi.catalogue.partnership import Partnership

_TEXTS = {".csv", ".json", ".md", ".py", ".sql", ".yaml"}
_CODE = re.compile(r"\b[EW]\d{8}\b")
_LSOA = re.compile("[EW]01")
_DENOMINATOR = re.compile(r"(?m)^denominator: (\d+)$")
_VALUE = re.compile(r"(?m)^value: ([\d.]+)$")
_ARITHMETIC = re.compile(r"(?m)^(arithmetic: )[\d.]+( = .*)$")


@dataclass(frozen=True, kw_only=True)
class Place:
    """What texts say of a local authority, its force and its neighbours."""

    code: str
    name: str
    whole: str
    force_code: str
    force: str
    police: str
    slug: str
    wards: Mapping[str, tuple[str, ...]]
    neighbours: tuple[str, ...]
    neighbour: str
    residents: int
    aged_10_to_24: int

    @cached_property
    def ordered(self) -> tuple[str, ...]:
        """The codes of the wards in order."""
        return tuple(self.wards)


def spoken(name: str) -> str:
    """Return a name as it is spoken: ``City of Bristol`` for ``Bristol, City of``."""
    first, comma, rest = name.partition(", ")
    return f"{rest} {first}" if comma and rest.endswith(" of") else name


def place_of(partnership: Partnership, forces: Path) -> Place:
    """Return what texts say of the first authority of a partnership; ``forces`` is the list of police forces."""
    own = partnership.authorities[0]
    with forces.open(encoding="utf-8", newline="") as lines:
        force = next(row for row in csv.DictReader(lines) if row["area_code"] == own.force_code)
    with national_tables() as connection:
        wards: dict[str, tuple[str, ...]] = {}
        query = (
            "SELECT ward_code, list(lsoa21_code ORDER BY lsoa21_code) FROM ward WHERE la_code = $code"
            " GROUP BY ward_code ORDER BY ward_code"
        )
        for ward, lsoas in connection.execute(query, {"code": own.code}).fetchall():
            wards[ward] = tuple(lsoas)
        query = (
            "SELECT lsoa21_code, la_name FROM ward"
            " JOIN (SELECT DISTINCT la_code, force_code FROM authority) USING (la_code)"
            " WHERE NOT list_contains($own, la_code) ORDER BY force_code <> $force, lsoa21_code LIMIT 50"
        )
        near = connection.execute(query, {"own": list(partnership.codes), "force": own.force_code}).fetchall()
        ages = ", ".join(f'sum("{age}")' for age in (*range(90), "90+"))
        query = (
            f"SELECT {ages} FROM residents WHERE lsoa11_code IN ("
            "SELECT lsoa11_code FROM change JOIN ward USING (lsoa21_code)"
            " GROUP BY lsoa11_code HAVING bool_and(ward.la_code = $code))"
        )
        people = connection.execute(query, {"code": own.code}).fetchall()[0]
    return Place(
        code=own.code,
        name=spoken(own.name),
        whole=spoken(partnership.name),
        force_code=own.force_code,
        force=spoken(own.force_name),
        police=force["force_name"],
        slug=force["force_slug"],
        wards=wards,
        neighbours=tuple(lsoa for lsoa, _ in near),
        neighbour=spoken(near[0][1]),
        residents=int(sum(people)),
        aged_10_to_24=int(sum(people[10:25])),
    )


@dataclass(frozen=True, kw_only=True)
class Words:
    """How the texts of one place become those of another."""

    old: Place
    new: Place

    @cached_property
    def _names(self) -> list[tuple[re.Pattern[str], str]]:
        old, new = self.old, self.new
        own_strategy = (
            f"Strategy for {new.whole}, to be named here with its body and date once its own words stand below"
        )
        return [
            (re.compile(pattern), text)
            for pattern, text in (
                (r"BCP Community Safety Partnership Strategy, report to Cabinet, [\w ]+", own_strategy),
                (r"the words of the [\w, ]+ partnership \(BCP\)", "the words of another partnership"),
                (r"the Safer BCP Community Safety Partnership Strategy(?: 2022-2025)?", f"the strategy of {new.whole}"),
                (r"Safer BCP Community Safety Partnership", f"{new.whole} community safety partnership"),
                (r"Safer BCP", f"{new.whole} community safety partnership"),
                (r"\bBCP Council\b", f"{new.name} council"),
                (re.escape(old.name), new.name),
                (r"\bBCP\b", new.name),
                (r"\bbcp_", ""),
                (r"\bDorchester\b", self.new.neighbour),
                (r"\b(?:Bournemouth|Christchurch|Poole)\b", new.name),
                (re.escape(old.police), new.police),
                (rf"(?<![A-Za-z0-9]){old.slug}(?![A-Za-z0-9])", new.slug),
                (rf"\b{old.force}\b", new.force),
            )
        ]

    def text(self, text: str) -> str:
        """Return a text of the template with the new place's names and codes."""
        for pattern, name in self._names:
            text = pattern.sub(name, text)
        return self._reckoned(_CODE.sub(lambda found: self._code(found[0]), text))

    def _code(self, code: str) -> str:
        old, new = self.old, self.new
        whole = {old.code: new.code, old.force_code: new.force_code}
        if code in whole:
            return whole[code]
        for number, (ward, lsoas) in enumerate(old.wards.items()):
            own = new.ordered[number % len(new.ordered)]
            if code == ward:
                return own
            if code in lsoas:
                return new.wards[own][lsoas.index(code) % len(new.wards[own])]
        return new.neighbours[int(code[1:]) % len(new.neighbours)] if _LSOA.match(code) else code

    def _reckoned(self, text: str) -> str:
        """Return a worked example with the residents of the new place, and the number that they give."""
        denominator, value = _DENOMINATOR.search(text), _VALUE.search(text)
        people = {self.old.residents: self.new.residents, self.old.aged_10_to_24: self.new.aged_10_to_24}
        if denominator is None or value is None or int(denominator[1]) not in people:
            return text
        before = int(denominator[1])
        now = people[before]
        number = float(value[1]) * before / now
        text = text.replace(f"{before:,}", f"{now:,}")
        text = _DENOMINATOR.sub(f"denominator: {now}", text)
        text = _VALUE.sub(f"value: {number!r}", text)
        return _ARITHMETIC.sub(rf"\g<1>{number:.6f}\g<2>", text)


def rewrite(folder: Path, words: Words) -> None:
    """Rewrite the texts and the names of files below a folder; what is no text is left as it is."""
    for path in sorted(_files(folder)):
        if path.suffix in _TEXTS:
            before = path.read_bytes()
            after = words.text(before.decode("utf-8")).encode()
            if after != before:
                path.write_bytes(after)
        name = words.text(path.name)
        if name != path.name:
            path.rename(path.with_name(name))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
