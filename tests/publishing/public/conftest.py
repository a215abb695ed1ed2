"""Figures of the small published release, worked by hand, and a public edition of it.

Violence of April to June 2024 in Seatown, as release 2024-25-Q1.2 has it: North 24 (12 + 5 + 7), South 34 (19 + 7 + 8),
elsewhere 0; outcomes 10. Published are North 25, South 35 and elsewhere 0, so Seatown has 60, not 58. The figure of the
year before, 50, was frozen by an earlier edition.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from safer_kpi.files import sha256_of
from safer_kpi.publishing.public.content import write_public
from safer_kpi.publishing.public.drafting import draft_public
from safer_kpi.publishing.public.schema import COLUMNS
from safer_kpi.publishing.sealing import approve_publication, seal_publication
from safer_kpi.reading.place import MANIFEST
from safer_kpi.reading.record import canonical, checksum
from safer_kpi.reading.sealing.signatures import approver_line
from safer_kpi.releases.keys import key_of, public_key
from safer_kpi.settings import Settings
from tests.reading.conftest import VIOLENCE

RELEASE, FIRST = "2024-25-Q1.2", "2024-25-Q1.public.1"
QUARTER = {"period": "2024-25-Q1", "period_type": "quarter"}
DATES = {
    "2024-25-Q1": (dt.date(2024, 4, 1), dt.date(2024, 6, 30)),
    "2023-24-Q1": (dt.date(2023, 4, 1), dt.date(2023, 6, 30)),
}
#: Area, its type, period, figure and how it was made.
FIGURES = [
    ("W1", "ward", "2024-25-Q1", 25, "rounded"),
    ("W2", "ward", "2024-25-Q1", 35, "rounded"),
    ("L1:elsewhere", "elsewhere", "2024-25-Q1", 0, "rounded"),
    ("L1", "local_authority", "2024-25-Q1", 60, "summed"),
    ("L1", "local_authority", "2023-24-Q1", 50, "summed"),
]


def published(figures: list[tuple[str, str, str, int, str]]) -> pa.Table:
    """Return rows of ``kpi.published``."""
    rows = [
        {
            "metric_id": VIOLENCE,
            "series": 1,
            "definition_version": 1,
            "area_code": code,
            "area_type": kind,
            "period": period,
            "period_type": "quarter",
            "period_start": DATES[period][0],
            "period_end": DATES[period][1],
            "breakdown": "all",
            "figure": figure,
            "how": how,
            "release_id": RELEASE,
            "edition": FIRST,
            "corrects": None,
        }
        for code, kind, period, figure, how in figures
    ]
    return pa.Table.from_pylist(rows).select(list(COLUMNS))


def write_edition(release: Path, folder: Path, figures: list[tuple[str, str, str, int, str]]) -> dict[str, Any]:
    """Write the data of a public edition and a manifest that nobody has signed; return what identifies the data."""
    folder.mkdir(parents=True)
    found = write_public(release, published(figures), folder, area="L1")
    manifest = {
        "format": 1,
        "publication_id": folder.name,
        "release_id": release.name,
        "edition": "public",
        "files": {path.name: sha256_of(path) for path in sorted(folder.iterdir())},
        "approvals": [],
        "approvals_required": 0,
        "published_at": "2024-12-01 09:00:00",
        **found,
    }
    (folder / MANIFEST).write_bytes(canonical(manifest | {"checksum": checksum(manifest)}))
    return found


@pytest.fixture(scope="module")
def edition(told_releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a public edition, alone: no restricted file lies beside it."""
    folder = tmp_path_factory.mktemp("public") / "publications" / FIRST
    write_edition(told_releases / "releases" / RELEASE, folder, FIGURES)
    return folder


@pytest.fixture
def release(told_releases: Path, tmp_path: Path) -> Path:
    """A copy of the restricted release, for one test to spoil."""
    return Path(shutil.copytree(told_releases / "releases" / RELEASE, tmp_path / RELEASE))


#: Who signs: two people and the data protection officer; Cy Moss is a third without that role.
PEOPLE = {"Ada King": False, "Bo Lund": False, "Cy Moss": False, "Di Nash": True}
ADA, BO, CY, DI = PEOPLE


@pytest.fixture(scope="module")
def drafted(told_releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a drafted public edition, and the people who may approve it."""
    home = Path(shutil.copytree(told_releases, tmp_path_factory.mktemp("public") / "home"))
    settings = Settings.load(home)
    keys = {name: public_key(key_of(settings, name, None)) for name in PEOPLE}
    lines = [approver_line(name, keys[name], is_officer=role) for name, role in PEOPLE.items()]
    (home / "approvers").write_text("\n".join(lines) + "\n", encoding="utf-8")
    draft_public(settings, RELEASE)
    return home


def approve(home: Path, *names: str, publication: str = FIRST) -> None:
    for name in names:
        approve_publication(Settings.load(home), publication, name=name)


@pytest.fixture(scope="module")
def alone(drafted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sealed edition in a folder where nothing else is: no lake, no release, no key."""
    home = Path(shutil.copytree(drafted, tmp_path_factory.mktemp("sealing") / "home"))
    approve(home, ADA, BO, DI)
    seal_publication(Settings.load(home), FIRST)
    return Path(shutil.copytree(home / "publications" / FIRST, tmp_path_factory.mktemp("alone") / FIRST))


def spoil(release: Path, sql: str) -> None:
    """Change the DuckDB file of a release."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{release / 'release.duckdb'}' AS r (STORAGE_VERSION 'v1.0.0'); USE r")
        con.execute(sql)
