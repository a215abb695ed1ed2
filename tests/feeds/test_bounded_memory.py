"""Neither the process nor its child holds much of a file, however its lines are made: peak memory, measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from safer_kpi.intake import Dialect, preflight
from safer_kpi.intake.read import Job, read

#: Of each process, as the issue states it.
MOST = 512 * 2**20
HEADER = ",".join(f"column {place}" for place in range(12))
#: Lines of a table of 12 columns: fields too few, blanks of another width, fields too many.
LINES = {"too few": "x\n", "blank and too few": ",\n", "too many": "x" + "," * 100 + "\n"}
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


@pytest.mark.parametrize(
    ("line", "rule"), [("too few", "column_count"), ("blank and too few", None), ("too many", "column_count")]
)
def test_lines_of_delimiters_take_no_memory(line: str, rule: str | None, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text(f"{HEADER}\n" + LINES[line] * (2**19 // len(LINES[line])))
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
