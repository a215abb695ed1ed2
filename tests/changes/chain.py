"""Changes of the chain of releases, of a lake's identity and of its whole state; and what changes nothing."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from safer_kpi.lake import connect, lease
from safer_kpi.reading.record import approval_message, record_hash
from safer_kpi.reading.sealing.signatures import approver_line
from safer_kpi.releases.keys import read_key, sign
from tests.changes.change import Change
from tests.changes.lake import BO, CY, DI, RELEASES, Place
from tests.changes.signed import CHANGE, name_approvers, stranger
from tests.changes.tables import forge_manifest, forge_record, seal

FIRST, SECOND, THIRD = RELEASES
Make = Callable[[Place], Any]
BOOK, BOOK_RECORD = "safer_kpi.duckdb", "state/read_files.json"
CATALOGUE, CATALOGUE_RECORD = "catalogue.sqlite", "state/catalogue.json"


def chain(turns: int) -> Iterator[Change]:
    """Yield changes of the chain, so many times over; what is forged anew differs."""
    for turn in range(turns):
        for release in RELEASES:
            who = "strangers" if (turn + RELEASES.index(release)) % 2 else "approvers"
            for has_book in (False, True):
                make = partial(_forged, first=release, strangers=who == "strangers", book=has_book)
                what = f"forged anew from {release} by {who}{', read file too' if has_book else ''}"
                yield Change(kind="chain", place="chain", what=what, make=make, named="head|approvers")
        for what, make, named in ACTS:
            yield Change(kind="chain", place="chain", what=what, make=make, named=named)


def _drop(place: Place, *, names: tuple[str, ...], book: bool = False, fits: bool = False) -> None:
    root = place.folder / "lake/releases"
    for name in names:
        shutil.rmtree(root / name)
        (root / f"{name}.withdrawal.json").unlink(missing_ok=True)
    if len(names) == len(RELEASES):
        (root / CHANGE).unlink()
    if book:
        (place.folder / "lake/safer_kpi.duckdb").unlink()
    if fits:
        with duckdb.connect(str(place.folder / "lake/safer_kpi.duckdb")) as opened:
            for (table,) in opened.execute(
                "SELECT table_name FROM duckdb_columns() WHERE column_name = 'release_id'"
            ).fetchall():
                opened.execute(f"DELETE FROM kpi.{table} WHERE list_contains(?, release_id)", [list(names)])
        forge_record(place)


def _exchanged(place: Place, *, one: str, other: str) -> None:
    root = place.folder / "lake/releases"
    (root / one).rename(root / "aside")
    (root / other).rename(root / one)
    (root / "aside").rename(root / other)


def _reordered(place: Place) -> None:
    """The last release follows the first, and the middle one follows the last."""
    root = place.folder / "lake/releases"
    texts = {name: json.loads((root / name / "manifest.json").read_bytes()) for name in RELEASES}
    texts[THIRD]["previous"] = texts[SECOND]["previous"]
    seal(root / THIRD, texts[THIRD])
    hashed = sha256((root / THIRD / "manifest.json").read_bytes()).hexdigest()
    texts[SECOND]["previous"] = {"release_id": THIRD, "manifest_sha256": hashed}
    seal(root / SECOND, texts[SECOND])


def _forked(place: Place) -> None:
    root = place.folder / "lake/releases"
    copy = root / f"{FIRST}.4"
    shutil.copytree(root / THIRD, copy)
    seal(copy, json.loads((copy / "manifest.json").read_bytes()) | {"release_id": copy.name})


def _forged(place: Place, *, first: str, strangers: bool, book: bool) -> None:
    """Edit a number, and make every hash and signature after it anew: by strangers who replace the approvers."""
    root = place.folder / "lake/releases"
    names = ("Eve Ross", "Mal Hunt") if strangers else (BO, CY)
    public = {name: stranger(place, name) if strangers else place.public(name) for name in names}
    private = {name: place.folder / "lake/tmp" / name.split()[0] if strangers else place.key(name) for name in names}
    texts: dict[str, str] = {}
    for release in RELEASES[RELEASES.index(first) :]:
        folder = root / release
        with duckdb.connect(str(folder / "release.duckdb")) as opened:
            opened.execute("UPDATE kpi.certified SET numerator = numerator + 1 WHERE rowid = 7")
        forge_manifest(folder)
        manifest = json.loads((folder / "manifest.json").read_bytes())
        if texts:
            before = RELEASES[RELEASES.index(release) - 1]
            manifest["previous"] = {"release_id": before, "manifest_sha256": texts[before]}
        if strangers:
            manifest["approvers"]["people"] = [{"name": name, "public_key": public[name]} for name in names]
        record = record_hash(manifest)
        manifest["approvals"] = []
        for name in names:
            approval = {"name": name, "comment": "", "at": "2026-01-01 00:00:00"}
            signature = sign(read_key(private[name]), approval_message(record, approval))
            manifest["approvals"].append(approval | {"public_key": public[name], "signature": signature})
        seal(folder, manifest)
        texts[release] = sha256((folder / "manifest.json").read_bytes()).hexdigest()
    if strangers:
        (place.folder / "lake/approvers").write_text("".join(f"{approver_line(n, public[n])}\n" for n in names))
    if book:
        with duckdb.connect(str(place.folder / "lake/safer_kpi.duckdb")) as opened:
            for release, hashed in texts.items():
                text = (root / release / "manifest.json").read_text()
                opened.execute("UPDATE kpi.sealed SET manifest = ? WHERE release_id = ?", [text, release])
                opened.execute("UPDATE kpi.release SET manifest_sha256 = ? WHERE release_id = ?", [hashed, release])
                opened.execute(
                    "UPDATE kpi.certified SET numerator = numerator + 1 WHERE release_id = ? AND rowid = 7", [release]
                )
        forge_record(place)


def _rolled_back(place: Place, *, parts: tuple[str, ...] | None) -> None:
    """Put an earlier state in place of the lake, or of parts of it."""
    earlier, now = place.folder / "earlier", place.folder / "lake"
    for part in parts or [path.name for path in earlier.iterdir()]:
        if (now / part).is_dir():
            shutil.rmtree(now / part)
            shutil.copytree(earlier / part, now / part, symlinks=True)
        else:
            shutil.copy(earlier / part, now / part)


def _identity(place: Place, *, releases: bool) -> None:
    """Give the lake another identity as a forger who knows the records does."""
    with lease(place.settings), connect(place.settings) as lake:
        lake.execute("UPDATE journal.lake SET lake_id = ?", ["0" * 32])
    if releases:
        _drop(place, names=RELEASES)


def nothing(turns: int) -> Iterator[Change]:
    """Yield what changes no row: each must pass, with every row of every table as before, unless it is found."""
    acts: dict[str, Make] = {
        "a data file that nothing names": lambda place: (place.folder / "lake/data/left.parquet").write_bytes(b"left"),
        "bytes without a receipt": lambda place: (place.folder / "lake/raw/1f" / ("1f" + 62 * "0")).write_bytes(
            b"left"
        ),
        "a work file": lambda place: (place.folder / "lake/tmp/left").write_bytes(b"left"),
        "a file in the state": lambda place: (place.folder / "lake/state/left.json").write_bytes(b"{}"),
        "a bit of the models' state": lambda place: _flipped(place.folder / "lake/state/models.duckdb"),
        "approvers in another order": lambda place: name_approvers(place, [DI, CY, BO]),
        "a comment among the approvers": lambda place: (place.folder / "lake/approvers").write_text(
            f"# Ours\n{place.file(BO, CY, DI)}"
        ),
        "other times of files": lambda place: [p.touch() for p in (place.folder / "lake/data").rglob("*.parquet")],
        "a mark of a writer that was killed": lambda place: (place.folder / "lake/lease.lock").write_bytes(b"writing"),
    }
    for _ in range(turns):
        for what, make in acts.items():
            yield Change(kind="nothing", place="beside", what=what, make=make, named="never")


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def _back(*parts: str) -> Make:
    return partial(_rolled_back, parts=parts)


#: What is done, how, and how a failed check names it.
ACTS: tuple[tuple[str, Make, str], ...] = (
    ("first dropped", partial(_drop, names=(FIRST,)), FIRST),
    ("middle dropped", partial(_drop, names=(SECOND,)), re.escape(SECOND)),
    ("last dropped", partial(_drop, names=(THIRD,)), f"{re.escape(THIRD)}|head"),
    ("first two dropped", partial(_drop, names=RELEASES[:2]), "chain"),
    ("last two dropped", partial(_drop, names=RELEASES[1:]), "chain|head"),
    ("all dropped", partial(_drop, names=RELEASES), "head|chain"),
    ("all dropped, read file too", partial(_drop, names=RELEASES, book=True), "head releases|read file"),
    ("last dropped, read file made to fit", partial(_drop, names=(THIRD,), fits=True), "head"),
    ("all dropped, read file made to fit", partial(_drop, names=RELEASES, fits=True), "head"),
    ("two folders exchanged", partial(_exchanged, one=FIRST, other=SECOND), "manifest|chain"),
    ("order of the last two", _reordered, "chain|head|approval"),
    ("a copy added", _forked, "fork|extra|chain"),
    ("the whole lake rolled back", _back(), "head releases"),
    ("releases rolled back", _back("releases"), "head|chain"),
    ("releases and read file rolled back", _back("releases", BOOK, BOOK_RECORD, "approvers"), "head"),
    ("read file rolled back", _back(BOOK), "read file safer_kpi.duckdb"),
    ("read file and its record rolled back", _back(BOOK, BOOK_RECORD), "read file"),
    ("catalogue rolled back", _back(CATALOGUE), "catalogue lake:.*older copy"),
    ("catalogue and its record rolled back", _back(CATALOGUE, CATALOGUE_RECORD), "catalogue|read file"),
    ("catalogue, data and record rolled back", _back(CATALOGUE, "data", CATALOGUE_RECORD), "read file.*older copy"),
    ("approvers rolled back", _back("approvers"), "approvers"),
    ("identity exchanged", partial(_identity, releases=False), "identity"),
    ("identity exchanged, releases gone", partial(_identity, releases=True), "identity|head"),
)
