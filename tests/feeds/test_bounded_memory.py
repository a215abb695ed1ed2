"""Neither the process nor its child holds much of a file, however its lines are made: peak memory, measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from safer_kpi.intake import Dialect, preflight
from safer_kpi.intake.even import Job
from safer_kpi.intake.read import read
from tests.hostile.project import write_contracts

#: Of each process, as the issue states it.
pytestmark = pytest.mark.e2e

MOST = 512 * 2**20
HEADER = ",".join(f"column {place}" for place in range(12))
#: Lines of a table of 12 columns: fields too few, blanks of another width, fields too many.
LINES = {"too few": "x\n", "blank and too few": ",\n", "too many": "x" + "," * 100 + "\n", "blanks": " , \n"}
#: A process of its own that imports no more than reading needs, so that its peak and its child's are the reading's.
READ = """
import json, resource, sys
from pathlib import Path
from safer_kpi.errors import InputRefused
from safer_kpi.intake import Dialect, forking, parse, preflight
path, dialect = Path(sys.argv[1]), Dialect()
try:
    found = preflight(path, dialect)
    parsed = parse(path, found, dialect, list(found.header), path.with_name("rows.parquet"))
    rule = None if parsed.rows_read == parsed.rows_skipped else "rows were read"
except InputRefused as refused:
    rule = refused.rule
# ru_maxrss of a process that another one started counts that one's memory too; VmHWM is of this program alone.
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
forking._close()  # what its children took is told when the server that forks them has ended
child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([rule, int(status["VmHWM"].split()[0]) * 1024, child * 1024]))
"""
ROWS = 3_000_000
#: The same for what a contract's checks take of the process itself.
VALIDATE = """
import json, sys
from pathlib import Path
from safer_kpi.catalogue.cells import covered
from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.intake import Parsed
from safer_kpi.landing.reader import reader
from safer_kpi.landing.validate import validate
project, path, rows = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
feed = load_feed(project, "hostile_plain")
(layout,) = feed.layouts
names = ("ref", "area", "figure")
parsed = Parsed(parquet=path, columns=names, rows_read=rows, rows_skipped=0, malformed=(), numbered=False)
with reader(path.stat().st_size) as using:
    cells = covered(feed, "2024-05-plain.csv", layout)
    checked = validate(using.rows, feed, layout, parsed, covered=cells, scratch=path.parent)
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    rules = "SELECT rule, column_name, count(*), min(source_row) FROM (" + checked.quarantine + ") GROUP BY ALL"
    found = using.rows.execute(rules).fetchall()
print(json.dumps([checked.rows_accepted, checked.rows_quarantined, found, int(status["VmHWM"].split()[0]) * 1024]))
"""


@pytest.mark.parametrize(
    ("line", "rule", "columns", "most"),
    [
        ("too few", "column_count", 12, 2**19),
        ("blank and too few", None, 12, 2**19),
        ("too many", "column_count", 12, 2**19),
        ("blanks", None, 3, 26 * 2**20),
    ],
)
def test_lines_of_delimiters_take_no_memory(
    line: str, rule: str | None, columns: int, most: int, tmp_path: Path
) -> None:
    path = tmp_path / "file.csv"
    header = ",".join(HEADER.split(",")[:columns])
    path.write_text(f"{header}\n" + LINES[line] * (most // len(LINES[line])))
    done = subprocess.run([sys.executable, "-c", READ, str(path)], check=True, capture_output=True, text=True)
    found, parent, child = json.loads(done.stdout)
    assert found == rule
    assert max(parent, child) < MOST, (parent, child)


def test_lines_that_are_no_rows_are_read_in_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a million lines of one comma run DuckDB out of the memory that it may have; then one record is held."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "file.csv"
    path.write_text(f"{HEADER}\n" + ",\n" * 2**19)
    found = preflight(path, Dialect())
    answer = read(Job(path=path, found=found, dialect=Dialect(), columns=found.header, memory_bytes=240 * 2**20))
    assert (answer["rows_read"], answer["rows_skipped"], answer["malformed"]) == (2**19, 2**19, [])


def test_rows_that_all_repeat_a_key_are_held_in_little_memory(tmp_path: Path) -> None:
    """Three million rows of one key: the first counts, each other one is held."""
    path = tmp_path / "rows.parquet"
    duckdb.sql(f"SELECT 'a' AS ref, NULL::VARCHAR AS area, '1' AS figure FROM range({ROWS})").write_parquet(str(path))
    settings = write_contracts(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", VALIDATE, str(settings.project), str(path), str(ROWS)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    accepted, held, rules, peak = json.loads(done.stdout)
    assert (accepted, held, rules) == (1, ROWS - 1, [["duplicate_key", "ref", ROWS - 1, 3]])
    assert peak < MOST
