"""What a connection to the lake writes besides its answers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from safer_kpi.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import sys
from safer_kpi.lake import connect
from safer_kpi.settings import Settings
print(connect(Settings.load(sys.argv[1])).execute("SELECT current_setting('enable_progress_bar')").fetchall())
"""


def test_no_progress_stands_among_the_answers(tmp_path: Path, new_lake: Callable[..., Settings]) -> None:
    """Run by ``python -c``, DuckDB shows the progress of a query of two seconds or more on the standard output."""
    lake = new_lake(tmp_path / "lake")
    command = [sys.executable, "-c", ASK, str(lake.home)]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[(False,)]\n"
