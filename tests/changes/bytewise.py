"""Changes of single bits and of whole files: flipped, cut, lengthened, gone, renamed, exchanged, added, linked."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.changes.change import Change
from tests.changes.inventory import File, Inventory
from tests.changes.lake import Place

Act = Callable[[Path, random.Random], None]


def flip(path: Path, chance: random.Random) -> None:
    """Flip a bit, or put other bytes in the place of a few."""
    content = bytearray(path.read_bytes())
    if chance.random() < 0.7:
        bit = chance.randrange(8 * len(content))
        content[bit // 8] ^= 1 << bit % 8
    else:
        first, length = chance.randrange(len(content)), chance.choice((1, 2, 8, 64))
        while (other := chance.randbytes(len(content[first : first + length]))) == content[first : first + length]:
            pass
        content[first : first + length] = other
    path.write_bytes(content)


def cut(path: Path, chance: random.Random) -> None:
    with path.open("rb+") as file:
        file.truncate(chance.choice((0, path.stat().st_size - 1, chance.randrange(path.stat().st_size))))


def lengthen(path: Path, chance: random.Random) -> None:
    with path.open("ab") as file:
        file.write(chance.choice((b"\0", b"\n", b" ", chance.randbytes(4096))))


def remove(path: Path, _: random.Random) -> None:
    path.unlink()


def rename(path: Path, _: random.Random) -> None:
    path.rename(path.with_name(f"{path.name}.bak"))


def empty_folder(path: Path, _: random.Random) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path, _: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


def exchange(path: Path, chance: random.Random) -> None:
    """Put another file of the same folder, or of the folder beside it, in its place."""
    others = [each for each in [*path.parent.iterdir(), *path.parent.parent.glob("*/*")] if each.is_file()]
    content = path.read_bytes()
    others = [each for each in others if each != path and each.read_bytes() != content]
    path.write_bytes(chance.choice(sorted(others)).read_bytes() if others else content[::-1] + b"\1")


def link(path: Path, chance: random.Random) -> None:
    """A symbolic link, or a second name, to the same bytes elsewhere: they can be changed there."""
    home = next(parent for parent in path.parents if parent.name == "lake")
    elsewhere = home / "tmp" / f"elsewhere-{path.name}-{chance.randrange(10**9)}"
    shutil.copy2(path, elsewhere)
    path.unlink()
    (path.symlink_to if chance.random() < 0.5 else path.hardlink_to)(elsewhere)


ACTS: dict[str, Act] = {
    "cut": cut, "lengthened": lengthen, "gone": remove, "renamed": rename, "exchanged": exchange,
    "a folder in its place": empty_folder,
}  # fmt: skip
OF_RELEASES: dict[str, Act] = {"linked": link, "a pipe in its place": pipe}
#: What may be changed together: which raw bytes there must be is read from the data files, so not these with those.
POOLS = {"raw bytes": "raw bits", "data files": "data bits", "release files": "raw bits", "read file": "data bits"}


def bits(inventory: Inventory, chance: random.Random, number: dict[str, int]) -> Iterator[Change]:
    """Yield so many flipped bits and bytes of each place."""
    for place, count in number.items():
        for _ in range(count):
            file = _some(inventory, place, chance)
            yield _change("bits", file, "flipped", flip, chance, pool=POOLS.get(place))


def files(inventory: Inventory, chance: random.Random, number: dict[str, int]) -> Iterator[Change]:
    """Yield so many changes of whole files of each place, each of the acts in turn."""
    for place, count in number.items():
        acts = ACTS | OF_RELEASES if place == "release files" else ACTS
        for turn in range(count):
            name = sorted(acts)[turn % len(acts)]
            # Rows, and so receipts, are read only if every data file is there with its size.
            pool = {"data files": "data gone", "raw bytes": "raw gone", "release files": "raw gone"}.get(place)
            yield _change("files", _some(inventory, place, chance), name, acts[name], chance, pool=pool)


def added(inventory: Inventory, chance: random.Random, count: int) -> Iterator[Change]:
    """Yield so many files and folders that were added to releases."""
    for number in range(count):
        folder = chance.choice([each for each in inventory.files if each.place == "release files"]).path.parent
        name = chance.choice(
            (f"left-{number}.parquet", f"release-{number}.duckdb.wal", f".hidden-{number}", f"empty-{number}/")
        )
        below = folder / name.rstrip("/")

        def make(place: Place, below: Path = below, name: str = name) -> None:
            path = place.folder / below
            if name.endswith("/"):
                path.mkdir()
            else:
                path.write_bytes(b"added")

        release = inventory.release_of(below)
        named = rf"extra (file|folder) {re.escape(release)}/.*{re.escape(below.name)}:"
        yield Change(
            kind="files", place="release files", what=f"{below} added", make=make, named=named, pool="raw gone"
        )


def _some(inventory: Inventory, place: str, chance: random.Random) -> File:
    return chance.choice([each for each in inventory.files if each.place == place])


def _change(kind: str, file: File, what: str, act: Act, chance: random.Random, *, pool: str | None) -> Change:
    seed = chance.randrange(2**32)

    def make(place: Place, path: Path, act: Act) -> None:
        act(place.folder / path, random.Random(seed))

    return Change(
        kind=kind, place=file.place, what=f"{file.path} {what} ({seed})",
        make=partial(make, path=file.path, act=act), named=file.named, pool=pool,
    )  # fmt: skip
