"""An archive of partners' files: each file is a delivery, and its bytes are kept once, in the archive."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from safer_kpi.errors import InputRefused, LakeBroken
from safer_kpi.files import sha256_of
from safer_kpi.inbox import arrivals, handle, make_inbox, open_place
from safer_kpi.lake import connect, raw
from safer_kpi.landing import Landed, Terms, feed_and_files, land, land_by_name, replay, revert, sweep
from safer_kpi.landing.stored_bytes import fetch, forget
from safer_kpi.settings import Settings
from tests.feeds.archive_maker import archive

MONTHS = {"2024-01": 40, "2024-02": 30}
NAMES = [f"{month}-dorset-street.csv" for month in MONTHS]


HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context\n"
)


def street(month: str, crimes: int) -> bytes:
    """Made-up crimes of one month, each with an id of its own."""
    rows = (
        f"{number:064x},{month},Dorset Police,Dorset Police,-1.9,50.7,On or near High Street,E01015272,Area,"
        f"{'Robbery' if number % 2 else 'Drugs'},Under investigation,\n"
        for number in range(int(month[-2:]) * 1000, int(month[-2:]) * 1000 + crimes)
    )
    return (HEADER + "".join(rows)).encode()


@pytest.fixture(scope="module")
def months() -> dict[str, bytes]:
    """Two months of made-up street-level crimes, by file name."""
    return {f"{month}-dorset-street.csv": street(month, crimes) for month, crimes in MONTHS.items()}


@pytest.fixture
def settings(tmp_path: Path, new_lake: Callable[..., Settings]) -> Settings:
    return new_lake(tmp_path / "lake")


def by_name(settings: Settings, *files: tuple[str, bytes], name: str = "download.zip") -> Landed:
    path = settings.home.parent / name
    path.write_bytes(archive(files))
    return land_by_name(settings, [str(path)], terms=Terms(), progress=lambda _: None)


def in_folders(months: dict[str, bytes]) -> list[tuple[str, bytes]]:
    return [(f"{name[:7]}/{name}", content) for name, content in months.items()]


def stored(settings: Settings) -> set[str]:
    return {path.name for path in Path(settings.raw).glob("*/*")}


def live(settings: Settings) -> dict[str, int]:
    with connect(settings, read_only=True) as lake:
        query = "SELECT cell, sum(weight)::BIGINT FROM landing.police_street GROUP BY cell HAVING sum(weight) <> 0"
        return dict(lake.execute(query).fetchall())


def test_a_sweep_between_two_files_takes_nothing_of_the_archive(settings: Settings, months: dict[str, bytes]) -> None:
    path = settings.home.parent / "download.zip"
    path.write_bytes(archive(in_folders(months)))
    swept: list[str] = []

    def sweep_before(step: str) -> None:
        sweep(settings)
        swept.append(step)

    done = land_by_name(settings, [str(path)], terms=Terms(), progress=sweep_before)
    assert swept == ["landing file 1 of 2", "landing file 2 of 2"]
    assert [receipt.status for receipt in done.receipts] == ["accepted", "accepted"]


def test_each_file_is_a_delivery_and_the_archive_is_kept_once(settings: Settings, months: dict[str, bytes]) -> None:
    before = stored(settings)
    done = by_name(settings, *in_folders(months))
    digest = sha256_of(settings.home.parent / "download.zip")
    assert [(one.feed, one.file_name, one.status) for one in done.receipts] == [
        ("police_street", name, "accepted") for name in NAMES
    ]
    assert {one.archive_sha256 for one in done.receipts} == {digest}
    assert live(settings) == {f"dorset/{month}": rows for month, rows in MONTHS.items()}
    # The bytes of each file are in the archive, and nowhere else.
    own = {one.sha256 for one in done.receipts}
    assert stored(settings) - before == {digest} | {f"{sha256}.member" for sha256 in own}
    for one in done.receipts:
        assert raw.holds(settings, one.sha256)
        path = fetch(settings, one.sha256)
        assert path.read_bytes() == months[one.file_name]
        raw.release(settings, path)
    assert sweep(settings) == 0
    assert not list(settings.scratch.glob("*"))


def test_a_delivery_of_an_archive_is_replayed_and_reverted_from_it(
    settings: Settings, months: dict[str, bytes]
) -> None:
    first = by_name(settings, *in_folders(months)).receipts[0]
    changed = months[NAMES[0]].replace(b"Robbery", b"Drugs")
    later = by_name(settings, (NAMES[0], changed), name="later.zip").receipts[0]
    assert later.changes
    revert(settings, later.delivery_id, reason="a wrong export", person="A. Sample")
    assert live(settings)["dorset/2024-01"] == MONTHS["2024-01"]
    assert replay(settings, first.delivery_id).changes == {}


def test_the_same_archive_twice_changes_nothing(settings: Settings, months: dict[str, bytes]) -> None:
    path = settings.home.parent / "download.zip"
    path.write_bytes(archive(in_folders(months)))
    terms = Terms(published=dt.datetime(2024, 6, 1))
    for expected in (["accepted"] * 2, ["duplicate"] * 2):
        done = land_by_name(settings, [str(path)], terms=terms, progress=lambda _: None)
        assert [one.status for one in done.receipts] == expected
    assert live(settings) == {f"dorset/{month}": rows for month, rows in MONTHS.items()}
    assert len([name for name in stored(settings) if name.endswith(".member")]) == 2


def test_a_bad_file_refuses_itself_alone(settings: Settings, months: dict[str, bytes]) -> None:
    done = by_name(settings, (NAMES[0], b"not a street file\n"), (NAMES[1], months[NAMES[1]]))
    assert [one.status for one in done.receipts] == ["refused", "accepted"]
    assert live(settings) == {"dorset/2024-02": MONTHS["2024-02"]}


def test_a_file_of_no_feed_is_told_and_nothing_of_it_is_kept(settings: Settings, months: dict[str, bytes]) -> None:
    before = stored(settings)
    done = by_name(settings, *in_folders(months), ("names.csv", b"Name\nAda Lovelace\n"))
    assert [(left.number, left.why) for left in done.left] == [(3, "its name fits no feed")]
    assert stored(settings) - before == {one.sha256 for one in done.receipts}


def test_identifiers_in_one_file_remove_the_archive_and_not_the_others(
    settings: Settings, months: dict[str, bytes]
) -> None:
    before = stored(settings)
    header, first, *rest = months[NAMES[0]].splitlines(keepends=True)
    named = header + first.replace(b"On or near", b"a.person@example.org near") + b"".join(rest)
    assert named != months[NAMES[0]]
    done = by_name(settings, (NAMES[0], named), (NAMES[1], months[NAMES[1]]))
    assert [one.status for one in done.receipts] == ["refused", "accepted"]
    assert (done.receipts[0].rule or "").startswith("identifier.")
    assert stored(settings) - before == {done.receipts[1].sha256}


def test_what_has_to_go_leaves_the_archive_and_the_others_stay(settings: Settings, months: dict[str, bytes]) -> None:
    one, other = by_name(settings, *in_folders(months)).receipts
    forget(settings, one.sha256)
    assert not raw.holds(settings, one.sha256)
    assert raw.holds_apart(settings, other.sha256)
    assert one.archive_sha256 not in stored(settings)
    assert replay(settings, other.delivery_id).changes == {}


def test_a_flipped_byte_of_the_archive_is_found(settings: Settings, months: dict[str, bytes]) -> None:
    (one, _) = by_name(settings, *in_folders(months)).receipts
    path = Path(settings.raw) / str(one.archive_sha256)[:2] / str(one.archive_sha256)
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(LakeBroken, match="do not match"):
        replay(settings, one.delivery_id)


def test_an_archive_that_is_refused_as_a_whole_changes_nothing(settings: Settings, months: dict[str, bytes]) -> None:
    before, receipts = stored(settings), len(_receipts(settings))
    with pytest.raises(InputRefused) as refused:
        by_name(settings, *in_folders(months), ("inner.zip", b"PK"))
    assert refused.value.rule == "nested"
    with pytest.raises(InputRefused, match="none is named as a feed agrees"):
        by_name(settings, ("holiday.csv", b"a\n"))
    assert (stored(settings), len(_receipts(settings))) == (before, receipts)


def _receipts(settings: Settings) -> list[tuple[int]]:
    with connect(settings, read_only=True) as lake:
        return lake.execute("SELECT delivery_id FROM journal.delivery").fetchall()


def test_an_archive_in_the_folder_of_a_feed_lands_the_files_of_that_feed(
    settings: Settings, months: dict[str, bytes]
) -> None:
    settings = replace(settings, inbox=str(settings.home / "inbox"))
    place = open_place(settings.watched)
    make_inbox(place, settings.project)
    folder = Path(settings.watched) / "police_street"
    (folder / "download.zip").write_bytes(archive([*in_folders(months), ("2024-01-dorset-outcomes.csv", b"x")]))
    done = handle(settings, place, arrivals(place, "police_street")[0])
    assert done is not None
    assert [(one.feed, one.status) for one in done.receipts] == [("police_street", "accepted")] * 2
    kept = folder / "accepted" / str(done.receipt.delivery_id)
    assert (kept / "download.zip").exists()
    page = (kept / "receipt.md").read_text()
    assert all(name in page for name in NAMES)
    assert "One other file of the archive did not belong to this feed; nothing of them was kept." in page


def test_a_bomb_in_the_folder_of_a_feed_has_a_receipt(settings: Settings) -> None:
    settings = replace(settings, inbox=str(settings.home / "inbox"))
    place = open_place(settings.watched)
    make_inbox(place, settings.project)
    folder = Path(settings.watched) / "police_street"
    (folder / "download.zip").write_bytes(archive([("2024-01-dorset-street.csv", bytes(40 * 2**20))]))
    done = handle(settings, place, arrivals(place, "police_street")[0])
    assert done is not None
    assert (done.receipt.status, done.receipt.rule, done.receipt.file_name) == ("refused", "bomb", None)
    assert (folder / "refused" / str(done.receipt.delivery_id) / "receipt.md").exists()


def test_the_archive_of_real_months_gives_what_the_files_give(settings: Settings, shared_data: Path) -> None:
    """Northumbria's files of two months, as data.police.uk packs them, against the same files landed one by one."""
    files = sorted((shared_data / "police_uk" / "northumbria").glob("*-street.csv"))
    done = by_name(settings, *((f"{path.name[:7]}/{path.name}", path.read_bytes()) for path in files))
    # The lines of a file but its header.
    expected = [path.read_bytes().count(b"\n") - 1 for path in files]
    assert [one.rows_read for one in done.receipts] == expected
    again = land(settings, "police_street", [str(path) for path in files])
    assert [one.changes for one in again] == [{}, {}]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["police_street", "a.csv"], ("police_street", ["a.csv"])),
        (["a.zip", "b.csv"], (None, ["a.zip", "b.csv"])),
        (["a.zip"], (None, ["a.zip"])),
        # No such feed and no such file: what is meant is a feed, and landing says which there are.
        (["polic_street", "a.csv"], ("polic_street", ["a.csv"])),
    ],
)
def test_the_words_of_land(words: list[str], expected: tuple[str | None, list[str]], settings: Settings) -> None:
    assert feed_and_files(settings, words) == expected


def test_the_command_lands_an_archive_and_names_what_it_left(
    settings: Settings, months: dict[str, bytes], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from safer_kpi.cli.main import main

    path = settings.home.parent / "download.zip"
    path.write_bytes(archive([*in_folders(months), ("holiday.csv", b"a\n")]))
    monkeypatch.setattr("sys.argv", ["safer-kpi", "land", str(path), "--home", str(settings.home), "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    assert ended.value.code in {0, None}
    assert [row["status"] for row in json.loads(out)["rows"]] == ["accepted"] * 2
    assert "Not landed: file 3 of the archive, by name: its name fits no feed." in err
