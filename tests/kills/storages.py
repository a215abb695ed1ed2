"""Where a lake lies, and how it is copied for each trial: a folder with SQLite, or Postgres and a bucket.

A lake's folder holds ``lake`` (its home), ``state`` (the heads of chains that are remembered) and ``environment.json``.
"""

from __future__ import annotations

import json
import os
import shutil
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol

from safer_kpi.settings import Settings
from tests.kills.forks import end_with_parent

#: The places of a lake in a bucket, below its prefix.
_PLACES = ("data", "raw", "inbox")


def settings_of(folder: Path) -> Settings:
    """The settings of the lake in a folder; this process talks to it from now on."""
    os.environ.update(json.loads((folder / "environment.json").read_text()))
    return Settings.load(folder / "lake")


class Storage(Protocol):
    """A kind of storage."""

    def begin(self, folder: Path) -> None:
        """Make a folder for a lake that is not made yet."""
        ...

    def copy(self, source: Path, folder: Path) -> None:
        """Copy a lake that nobody uses to a new folder."""
        ...


class Local:
    """Everything in a folder, the catalogue in SQLite."""

    def begin(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        _say(folder, {})

    def copy(self, source: Path, folder: Path) -> None:
        shutil.copytree(source, folder, symlinks=True)
        _say(folder, {})


class Production:
    """The catalogue in a database of Postgres, everything but the home in a bucket.

    A database is copied by the server. The objects of a copy are given back: what is there and the same stays. All this
    is done by a child, so that the process that forks trials has no connection and no thread.
    """

    def __init__(self, servers: dict[str, Any], own: str) -> None:
        self._servers, self._own = servers, own
        context = get_context("fork")
        self._asked, told = context.Pipe()
        context.Process(target=_serve, args=(servers, told), daemon=True).start()

    def begin(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._ask(folder, None)

    def copy(self, source: Path, folder: Path) -> None:
        shutil.copytree(source, folder, symlinks=True)
        self._ask(folder, json.loads((source / "environment.json").read_text())["LAKE"])

    def _ask(self, folder: Path, source: str | None) -> None:
        # Copies to folders of one name lie in one place, one after another.
        name = f"{self._own}_{folder.name}"
        self._asked.send((name, source))
        if (answer := self._asked.recv()) is not None:
            raise RuntimeError(answer)
        catalogue = f"postgres:{self._servers['dsn']} dbname={name}"
        places = {f"SAFER_KPI_{place.upper()}": f"s3://lake/{name}/{place}" for place in _PLACES}
        _say(folder, {"LAKE": name, "SAFER_KPI_CATALOGUE": catalogue} | places | self._servers["environment"])


def _say(folder: Path, variables: dict[str, str]) -> None:
    known = {"XDG_STATE_HOME": str(folder / "state"), "SAFER_KPI_CACHE": str(folder / "cache")}
    (folder / "environment.json").write_text(json.dumps(known | variables))


def _serve(servers: dict[str, Any], asked: Any) -> None:
    end_with_parent()
    import psycopg
    import s3fs

    keys = servers["environment"]
    store = s3fs.S3FileSystem(
        key=keys["AWS_ACCESS_KEY_ID"], secret=keys["AWS_SECRET_ACCESS_KEY"],
        client_kwargs={"endpoint_url": keys["AWS_ENDPOINT_URL"]}, use_listings_cache=False,
    )  # fmt: skip
    with psycopg.connect(servers["dsn"], dbname="postgres", autocommit=True) as connection:
        while True:
            name, source = asked.recv()
            try:
                _database(connection, name, source)
                _objects(store, name, source)
                asked.send(None)
            except Exception as problem:  # noqa: BLE001 (whoever asked raises it)
                asked.send(f"{type(problem).__name__}: {problem}")


def _database(connection: Any, name: str, source: str | None) -> None:
    connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source or "template1"}" STRATEGY FILE_COPY')


def _objects(store: Any, name: str, source: str | None) -> None:
    """Let a prefix hold what another one holds, and nothing else."""
    wanted = _stamps(store, source) if source else {}
    there = _stamps(store, name)
    for key in there.keys() - wanted.keys():
        store.rm_file(f"lake/{name}/{key}")
    for key, stamp in wanted.items():
        if there.get(key) != stamp:
            store.cp_file(f"lake/{source}/{key}", f"lake/{name}/{key}")


def _stamps(store: Any, name: str) -> dict[str, tuple[str, int]]:
    prefix = f"lake/{name}/"
    found = store.find(prefix, detail=True)
    return {key.removeprefix(prefix): (each["ETag"], each["size"]) for key, each in found.items()}
