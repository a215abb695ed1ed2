"""ZIP archives of the tests: good ones, and those that nobody should unpack, each with the rule that must refuse it."""

from __future__ import annotations

import io
import random
import stat
import zipfile
from collections.abc import Callable, Iterable
from functools import partial

from tests.feeds.workbook_maker import GOOD as WORKBOOK
from tests.feeds.workbook_maker import flagged, overlapping, packed, repeated_in_directory, zeros

_NOISE = random.Random(20240601).randbytes(4096)
CSV = b"Crime ID,Month\n"


def archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    return packed(list(files))


def linked() -> bytes:
    """A link to a file outside, as ``zip --symlinks`` writes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        entry = zipfile.ZipInfo("2024-05-dorset-street.csv", (2024, 5, 1, 12, 0, 0))
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        made.writestr(entry, "/etc/passwd")
    return out.getvalue()


def one(name: str, content: bytes = CSV) -> bytes:
    return archive([("a.csv", CSV), (name, content)])


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "no file": (partial(archive, []), "empty"),
    "folders alone": (partial(archive, [("2024-05/", b"")]), "empty"),
    "a zip in a zip by its name": (partial(one, "b.zip", _NOISE), "nested"),
    "a zip in a zip by its bytes": (partial(one, "b.csv", archive([("c.csv", CSV)])), "nested"),
    "a tar": (partial(one, "b.tar.gz", _NOISE), "nested"),
    "an absolute path": (partial(one, "/etc/cron.d/b.csv"), "path"),
    "a path that climbs": (partial(one, "2024/../../b.csv"), "path"),
    "a drive": (partial(one, "C:b.csv"), "path"),
    "a backslash": (lambda: one("x/b.csv").replace(b"x/b.csv", b"x\\b.csv"), "path"),
    "a name of control characters": (partial(one, "b\x1b[2J.csv"), "path"),
    "a link": (linked, "link"),
    "two files of one name": (partial(archive, [("1/a.csv", CSV), ("2/A.csv", CSV)]), "duplicate_part"),
    "one file twice": (repeated_in_directory, "duplicate_part"),
    "files over one another": (overlapping, "bomb"),
    "a bomb that says so": (partial(zeros, 40 * 2**20), "bomb"),
    "a password": (flagged, "encrypted"),
    "cut short": (lambda: one("b.csv", _NOISE)[:-40], "truncated"),
}
GOOD: dict[str, tuple[Callable[[], bytes], list[str]]] = {
    "folders": (
        partial(archive, [("2024-05/", b""), ("2024-05/b.csv", CSV), ("2024-06/a.csv", CSV)]),
        ["a.csv", "b.csv"],
    ),
    "a workbook is no archive": (partial(one, "b.xlsx", WORKBOOK), ["a.csv", "b.xlsx"]),
    "an empty file": (partial(one, "b.csv", b""), ["a.csv", "b.csv"]),
}
