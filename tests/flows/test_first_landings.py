"""Several feeds' first files come at the same moment, to a lake that nobody has made yet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from safer_kpi.lake import connect
from safer_kpi.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
WRITERS = 4
INIT = """
import sys
from safer_kpi.landing import init
from safer_kpi.settings import Settings

settings = Settings.load(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
init(settings)
"""


def test_writers_that_come_first_together_make_one_lake(tmp_path: Path) -> None:
    home = tmp_path / "lake"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", INIT, str(home)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(WRITERS)
    ]
    for each in started:
        assert each.stdout is not None
        each.stdout.readline()
    for each in started:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in started:
        each.communicate()
    assert [each.returncode for each in started] == [0] * WRITERS
    settings = Settings.load(home)
    with connect(settings, read_only=True) as lake:
        seeds = lake.execute("SELECT count(*) FROM journal.delivery").fetchall()[0][0]
    # Each file of seeds/<feed>/ once.
    assert seeds == len(list(settings.project.glob("seeds/*/*.csv")))
