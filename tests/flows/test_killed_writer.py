"""What a writer leaves that is killed inside its commit is undone for whoever only reads."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from safer_kpi.lake import connect
from safer_kpi.settings import Settings

#: Pages of the transaction reach the file before it is committed, as they do inside a long commit.
KILLED = """
import os, signal, sqlite3, sys
catalogue = sqlite3.connect(sys.argv[1], isolation_level=None)
catalogue.execute("PRAGMA cache_size = 1")
catalogue.execute("BEGIN IMMEDIATE")
catalogue.execute("UPDATE ducklake_snapshot SET schema_version = schema_version + 1000")
catalogue.execute("CREATE TABLE half AS WITH RECURSIVE n(i) AS "
                  "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT i, hex(randomblob(50)) AS t FROM n")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_lake_is_read_after_a_kill_inside_a_commit(tmp_path: Path, new_lake: Callable[..., Settings]) -> None:
    settings = new_lake(tmp_path / "lake")
    catalogue = Path(settings.catalogue.removeprefix("sqlite:"))
    query = "SELECT count(*), max(entry) FROM journal.entry"
    with connect(settings, read_only=True) as lake:
        before = lake.execute(query).fetchall()
    done = subprocess.run([sys.executable, "-c", KILLED, str(catalogue)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert catalogue.with_name(f"{catalogue.name}-journal").stat().st_size > 0
    with connect(settings, read_only=True) as lake:
        assert lake.execute(query).fetchall() == before
