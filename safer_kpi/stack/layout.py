"""Where a local Airflow keeps what it needs: one folder under the lake's home."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
        """A file per component."""
        return self.folder / "logs"

    @property
    def pgdata(self) -> Path:
        """The metadata database."""
        return self.folder / "pgdata"

    @property
    def config(self) -> Path:
        """What Airflow reads; holds the secrets, so it is the owner's alone. Written anew by every start."""
        return self.folder / "airflow.cfg"

    @property
    def secrets(self) -> Path:
        """Keys made once."""
        return self.folder / "secrets.json"

    @property
    def passwords(self) -> Path:
        """Passwords by user, as SimpleAuthManager reads them."""
        return self.folder / "passwords.json"

    @property
    def users(self) -> Path:
        """Roles by user: whoever was named once is known to the next start."""
        return self.folder / "users.json"

    @property
    def plan(self) -> Path:
        """What the supervisor is to run."""
        return self.folder / "plan.json"

    @property
    def state(self) -> Path:
        """What the supervisor runs now."""
        return self.folder / "state.json"

    @property
    def lock(self) -> Path:
        """Held by the supervisor as long as it lives."""
        return self.folder / "lock"

    @property
    def prepared(self) -> Path:
        """Says which Airflow the database was last made ready for."""
        return self.folder / "prepared.json"

    @property
    def sockets(self) -> Path:
        """The folder of Postgres's socket: here, or a short path where this one is too long for a socket."""
        here = self.folder / "socket"
        if len(os.fsencode(here)) + len(_SOCKET_NAME) <= _SOCKET_PATH:
            return here
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"safer-kpi-{os.getuid()}-{name}"

    def log(self, component: str) -> Path:
        """The file a component writes to."""
        return self.logs / f"{component}.log"


def read_json(path: Path) -> dict[str, Any]:
    """A file's object; an empty one where there is no file."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found
