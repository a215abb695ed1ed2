"""Files of an inbox and of an archive whose names are hostile: each is landed or refused, and no name is shown."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from safer_kpi.errors import SaferKpiError
from safer_kpi.inbox import Place, arrivals, handle, make_inbox, open_place
from safer_kpi.lake import connect
from safer_kpi.landing import Terms, land_by_name
from safer_kpi.settings import Settings
from tests.flows.test_archives import street
from tests.hostile.archives import LEADING_OUT, PLAIN, zipped

FEED = "police_street"
#: No message may hold it: it stands in every name.
WORD = "zqaaaaax"
#: Names that are not UTF-8, hold line ends, patterns, marks of direction, blanks, options, protocols, or are long.
FEW = (
    b"%s\xff\xfe.csv",
    b"%s\n2024-01-dorset-street.csv",
    "\u202e%s\u202c.csv".encode(),
    b" %s ",
    b"%s" + b"n" * 240,
    b"*%s?[a-z].csv",
    b"memory:%s",
)
MORE = (
    b"2024-01-dorset-street %s.csv",
    b"%s\x1b[2J.csv",
    b"%s\r.csv",
    b"-rf %s",
    b"%s" + "é".encode() * 115,
    b"%s#x?y=z&%%2e%%2e%%2f.csv",
    b"$(touch x);`id`|%s",
    b"\\\\host\\%s.csv",
    b"CON %s",
    b"%s.part.csv",
    b"{%s}",
    b"~%s.csv",
    b"file:%s.csv",
    b"s3:%s.csv",
    b"'\"%s<b>.csv",
    b"%s=HYPERLINK(1).csv",
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Settings:
    return new_lake(tmp_path_factory.mktemp("names") / "lake")


@pytest.fixture(scope="module")
def place(settings: Settings) -> Place:
    found = open_place(settings.watched)
    make_inbox(found, settings.project)
    return found


def shown(settings: Settings) -> str:
    """Everything that the journal's tables of deliveries hold."""
    with connect(settings, read_only=True) as lake:
        return repr(lake.execute("SELECT * FROM journal.delivery").fetchall())


@pytest.mark.parametrize("patterns", [FEW, pytest.param(MORE, marks=pytest.mark.soak)], ids=["few", "more"])
def test_each_file_of_an_inbox_is_handled_once_and_its_name_is_not_shown(
    patterns: tuple[bytes, ...], settings: Settings, place: Place
) -> None:
    folder = Path(place.folder(FEED))
    names = {name % WORD.encode() for name in patterns}
    for number, name in enumerate(sorted(names)):
        # Every other one is a file of the feed, as far as its content says.
        content = street("2024-01", 2 + number) if number % 2 else b"id,name\n"
        (folder / os.fsdecode(name)).write_bytes(content)
    waiting = arrivals(place, FEED)
    assert len(waiting) == len(names)
    for arrival in waiting:
        done = handle(settings, place, arrival)
        assert done is not None
        page = (Path(done.folder) / "receipt.md").read_text(encoding="utf-8")
        assert WORD not in page
        assert page.replace("\n", "").isprintable()
        assert WORD not in repr(done.receipts)
    assert arrivals(place, FEED) == []
    assert WORD not in shown(settings)
    put_away = {os.fsencode(path.name) for path in folder.glob("*/*/*") if path.name != "receipt.md"}
    # A name beyond 200 bytes loses its beginning; each file lies in the folder of its own delivery.
    assert {name[-200:] for name in names} <= put_away


def test_files_of_an_archive_with_hostile_names_are_landed_or_left(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / f"{WORD}.zip"
    names = ["2024-02-dorset-street.csv", *(f"{number}/{name.format(WORD)}" for number, name in enumerate(PLAIN))]
    # Of names in several folders the last part counts, and must be one of its kind.
    different = list({name.rpartition("/")[2]: name for name in names}.values())
    path.write_bytes(zipped([(name, street("2024-02", 3)) for name in different]))
    done = land_by_name(settings, [str(path)], terms=Terms(), progress=lambda _: None)
    assert [(one.file_name, one.status) for one in done.receipts] == [("2024-02-dorset-street.csv", "accepted")]
    assert len(done.left) == len(different) - 1
    assert WORD not in repr(done) + shown(settings)


@pytest.mark.parametrize("name", LEADING_OUT, ids=repr)
def test_an_archive_with_a_name_that_leads_out_is_refused_whole(name: str, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "download.zip"
    path.write_bytes(zipped([("2024-03-dorset-street.csv", street("2024-03", 3)), (name.format(WORD), b"")]))
    before = shown(settings)
    with pytest.raises(SaferKpiError) as refused:
        land_by_name(settings, [str(path)], terms=Terms(), progress=lambda _: None)
    assert getattr(refused.value, "rule", "") == "path"
    assert WORD not in str(refused.value)
    assert shown(settings) == before
    assert {each.name for each in tmp_path.iterdir()} == {"download.zip"}
