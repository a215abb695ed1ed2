"""The files of a local Airflow: one folder under the lake's home."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: The only address that any part of a stack listens on.
HOST = "127.0.0.1"
#: The environment variable that marks every process of a stack with the folder it belongs to.
MARKER = "SAFER_KPI_STACK"
#: The longest path of a socket that the kernel takes, in bytes, and the name Postgres adds to its folder.
_SOCKET_PATH, _SOCKET_NAME = 107, "/.s.PGSQL.5432"


@dataclass(frozen=True)
class Layout:
    """The folder of one local Airflow, ``<home>/airflow``, and the files in it."""

    folder: Path

    @property
    def logs(self) -> Path:
        """The folder of the logs, one file per component."""
        return self.folder / "logs"

    @property
    def pgdata(self) -> Path:
        """The metadata database."""
        return self.folder / "pgdata"

    @property
    def config(self) -> Path:
        """Airflow's configuration file. It holds secrets, so only its owner can read it. Every start writes it anew."""
        return self.folder / "airflow.cfg"

    @property
    def secrets(self) -> Path:
        """The file of keys that are created once."""
        return self.folder / "secrets.json"

    @property
    def passwords(self) -> Path:
        """The file of passwords by user, as SimpleAuthManager reads them."""
        return self.folder / "passwords.json"

    @property
    def users(self) -> Path:
        """The file of roles by user: a user named once stays known to later starts."""
        return self.folder / "users.json"

    @property
    def storage(self) -> Path:
        """The keys and ports of the S3 server; the file is there if the lake lies in its bucket."""
        return self.folder / "storage.json"

    @property
    def objects(self) -> Path:
        """The folder of the S3 server: the lake itself, if it lies in a bucket."""
        return self.folder / "objects"

    @property
    def variables(self) -> Path:
        """The shell variables by which commands find a lake in a bucket. It holds a secret."""
        return self.folder / "lake.env"

    @property
    def state(self) -> Path:
        """The file of the supervisor's current state."""
        return self.folder / "state.json"

    @property
    def lock(self) -> Path:
        """The lock file that the supervisor holds while it lives."""
        return self.folder / "lock"

    @property
    def prepared(self) -> Path:
        """The file that names the Airflow version the database was last prepared for."""
        return self.folder / "prepared.json"

    @property
    def sockets(self) -> Path:
        """The folder of Postgres's socket: in this folder, or on a short path if this one is too long for a socket."""
        here = self.folder / "socket"
        if len(os.fsencode(here)) + len(_SOCKET_NAME) <= _SOCKET_PATH:
            return here
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"safer-kpi-{os.getuid()}-{name}"

    def log(self, component: str) -> Path:
        """Return the log file of a component."""
        return self.logs / f"{component}.log"


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object of a file; an empty one if there is no file."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found
