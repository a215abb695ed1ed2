"""The sample partner: its places, its mix of crime types, and the outcomes of its crimes.

Shares are per thousand and follow the published mix of a mostly urban force; no figure here is real.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

BUCKETS = 1000
PLACE_BUCKETS = 4096
ANTI_SOCIAL = "Anti-social behaviour"
VIOLENCE = "Violence and sexual offences"

CRIME_MIX = {
    VIOLENCE: 352,
    ANTI_SOCIAL: 204,
    "Shoplifting": 93,
    "Criminal damage and arson": 81,
    "Other theft": 70,
    "Public order": 58,
    "Vehicle crime": 54,
    "Burglary": 36,
    "Drugs": 14,
    "Other crime": 13,
    "Bicycle theft": 10,
    "Possession of weapons": 7,
    "Robbery": 4,
    "Theft from the person": 4,
}
OUTCOMES_OF_VIOLENCE = {
    "Unable to prosecute suspect": 650,
    "Investigation complete; no suspect identified": 108,
    "Court result unavailable": 100,
    "Action to be taken by another organisation": 53,
    "Local resolution": 30,
    "Offender given a caution": 26,
    "Further investigation is not in the public interest": 15,
    "Suspect charged as part of another case": 6,
    "Formal action is not in the public interest": 6,
    "Status update unavailable": 6,
}
OUTCOMES_OF_OTHER_CRIME = {
    "Investigation complete; no suspect identified": 580,
    "Unable to prosecute suspect": 240,
    "Court result unavailable": 100,
    "Local resolution": 35,
    "Offender given a caution": 20,
    "Further investigation is not in the public interest": 15,
    "Offender given a drugs possession warning": 5,
    "Status update unavailable": 5,
}
# Neighbouring places outside the partnership: the force records there too, and the partnership must not count it.
NEIGHBOURS = {
    "E01020373": "Dorset 007A",
    "E01020384": "Dorset 025C",
    "E01020395": "Dorset 024A",
    "E01020407": "Dorset 020D",
    "E01020418": "Dorset 010C",
    "E01020429": "Dorset 021D",
    "E01020440": "Dorset 002A",
    "E01020452": "Dorset 009B",
    "E01020466": "Dorset 039A",
    "E01020477": "Dorset 033B",
    "E01020499": "Dorset 026B",
    "E01020510": "Dorset 022B",
    "E01020523": "Dorset 034D",
    "E01020546": "Dorset 004D",
    "E01020558": "Dorset 040B",
    "E01020571": "Dorset 038D",
}
OWN_SHARE = 0.625
UNPLACED_SHARE = 0.003


class Place(NamedTuple):
    """One LSOA: a number of its own, its code and name, and the corner of its map points in degrees."""

    number: int
    lsoa_code: str | None
    lsoa_name: str | None
    longitude: float | None
    latitude: float | None


@dataclass(frozen=True)
class Partner:
    """One police force as a partner.

    Attributes:
        force_slug: the force's name in file names.
        force_name: the force's name in the rows.
        own: LSOAs of the partnership's area, the busiest first.
        area_code: that area's local authority.
    """

    force_slug: str
    force_name: str
    own: tuple[Place, ...]
    area_code: str


def sample_partner(lookup: Path) -> Partner:
    """Return the demo's force, recording in the partnership's LSOAs that ``lookup`` lists in wards."""
    rows = sorted((row["lsoa21_code"], row["lsoa21_name"], row["la_code"]) for row in own_rows(lookup))
    own = tuple(_place(index, code, name) for index, (code, name, _) in enumerate(rows))
    return Partner("dorset", "Dorset Police", own, area_code=rows[0][2])


def own_rows(lookup: Path) -> list[dict[str, str]]:
    """Return the rows of a lookup that lie in the partnership; others have their authority's code for their ward's."""
    with lookup.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["ward_code"] != row["la_code"]]


def place_buckets(partner: Partner) -> Iterator[tuple[int, Place]]:
    """Yield every place bucket with its place; few LSOAs hold many buckets, as town centres hold many crimes."""
    neighbours = [_place(len(partner.own) + index, *item) for index, item in enumerate(NEIGHBOURS.items())]
    own = int(PLACE_BUCKETS * OWN_SHARE)
    unplaced = max(1, int(PLACE_BUCKETS * UNPLACED_SHARE))
    for bucket in range(own):
        yield bucket, partner.own[int((bucket / own) ** 2 * len(partner.own))]
    for bucket in range(own, PLACE_BUCKETS - unplaced):
        yield bucket, neighbours[bucket % len(neighbours)]
    for bucket in range(PLACE_BUCKETS - unplaced, PLACE_BUCKETS):
        yield bucket, Place(-1, None, None, None, None)


def share_buckets(shares: dict[str, int]) -> Iterator[tuple[int, str]]:
    """Yield every bucket of a thousand with its word; the shares must sum to a thousand."""
    words: Iterable[str] = (word for word, share in shares.items() for _ in range(share))
    return zip(range(BUCKETS), words, strict=True)


def _place(number: int, code: str, name: str) -> Place:
    """Return a place with map points on a made-up grid on the south coast."""
    return Place(number, code, name, -2.03 + (number * 0.0618) % 0.33, 50.715 + (number * 0.0414) % 0.075)
