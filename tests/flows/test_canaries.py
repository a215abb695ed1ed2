"""Names, numbers and secrets planted in every place a file has are in nothing that the product says or keeps readable.

The canaries are words that no search for identifiers knows, so that each file gets as far as it can.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import stat
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from safer_kpi.cli.main import app
from safer_kpi.lake import connect
from safer_kpi.lake.places import open_places
from safer_kpi.receipts.delivered import receipt_for_partner
from safer_kpi.receipts.partner_receipt import as_markdown
from safer_kpi.settings import Settings
from tests.feeds.workbook_maker import messy
from tests.flows.test_depersonalised import FEED, HEADER, NAME, ROWS

CANARY = "Zyxquill"
SERVER = 54_321  # a user of the machine that is not ours
OK = [",".join(row) for row in ROWS]
HEAD = ",".join(HEADER)


def _lines(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _zip() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(f"{CANARY} {NAME}", _lines(HEAD, *OK))
        archive.writestr(f"{CANARY}.csv", b"a\n1\n")
        archive.comment = CANARY.encode()
    return held.getvalue()


def _gz() -> bytes:
    held = io.BytesIO()
    with gzip.GzipFile(CANARY, "wb", fileobj=held) as file:
        file.write(_lines(HEAD, *OK))
    return held.getvalue()


#: Content and name of each file; the canary is in a cell, a heading, a first row, beside the table, in a name.
FILES: dict[str, tuple[bytes, str]] = {
    "no header": (_lines(*(line.replace("DP-", f"{CANARY}-") for line in OK)), NAME),
    "an undeclared heading": (_lines(f"{HEAD},{CANARY}", *(f"{line},1" for line in OK)), NAME),
    "two equal headings": (_lines(f"{HEAD},{CANARY},{CANARY}", *(f"{line},1,2" for line in OK)), NAME),
    "a heading without a delimiter": (_lines(f"{CANARY};{CANARY}", *OK), NAME),
    "a malformed row": (_lines(HEAD, *OK, f"{CANARY},1"), NAME),
    "an unclosed quote": (_lines(HEAD, *OK, f'"{CANARY},1'), NAME),
    "cells that break checks": (_lines(HEAD, *(line.replace("recorded", CANARY) for line in OK)), NAME),
    "a part of the name": (_lines(HEAD, *OK), f"{CANARY} {NAME}"),
    "the whole name": (_lines(HEAD, *OK), f"{CANARY}.csv"),
    "a name in gzip": (_gz(), f"{CANARY} {NAME}.gz"),
    "a workbook where CSV is agreed": (messy([[CANARY]], name=CANARY), NAME),
    "nothing to land": (b"", f"{CANARY}.csv"),
    "an archive": (_zip(), f"{CANARY}.zip"),
}


@pytest.fixture(scope="module")
def said(
    tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]
) -> tuple[Settings, dict[str, str]]:
    """A lake into which every file was landed by command, and what each command said."""
    folder = tmp_path_factory.mktemp("canaries")
    settings = replace(new_lake(folder / "lake"), pseudonym_key="0" * 32)
    paths = {}
    for number, (case, (content, name)) in enumerate(FILES.items()):
        paths[case] = folder / str(number) / name
        paths[case].parent.mkdir()
        paths[case].write_bytes(content)
    archive = str(paths.pop("an archive"))
    commands = ([FEED, *map(str, paths.values())], [str(paths["the whole name"])], [archive], [f"{archive}.gone"])
    told = {}
    for words in commands:
        run = CliRunner().invoke(app, ["land", *words, "--home", str(settings.home)], env={"COLUMNS": "300"})
        assert run.exception is None or isinstance(run.exception, SystemExit), run.exception
        told[" ".join(words)] = run.output
    return settings, told


def test_no_command_says_one(said: tuple[Settings, dict[str, str]]) -> None:
    assert len(said[1]) == 4
    for words, text in said[1].items():
        assert CANARY.lower() not in text.lower(), words
        assert text.strip(), words


def test_the_journal_and_the_receipts_have_none(said: tuple[Settings, dict[str, str]]) -> None:
    settings, _ = said
    with connect(settings, read_only=True) as connection:
        tables = [name for (name,) in connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'lake' AND schema_name = 'journal'"
        ).fetchall()]  # fmt: skip
        rows = {name: str(connection.execute(f"SELECT * FROM journal.{name}").fetchall()) for name in tables}
        deliveries = [number for (number,) in connection.execute(
            f"SELECT delivery_id FROM journal.delivery WHERE feed = '{FEED}'"
        ).fetchall()]  # fmt: skip
    assert "delivery" in rows
    assert [name for name, text in rows.items() if CANARY.lower() in text.lower()] == []
    pages = [receipt_for_partner(settings, number) for number in deliveries]
    assert len(pages) >= len(FILES)
    assert CANARY not in "".join(as_markdown(page) + json.dumps(page.as_row(), default=str) for page in pages)


def test_files_of_the_home_are_private_and_their_names_have_none(said: tuple[Settings, dict[str, str]]) -> None:
    settings, _ = said
    found = list(_files(settings.home))
    assert [path for path in found if CANARY.lower() in str(path.relative_to(settings.home)).lower()] == []
    # Readable text of the files that are no partner's bytes: the raw store holds what a partner sent.
    own = [path for path in found if path.is_file() and not path.is_relative_to(Path(settings.raw))]
    assert [path for path in own if CANARY.encode() in path.read_bytes()] == []
    others = [path for path in (settings.home, *found) if stat.S_IMODE(path.lstat().st_mode) & 0o077]
    assert others == []


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if not path.is_symlink())


def test_a_known_name_is_kept_as_the_contract_knows_it(said: tuple[Settings, dict[str, str]]) -> None:
    settings, _ = said
    with connect(settings, read_only=True) as connection:
        names = {name for (name,) in connection.execute(
            f"SELECT DISTINCT file_name FROM journal.delivery WHERE feed = '{FEED}'"
        ).fetchall()}  # fmt: skip
    assert names == {NAME, f"{NAME}.gz", None}


def test_a_lake_made_before_is_mended_at_its_next_use(tmp_path: Path, new_lake: Callable[..., Settings]) -> None:
    settings = new_lake(tmp_path / "lake")
    for path in (settings.home, *_files(settings.home)):
        path.chmod(0o755 if path.is_dir() else 0o644)
    connect(settings).close()
    others = [path for path in (settings.home, *_files(settings.home)) if stat.S_IMODE(path.lstat().st_mode) & 0o077]
    assert others == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's Postgres runs as another user")
def test_the_airflow_of_a_home_keeps_its_way_to_its_database(tmp_path: Path, new_lake: Callable[..., Settings]) -> None:
    settings = new_lake(tmp_path / "lake")
    database = settings.airflow / "pgdata"
    database.mkdir(parents=True)
    for path in (settings.home, *_files(settings.home)):
        path.chmod(0o755 if path.is_dir() else 0o644)
    database.chmod(0o700)
    os.chown(database, SERVER, SERVER)
    for path in settings.home.parents:
        path.chmod(path.stat().st_mode | stat.S_IXOTH)
    connect(settings).close()
    passes = subprocess.run(["/usr/bin/test", "-w", database], user=SERVER, group=SERVER, extra_groups=[], check=False)
    assert passes.returncode == 0
    others = {path for path in (settings.home, *_files(settings.home)) if stat.S_IMODE(path.lstat().st_mode) & 0o077}
    assert {path: stat.S_IMODE(path.stat().st_mode) for path in others} == {
        settings.home: 0o711,
        settings.airflow: 0o711,
    }
    assert open_places(settings) == []
