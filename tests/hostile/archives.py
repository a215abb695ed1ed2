"""Generated ZIP archives, and what Python's zipfile finds in them: a row is a member, its name and its bytes."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile
import zlib
from pathlib import PurePosixPath

from hypothesis import strategies as st

from tests.hostile.bytewise import damaged
from tests.hostile.delimited import tables
from tests.hostile.made import REFUSED, Made, Right
from tests.hostile.values import words

#: Names of plain files, as hostile as a name may be that stays one: no name leads out of the archive.
PLAIN = (
    "{}.csv",
    "2024/{}.csv",
    "2024/05/{}.csv",
    "{}",
    " {} .csv",
    "{}é😀.csv",
    "'; DROP TABLE x; -- {}.csv",
    "$(reboot) {}.csv",
    "-rf {}",
    "CON {}",
    ".{}",
    "{}.csv.exe",
    "%2e%2e%2f{}",
    "<b>{}</b>.csv",
    "{}:ads.csv",
    "*{}?.csv",
    "{}" + "n" * 230,
    "=1+1{}.csv",
)
#: Names that lead out, or hold what no name shows.
LEADING_OUT = (
    "/{}.csv",
    "../{}.csv",
    "a/../../{}.csv",
    "C:{}.csv",
    "c:/{}.csv",
    "a\\{}.csv",
    "./{}.csv",
    "a//{}.csv",
    "{}\n.csv",
    "{}\x1b[2J.csv",
    "{}\x7f.csv",
    "{}\u202e.csv",
    "{}\u2028.csv",
    "..",
    "a/./{}",
    "{}" + "é" * 140,
    "{}\t.csv",
)
NESTED = ("{}.zip", "{}.7z", "{}.tar.gz", "{}.RAR", "a/{}.jar", "{}.iso", "{}.Xz")


@st.composite
def members(draw: st.DrawFn, *, faulty: bool) -> list[tuple[str, bytes]]:
    """Names and contents of an archive's files, no name there twice."""
    made = []
    for _ in range(draw(st.integers(0, 5))):
        name = draw(st.sampled_from(PLAIN)).format(draw(words()))
        content = draw(st.one_of(tables(), st.binary(max_size=200), st.just(b"")))
        made.append((name, content))
    if faulty:
        kind = draw(st.sampled_from(("out", "out", "nested", "nested bytes", "twice", "case", "folder")))
        name = draw(words())
        pattern = draw(st.sampled_from(LEADING_OUT if kind == "out" else NESTED if kind == "nested" else PLAIN[:1]))
        made.append((pattern.format(name), zipped([("a.csv", b"")]) if kind == "nested bytes" else b"zqaaaaax"))
        if kind == "twice":
            made.append((f"other/{name}.csv", b"zqaaaaax"))
        if kind == "case":
            made.append((f"{name.upper()}.CSV", b"zqaaaaax"))
        if kind == "folder":
            made.append((f"{name}/", b"zqaaaaax"))
    return draw(st.permutations(made))


def zipped(
    files: list[tuple[str, bytes]], *, method: int = zipfile.ZIP_DEFLATED, mode: int = 0, comment: bytes = b""
) -> bytes:
    """The files as a ZIP archive; ``mode`` is that of the last one."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as archive:
        warnings.simplefilter("ignore")  # of names twice
        for number, (name, content) in enumerate(files, 1):
            entry = zipfile.ZipInfo(name, (2024, 5, 1, 12, 0, 0))
            entry.compress_type = method
            entry.filename = name  # ZipInfo makes harmless what is to be hostile
            if mode and number == len(files):
                entry.create_system, entry.external_attr = 3, mode << 16
            archive.writestr(entry, content)
        archive.comment = comment
    return out.getvalue()


@st.composite
def archive_files(draw: st.DrawFn) -> Made:
    """A ZIP archive: sound, with a hostile member, with a wrong directory, or damaged."""
    kind = draw(st.sampled_from(("sound", "sound", "member", "member", "link", "directory", "damaged", "bomb")))
    files = draw(members(faulty=kind == "member"))
    method = draw(st.sampled_from((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)))
    comment = draw(st.sampled_from((b"", b"", b"zqaaaaax")))
    mode = (
        draw(st.sampled_from((stat.S_IFLNK | 0o777, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK)))
        if kind == "link"
        else 0
    )
    if kind == "bomb":
        files = [*files, ("zqaaaaax.csv", bytes(20 * 2**20))]
        method = zipfile.ZIP_DEFLATED
    content = zipped(files, method=method, mode=mode, comment=comment)
    right = right_of(content)
    if kind in {"member", "bomb"} or (kind == "link" and files):
        right = REFUSED
    elif kind == "directory":
        content = draw(turned(content))
        right = _either(right_of(content))
    elif kind == "damaged":
        content = draw(damaged(content))
        right = _either(right_of(content))
    return Made(
        kind="ZIP archive", feed="archive", content=content, right=right, names=tuple(name for name, _ in files)
    )


@st.composite
def turned(draw: st.DrawFn, content: bytes) -> bytes:
    """One field of one entry of the directory, or of the record that ends it, with another number."""
    starts = [place for place in range(len(content)) if content.startswith(b"PK\x01\x02", place)]
    end = content.rfind(b"PK\x05\x06")
    fields = [
        (start + at, size)
        for start in starts
        for at, size in ((8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2), (38, 4), (42, 4))
    ]
    fields += [(end + at, size) for at, size in ((4, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2))]
    place, size = draw(st.sampled_from(fields))
    value = draw(st.sampled_from((0, 1, 2, 8, 12, 99, 255, 2**15, 2**16 - 1, 2**31, 2**32 - 1)))
    return content[:place] + struct.pack("<H" if size == 2 else "<L", value % 256**size) + content[place + size :]


def _either(right: Right) -> Right:
    return Right(**{**vars(right), "may_refuse": True}) if right.rows is not None else right


def right_of(content: bytes) -> Right:
    """What zipfile unpacks, each file whole and by its checksum; refused if it cannot."""
    try:
        with warnings.catch_warnings(), zipfile.ZipFile(io.BytesIO(content)) as archive:
            warnings.simplefilter("ignore")
            files = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
            held = {PurePosixPath(entry.filename).name: archive.read(entry) for entry in files}
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        RuntimeError,
        NotImplementedError,  # what zipfile says of a compression that it does not know
        ValueError,
        struct.error,
        OverflowError,
    ):
        return REFUSED
    if not held or len(held) < len(files):
        return REFUSED
    rows = [(number, name, content.hex(), None) for number, (name, content) in enumerate(sorted(held.items()), 1)]
    return Right(rows=rows, read=len(rows))
