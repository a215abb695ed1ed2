"""Partners' ids of people become keyed pseudonyms: HMAC-SHA-256, so that without the key nobody can try ids out.

The key stands in the settings, in a file, the output of a command or an Airflow connection that they name, or in the
lake's own ``state/pseudonym.key``. DuckDB computes the pseudonyms from two blocks in a temporary table: the key is in
no statement, so no log, plan or error can show it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from safer_kpi.errors import UsageError
from safer_kpi.files import new_secret

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.settings import Settings

#: Of the 64 hex characters of the code, how many a pseudonym keeps: 128 bits, beyond chance meetings.
LENGTH = 32
_SHORTEST = 32
_BLOCK = 64
_COMMAND_SECONDS = 30
_AIRFLOW_SECONDS = 120
#: What Airflow may print before the rows.
_LOG = re.compile(r".*?(?=\[\s*\{)", re.DOTALL)
_MARK = "+key."


@dataclass(frozen=True, kw_only=True)
class Key:
    """A pseudonym key; ``id`` names it and tells nothing of it, ``secret`` never shows."""

    id: str
    secret: bytes = field(repr=False)


def pseudonym_key(settings: Settings) -> Key:
    """Return the key of this lake; made at first need where the settings name none.

    Raises:
        UsageError: the key is too short, the file named cannot be read, the command named fails, or the Airflow
            connection named has no password.
    """
    if settings.pseudonym_key:
        return _key(settings.pseudonym_key, "SAFER_KPI_PSEUDONYM_KEY")
    if settings.pseudonym_key_file is not None:
        return _key(_read(settings.pseudonym_key_file), settings.pseudonym_key_file.name)
    if settings.pseudonym_key_command:
        return _key(_printed(settings.pseudonym_key_command), "what SAFER_KPI_PSEUDONYM_KEY_COMMAND prints")
    if settings.pseudonym_key_connection:
        return _key(_of_connection(settings.pseudonym_key_connection), "the password of the Airflow connection")
    own = own_key_file(settings)
    if not own.exists():
        new_secret(own)
    return _key(_read(own), own.name)


def own_key_file(settings: Settings) -> Path:
    """Return the file of the key that the lake makes for itself if the settings name none."""
    return settings.home / "state" / "pseudonym.key"


def hold_key(connection: duckdb.DuckDBPyConnection, key: Key) -> None:
    """Give a connection what ``hmac_sql`` reads: the key's two blocks, bound and not written into the statement."""
    block = (hashlib.sha256(key.secret).digest() if len(key.secret) > _BLOCK else key.secret).ljust(_BLOCK, b"\0")
    connection.execute("CREATE OR REPLACE TEMP TABLE pseudonym_block (inner_block BLOB, outer_block BLOB)")
    connection.execute(
        "INSERT INTO pseudonym_block VALUES (?, ?)", [bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)]
    )


def plain_id_sql(expression: str) -> str:
    """DuckDB SQL of a partner's id without the blanks around it; NULL if nothing is left, because that names nobody."""
    return f"nullif(trim(({expression})::VARCHAR, ' ' || chr(9) || chr(160)), '')"


def hmac_sql(expression: str) -> str:
    """DuckDB SQL of the pseudonym of a text: 32 hex characters of its HMAC-SHA-256 (RFC 2104); NULL stays NULL.

    Blanks around the text do not count, because partners' exports differ in them; blanks alone are NULL, because they
    name nobody. Everything else counts as it is. The connection must hold a key: see ``hold_key``.
    """
    text = f"encode({plain_id_sql(expression)})"
    inner = f"unhex(sha256((SELECT inner_block FROM pseudonym_block) || {text}))"
    return f"substr(sha256((SELECT outer_block FROM pseudonym_block) || {inner}), 1, {LENGTH})"


def open_key(connection: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed) -> str:
    """Prepare the connection for the partners' ids of a feed; return the contract version that its entries carry.

    Raises:
        UsageError: the feed's live rows carry another key's pseudonyms.
    """
    if not feed.pseudonyms:
        return feed.version
    key = pseudonym_key(settings)
    require_same_key(connection, feed.name, key)
    hold_key(connection, key)
    return version_under(feed.version, key)


def version_under(version: str, key: Key) -> str:
    """Return a contract version read under a key, as change rows and entries carry it: ``1.2.0+key.ab12cd34``."""
    return f"{version}{_MARK}{key.id}"


def plain_version(version: str) -> str:
    """Return the contract version without the key."""
    return version.partition("+")[0]


def key_in_use(connection: duckdb.DuckDBPyConnection, feed: str) -> str | None:
    """Return the id of the key under which a feed's live rows were read; None if nothing was read under one.

    No entry posts under another key than the feed's last one but ``rekey``, which reads all live rows again.
    """
    found = connection.execute(
        "SELECT contract_version FROM journal.entry WHERE feed = ? AND contains(contract_version, ?) "
        "ORDER BY entry DESC LIMIT 1",
        [feed, _MARK],
    ).fetchall()
    return str(found[0][0]).partition(_MARK)[2] if found else None


def keys_in_use(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the id of the key of each feed whose live rows were read under one."""
    found = connection.execute(
        "SELECT feed, max_by(contract_version, entry) FROM journal.entry WHERE contains(contract_version, ?) "
        "GROUP BY feed",
        [_MARK],
    ).fetchall()
    return {feed: str(version).partition(_MARK)[2] for feed, version in found}


def require_same_key(connection: duckdb.DuckDBPyConnection, feed: str, key: Key) -> None:
    """Raise if a feed's live rows carry another key's pseudonyms: the same person would count twice.

    Raises:
        UsageError: the key has changed.
    """
    held = key_in_use(connection, feed)
    if held is not None and held != key.id:
        raise UsageError(
            f"The pseudonym key has changed: {feed} was read under key {held}, the settings hold key {key.id}.",
            next_action="Run safer-kpi rekey, or restore the former key.",
        )


def _key(text: str, where: str) -> Key:
    plain = text.strip()
    if len(plain) < _SHORTEST:
        raise UsageError(
            f"The pseudonym key in {where} is shorter than {_SHORTEST} characters.",
            next_action="Make one with: openssl rand -hex 32",
        )
    is_hex = len(plain) % 2 == 0 and re.fullmatch(r"[0-9a-fA-F]+", plain) is not None
    secret = bytes.fromhex(plain) if is_hex else plain.encode()
    return Key(id=hashlib.sha256(b"key id" + secret).hexdigest()[:8], secret=secret)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            f"The pseudonym key file {path.name} cannot be read.", next_action="Check its path, rights and content."
        ) from None


def _printed(command: str) -> str:
    """Return what a command prints. Neither its output nor its arguments, which may name a secret, is shown."""
    import shlex
    import subprocess

    try:
        return _output(shlex.split(command), seconds=_COMMAND_SECONDS)
    except (OSError, ValueError, subprocess.SubprocessError):
        raise UsageError(
            "The command of SAFER_KPI_PSEUDONYM_KEY_COMMAND gives no key.",
            next_action=f"Run it yourself: it must print the key and end within {_COMMAND_SECONDS} seconds.",
        ) from None


def _of_connection(name: str) -> str:
    """Return the password of an Airflow connection, asked of Airflow's own command in a process of its own.

    A task of Airflow may not ask it like that: it puts the key into the settings (``safer_kpi.orchestration``).
    """
    import json
    import subprocess
    import sys

    command = [sys.executable, "-m", "airflow", "connections", "get", name, "--output", "json"]
    try:
        printed = _output(command, seconds=_AIRFLOW_SECONDS)
        [found] = json.loads(_LOG.sub("", printed, count=1))
        return str(found["password"] or "")
    except (OSError, ValueError, KeyError, TypeError, subprocess.SubprocessError):
        raise UsageError(
            "The Airflow connection of SAFER_KPI_PSEUDONYM_KEY_CONNECTION gives no key.",
            next_action=f"Make it where this command runs: airflow connections add {name} --conn-type generic, "
            "with the key as its password.",
        ) from None


def _output(command: Sequence[str], *, seconds: int) -> str:
    import subprocess

    run = subprocess.run(  # noqa: S603 (the settings name it; no shell)
        command, capture_output=True, timeout=seconds, check=True, stdin=subprocess.DEVNULL
    )
    return run.stdout.decode("utf-8")
