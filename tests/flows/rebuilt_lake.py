"""A small published lake whose history holds everything an entry can be: what a rebuild must come to again."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from safer_kpi.compute import build
from safer_kpi.files import sha256_of
from safer_kpi.landing import Confirmation, Receipt, Terms, land, land_archive, replay, revert
from safer_kpi.landing.rekey import rekey
from safer_kpi.settings import Settings
from tests.certifying import certify
from tests.feeds.archive_maker import archive
from tests.flows.other_files import COUNCIL, POLICE, Cell, write_log, write_screening
from tests.properties.histories import HEADER, Row

RELEASE = "2024-25-Q1"
SEEDS = Path(__file__).resolve().parents[2] / "seeds"
BOSCOMBE, OUTSIDE = "E01015272", "E01020000"
ROBBERY, BURGLARY = "Robbery", "Burglary"
OPEN, DONE = "Under investigation", "Local resolution"
PERSON, REASON = "A. Tester", "part of the story"
OFFENCES = """Offence reference,HO offence code,Recorded date,LSOA,Victim age,Victim sex,Domestic abuse,Knife,\
Other weapon,MSV,Status,Reclassified to
DP-1,8N,2024-01-05,E01015272,30,F,Y,N,N,Y,recorded,
DP-2,8N,2024-02-06,E01015272,31,M,N,N,N,N,recorded,
"""
LINES: list[tuple[str | None, str, Cell, Cell]] = [
    ("Police", "All levels", 12, 11),
    ("All agencies", "High", "*", "*"),
    ("All agencies", "All levels", 21, 18),
]


def robberies(*numbers: int, outcome: str = OPEN) -> list[Row]:
    """Robberies in one ward; number 0 has no Crime ID."""
    return [Row(number, BOSCOMBE, ROBBERY, outcome) for number in numbers]


@dataclass
class Story:
    """Files arrive at nine on one day after the other, from 1 July 2024."""

    settings: Settings
    folder: Path
    day: int = 0

    @property
    def now(self) -> dt.datetime:
        return dt.datetime(2024, 7, 1, 9) + dt.timedelta(days=self.day)

    def land(self, feed: str, path: Path, *, published: dt.datetime | None = None) -> Receipt:
        self.day += 1
        terms = Terms(
            published=published or self.now - dt.timedelta(days=1),
            received_at=self.now,
            confirmation=Confirmation(person=PERSON, reason=REASON),
        )
        return land(self.settings, feed, [str(path)], terms=terms)[0]

    def street(self, month: str, rows: Sequence[Row], *, published: dt.datetime | None = None, cut: int = 0) -> Receipt:
        path = self.folder / str(self.day) / f"{month}-dorset-street.csv"
        path.parent.mkdir()
        with path.open("w", newline="", encoding="utf-8") as file:
            table = [HEADER, *(row.cells(month) for row in rows)]
            csv.writer(file).writerows(line[: len(line) - cut] for line in table)
        return self.land("police_street", path, published=published)

    def archived(self, feed: str, name: str, content: bytes) -> Receipt:
        """Land one file that comes in an archive, which alone keeps its bytes."""
        path = self.folder / f"{name}.zip"
        path.write_bytes(archive([(name, content)]))
        self.day += 1
        terms = Terms(published=self.now - dt.timedelta(days=1), received_at=self.now)
        (receipt,) = land_archive(self.settings, str(path), terms=terms, progress=lambda _: None).receipts
        assert (receipt.feed, receipt.archive_sha256) == (feed, sha256_of(path))
        return receipt

    def revert(self, receipt: Receipt) -> None:
        self.day += 1
        revert(self.settings, receipt.delivery_id, reason=REASON, person=PERSON, received_at=self.now)

    def replay(self, receipt: Receipt) -> None:
        self.day += 1
        replay(self.settings, receipt.delivery_id, received_at=self.now)


def made(settings: Settings, folder: Path) -> Settings:
    """Land the story, build and publish it; answers the settings with the key in use at the end."""
    story = Story(replace(settings, pseudonym_key="0" * 32), folder)
    _police(story)
    _others(story)
    story.street("2024-02", [*robberies(11, 12, 13), *robberies(0, outcome=""), Row(14, "", ROBBERY, OPEN)])
    build(story.settings)
    certify(story.settings, RELEASE)
    return story.settings


def _police(story: Story) -> None:
    """January new, corrected, stale, duplicate, refused, spoilt and put right; February reverted and standing again."""
    story.street("2024-01", [*robberies(1, 2, 3, 4, 0), Row(5, OUTSIDE, ROBBERY, OPEN)])
    story.street("2024-02", robberies(11, 12))
    published = story.now
    second = [
        *robberies(1, 0),
        *robberies(2, outcome=DONE),
        Row(3, BOSCOMBE, BURGLARY, OPEN),  # reclassified
        Row(4, "not a code", ROBBERY, OPEN),  # held
        *robberies(6, 0),  # late; 5 is withdrawn
    ]
    statuses = [
        story.street("2024-01", second, published=published).status,
        story.street("2024-01", second, published=published).status,
        story.street("2024-01", robberies(1), published=dt.datetime(2024, 6, 1)).status,
        story.street("2024-01", robberies(1), cut=1).status,
    ]
    assert statuses == ["accepted", "duplicate", "stale", "refused"]
    spoilt = story.street("2024-01", robberies(97, 98, 99))
    story.revert(spoilt)
    doubted = story.street("2024-02", robberies(11, 12, 13))
    story.revert(doubted)
    story.replay(doubted)


def _others(story: Story) -> None:
    """Two patrol logs that match, a workbook corrected, residents corrected, offences in an archive, read
    under two keys."""
    police, council = story.folder / "2024-05-police-patrols.csv", story.folder / "2024-05-council-patrols.csv"
    receipts = [
        story.land("joint_patrols", write_log(council, COUNCIL[:-5])),
        story.land("joint_patrols", write_log(police, POLICE)),
        story.land("joint_patrols", write_log(council, COUNCIL)),
    ]
    workbook = story.folder / "ce-screening_2024-25-Q1.xlsx"
    receipts.append(story.land("ce_screening", write_screening(workbook, LINES)))
    corrected = [*LINES[:-1], ("All agencies", "All levels", 24, 19)]
    receipts.append(story.land("ce_screening", write_screening(workbook, corrected)))
    residents = story.folder / "bcp_population20_lsoa11.csv"
    lines = (SEEDS / "population" / residents.name).read_text(encoding="utf-8").splitlines()
    # one resident more in the first place, all of them under one year old
    first = lines[1].split(",")
    first[2:4] = [str(int(first[2]) + 1), str(int(first[3]) + 1)]
    residents.write_text("\n".join([lines[0], ",".join(first), *lines[2:]]) + "\n", encoding="utf-8")
    receipts.append(story.land("population", residents))
    offences = "dorset-crm-offences_2024-01_2024-02.csv"
    receipts.append(story.archived("police_offences", offences, OFFENCES.encode()))
    assert [(one.status, one.error) for one in receipts] == [("accepted", None)] * len(receipts)
    story.settings = replace(story.settings, pseudonym_key="1" * 32)
    story.day += 1
    rekey(story.settings, person=PERSON, reason=REASON, received_at=story.now)


#: 4 seeds; of police_street 3 of January, 3 of February and the stale one; 7 of other feeds. The duplicate and the
#: refused one posted nothing. A new key is a replay that a person answers for.
DELIVERIES = 4 + 3 + 3 + 1 + 7
KINDS = {"delivery": DELIVERIES, "reversal": 2, "replay": 2}
#: January as its second file says (the two of no id, 1, 2 and 6; 3 is a burglary now, 4 is held), February as its last.
ROBBERIES = {"2024-01": 5, "2024-02": 4}
