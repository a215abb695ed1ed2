"""The lake whose changes are looked for: two feeds, three releases, a withdrawal and a signed change of approvers.

It lies in a folder with everything that belongs to it: ``lake`` is the home, ``keys`` has the approvers' keys,
``heads.json`` is what the machine remembers, and ``earlier`` is the whole lake before its last release.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from safer_kpi.compute import build
from safer_kpi.demo.figures import write_orders
from safer_kpi.demo.flaws import with_bad_rows
from safer_kpi.demo.generator import write_street
from safer_kpi.demo.partner import sample_partner
from safer_kpi.landing import Terms, land, replay, revert
from safer_kpi.reading.sealing.signatures import approver_line
from safer_kpi.releases import approve, draft, publish, withdraw
from safer_kpi.releases.approvers import agree, propose
from safer_kpi.releases.keys import make_key
from safer_kpi.settings import Settings
from tests.certifying import be_another_lake
from tests.templates import SOURCES, copy_kept

QUARTER = "2023-24-Q4"
RELEASES = (QUARTER, f"{QUARTER}.2", f"{QUARTER}.3")
ADA, BO, CY, DI = PEOPLE = ("Ada King", "Bo Lund", "Cy Moss", "Di Nash")
STREET = "police_street"
MONTHS = {"2024-01": 60, "2024-02": 50, "2024-03": 40}


@dataclass(frozen=True)
class Place:
    """The folder of the lake and of what belongs to it."""

    folder: Path

    @property
    def settings(self) -> Settings:
        """The settings of the lake, whose chain is remembered in the same folder."""
        os.environ["SAFER_KPI_HEADS"] = str(self.folder / "heads.json")
        return Settings.load(self.folder / "lake")

    def key(self, name: str) -> Path:
        return self.folder / "keys" / name.split(maxsplit=1)[0]

    def public(self, name: str) -> str:
        return self.key(name).with_suffix(".pub").read_text()

    def names(self, *names: str) -> dict[str, str]:
        return {self.public(name): name for name in names}

    def file(self, *names: str) -> str:
        """The file of approvers that names these people."""
        return "".join(f"{approver_line(name, self.public(name))}\n" for name in names)


def copy_lake(folder: Path, built: Path) -> Place:
    """Put the lake into a folder; make it, from a built lake of the seeds alone, if the sources have changed."""
    copy_kept("changes", folder, make=partial(_make, built=built), sources=(*SOURCES, "tests/changes/lake.py"))
    return Place(folder)


def _make(folder: Path, built: Path) -> None:
    place = Place(folder)
    shutil.copytree(built, folder / "lake", symlinks=True)
    be_another_lake(place.settings)
    (folder / "keys").mkdir()
    for name in PEOPLE:
        place.key(name).with_suffix(".pub").write_text(make_key(place.key(name)))
    (folder / "lake" / "approvers").write_text(place.file(ADA, BO, CY))
    orders = folder / "sample-foi-civil-orders.csv"
    write_orders(orders)
    land(place.settings, "yearly_figures", [str(orders)], terms=_terms(dt.datetime(2024, 4, 23)))
    _send(place, vintage=0)
    _publish(place, ADA, BO)
    last = _send(place, vintage=1)
    withdraw(place.settings, QUARTER, name=ADA, reason="part of the story", key=place.key(ADA))
    _publish(place, ADA, CY, reason="a month has gone by")
    propose(place.settings, place.names(BO, CY, DI), name=BO, reason="a new officer", key=place.key(BO))
    agree(place.settings, name=CY, key=place.key(CY))
    shutil.copytree(folder / "lake", folder / "earlier", symlinks=True)
    _undo(place, last)
    _publish(place, BO, DI, reason="another officer")


def _send(place: Place, *, vintage: int) -> int:
    """Land the months as published so much later, one with rows that are held back; return the last delivery."""
    partner = sample_partner(place.settings.project / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv")
    at = dt.datetime(2024, 5, 13) + dt.timedelta(days=30 * vintage)
    delivery = 0
    for number, (month, rows) in enumerate(MONTHS.items()):
        path = place.folder / f"{month}-dorset-street.csv"
        write_street(path, partner, month, rows=rows, vintage=vintage)
        if month == "2024-02":
            with_bad_rows(path)
        (receipt,) = land(place.settings, STREET, [str(path)], terms=_terms(at + dt.timedelta(hours=number)))
        delivery = receipt.delivery_id
    return delivery


def _undo(place: Place, delivery: int) -> None:
    """Revert a delivery and read it again: two entries that are no delivery."""
    at = dt.datetime(2024, 7, 1)
    revert(place.settings, delivery, reason="part of the story", person=BO, received_at=at)
    replay(place.settings, delivery, received_at=at + dt.timedelta(days=1))


def _terms(at: dt.datetime) -> Terms:
    return Terms(published=at, received_at=at + dt.timedelta(hours=9))


def _publish(place: Place, *names: str, reason: str | None = None) -> None:
    """Build, draft, approve and publish; the quarter is not whole, which the first approver takes on."""
    build(place.settings)
    found = draft(place.settings, QUARTER, reason=reason)
    for number, name in enumerate(names):
        override = "this test needs no more months" if found["findings"] and number == 0 else None
        approve(place.settings, found["release_id"], name=name, key=place.key(name), override=override)
    publish(place.settings, found["release_id"])
