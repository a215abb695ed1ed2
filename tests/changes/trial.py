"""Change copies of a lake, verify them, and judge whether each change was named.

``python -m tests.changes.trial FOLDER BUILT SEED HALF HALVES SHARES`` makes the lake's copy in a folder and tries its
share of the changes. It imports everything once and forks a process for each step before any thread exists. Prints one
JSON line for each change: kind, place, outcome, what it was.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pandera.backends.polars.container  # noqa: F401 (imported before the forks, which makes a trial cheap)
from typer.testing import CliRunner

from safer_kpi.cli.main import app
from safer_kpi.lake import connect, raw
from safer_kpi.landing.stored_bytes import fetch
from safer_kpi.reading.sealing.signatures import read_approvers
from tests.changes import bytewise, chain, inventory, signed, tables
from tests.changes.change import Change
from tests.changes.inventory import Inventory
from tests.changes.lake import Place, copy_lake
from tests.changes.store import Store
from tests.flows.snapshot_rows import snapshot_rows, snapshots
from tests.kills.forks import in_child

#: How many changes are made before one verification; of edits of the lake three are named.
TOGETHER = {"edits": 3}
USUALLY = 12
#: The share of each kind of change; with 1 they are about two thousand.
BITS = {"raw bytes": 220, "data files": 490, "release files": 490, "read file": 40, "catalogue": 24, "records": 8,
        "manifests": 18, "notices and changes": 10, "approvers": 8, "heads": 10}  # fmt: skip
FILES = {"raw bytes": 60, "data files": 90, "release files": 130, "read file": 6, "catalogue": 6, "records": 6,
         "manifests": 6, "notices and changes": 6, "approvers": 6}  # fmt: skip
Lines = list[str]


def generated(found: Inventory, seed: int, share: float) -> list[Change]:
    """Return the changes of a seed, fewer of each kind by a share."""
    chance = random.Random(seed)

    def of(number: int) -> int:
        return max(1, round(number * share))

    return [
        *bytewise.bits(found, chance, {place: of(number) for place, number in BITS.items()}),
        *bytewise.files(found, chance, {place: of(number) for place, number in FILES.items()}),
        *bytewise.added(found, chance, of(30)),
        *tables.of_lake(found, chance, of(150), of(28), of(12)),
        *tables.of_books(found, chance, of(26), of(40), of(12)),
        *tables.of_releases(found, chance, of(90), of(6), of(18)),
        *tables.of_catalogue(found, chance, of(26)),
        *_some(list(signed.keys(chance, 2)), of(40), chance),
        *_some(list(chain.chain(1)), of(29), chance),
        *_some(list(chain.nothing(1)), of(9), chance),
    ]


def _some(changes: list[Change], number: int, chance: random.Random) -> list[Change]:
    return chance.sample(changes, min(number, len(changes)))


def batches(changes: list[Change]) -> Iterator[list[Change]]:
    """Yield changes to be made together: of one pool, each named by other words."""
    pools: dict[str, list[list[Change]]] = {}
    for change in changes:
        if change.pool is None:
            yield [change]
            continue
        open_ones = pools.setdefault(change.pool, [])
        size = TOGETHER.get(change.pool, USUALLY)
        free = (each for each in open_ones if len(each) < size and all(change.named != one.named for one in each))
        if (batch := next(free, None)) is None:
            open_ones.append(batch := [])
        batch.append(change)
    for open_ones in pools.values():
        yield from open_ones


def verified(place: Place, *, deep: bool) -> Lines:
    """Return the failed checks of ``verify`` as lines, or the error that it ended with; an empty list if it passes."""

    def ask(write: Callable[[str], object]) -> None:
        words = ["verify", "--home", str(place.settings.home), "--json", *(["--deep"] if deep else [])]
        done = CliRunner().invoke(app, words)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        try:
            rows = json.loads(done.stdout)["rows"]
        except ValueError:
            rows = []
        lines = [f"{row['check']} {row['subject']}: {row['detail']}" for row in rows if row["status"] == "failed"]
        write(json.dumps(lines if lines or done.exit_code == 0 else [done.stderr or done.stdout]))

    status, written = in_child(ask)
    if status != 0:
        return [f"!{status} {written.decode(errors='replace')}"]
    lines: Lines = json.loads(written)
    return lines


def everything(place: Place) -> str:
    """Return a text that differs if any row of any table differs, any file of a release, or who is trusted."""

    def read(write: Callable[[str], object]) -> None:
        settings = place.settings
        found: list[Any] = [snapshot_rows(settings, snapshots(settings)[-1])]
        with duckdb.connect() as book:
            book.execute(f"ATTACH '{settings.kpi_file}' AS book (READ_ONLY)")
            names = book.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
            found += [
                (name, book.execute(f"SELECT count(*), sum(hash(t)::HUGEINT) FROM book.kpi.{name} AS t").fetchall())
                for (name,) in names
            ]
        files = sorted(path for path in (settings.home / "releases").rglob("*") if path.is_file())
        found += [(str(path), sha256(path.read_bytes()).hexdigest()) for path in files]
        found.append(sorted(read_approvers(settings.approvers).names.items()))
        with connect(settings, read_only=True) as lake:
            received = lake.execute("SELECT DISTINCT sha256 FROM journal.delivery ORDER BY 1").fetchall()
        for (hashed,) in received:
            raw.release(settings, fetch(settings, hashed))
        write(sha256(repr(found).encode()).hexdigest())

    status, written = in_child(read)
    return written.decode() if status == 0 else f"unreadable: {written.decode(errors='replace')}"


def tried(place: Place, store: Store, batch: list[Change], whole: str) -> Iterator[tuple[Change, str, str]]:
    """Make the changes of a batch, verify, and yield the outcome of each with what it did."""
    done: list[str] = []

    def make(write: Callable[[str], object]) -> None:
        write(json.dumps([str(change.make(place)) for change in batch]))

    status, written = in_child(make)
    if status != 0:
        store.restore()
        yield from ((change, "not made", written.decode(errors="replace")) for change in batch)
        return
    done = json.loads(written)
    plain = verified(place, deep=False)
    deep: Lines | None = None
    for change, did in zip(batch, done, strict=True):
        outcome = _judged(change, plain, "found")
        if outcome != "found":
            deep = verified(place, deep=True) if deep is None else deep
            found = _judged(change, deep, "found with --deep")
            outcome = found if found == "found with --deep" or outcome == "missed" else outcome
        if outcome == "missed" and len(batch) == 1 and everything(place) == whole:
            outcome = "harmless"
        yield change, outcome, f"{did}; {' | '.join(plain)[:600] if outcome != 'found' else ''}"
    store.restore()


def _judged(change: Change, lines: Lines, found: str) -> str:
    if any(line.startswith("!") for line in lines):
        return "traceback"
    if change.kind == "nothing":
        return found if lines else "missed"
    if any(re.search(change.named, line) for line in lines):
        return found
    return "not named" if lines else "missed"


def main() -> None:
    folder, built = Path(sys.argv[1]), Path(sys.argv[2])
    seed, half, halves, share = int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), float(sys.argv[6])
    only = re.compile(sys.argv[7] if len(sys.argv) > 7 else "")
    place = copy_lake(folder / f"place-{half}", built)

    def begin(write: Callable[[str], object]) -> None:
        words = ["verify", "--remember", "--home", str(place.settings.home)]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
        write(inventory.take(place).as_text())

    status, written = in_child(begin)
    assert status == 0, written
    found = Inventory.from_text(written)
    changes = [each for each in generated(found, seed, share) if only.search(f"{each.kind}:{each.place}:{each.what}")]
    shutil.rmtree(place.folder / "lake" / "tmp", ignore_errors=True)
    (place.folder / "lake" / "tmp").mkdir()
    outside = place.folder / "heads.json"
    kept = outside.read_bytes()
    store, whole = Store(place.folder / "lake"), everything(place)
    assert not whole.startswith("unreadable"), whole
    every = list(batches(changes))
    random.Random(seed).shuffle(every)
    for number, batch in enumerate(every):
        if number % halves != half:
            continue
        for change, outcome, did in tried(place, store, batch, whole):
            sys.stdout.write(json.dumps([change.kind, change.place, outcome, change.what, did, change.named]) + "\n")
        sys.stdout.flush()
        outside.write_bytes(kept)
    assert verified(place, deep=True) == []
    shutil.rmtree(place.folder)


if __name__ == "__main__":
    os.environ.setdefault("COLUMNS", "200")
    main()
