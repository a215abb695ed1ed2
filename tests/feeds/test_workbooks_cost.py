"""What memory a refusal takes, through real child processes: at most 64 MB, and the parent stays alive."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from safer_kpi.intake import sandbox
from tests.feeds.hostile_workbooks import REFUSED
from tests.feeds.workbook_maker import DIALECT

# In a process of its own, for its peak is measured. The greatest peak of any child counts the parent's at its start.
_DRIVER = """
import json, resource, sys
from pathlib import Path
from safer_kpi.errors import InputRefused
from safer_kpi.intake import WorkbookDialect, forking, parse_workbook, preflight_workbook

def megabytes(field):
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return int(status[field].split()[0]) / 1024

idle = megabytes("VmRSS")
told = []
for name, path, terms in json.load(sys.stdin):
    path = Path(path)
    try:
        dialect = WorkbookDialect(**terms)
        found = preflight_workbook(path, dialect)
        parse_workbook(path, found, dialect, lambda header: header, path.with_suffix(".parquet"))
        rule = None
    except InputRefused as refused:
        rule = refused.rule
    told.append((name, rule))
forking._close()  # its own usage and that of its children are told when it has ended
child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(json.dumps({"told": told, "parent": megabytes("VmHWM") - idle, "child": child}))
"""


def driven(cases: dict[str, tuple[bytes, dict[str, object]]], folder: Path) -> dict[str, object]:
    told = []
    for number, (name, (content, terms)) in enumerate(cases.items()):
        path = folder / f"{number}.xlsx"
        path.write_bytes(content)
        told.append((name, str(path), DIALECT | terms))
    said = subprocess.run(
        [sys.executable, "-c", _DRIVER],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(sandbox.__file__).parents[2])},
    )
    return json.loads(said.stdout)


@pytest.mark.e2e
def test_a_refusal_takes_little_memory(tmp_path: Path) -> None:
    cost = driven({name: (case.make(), case.dialect) for name, case in REFUSED.items()}, tmp_path)
    assert dict(cost["told"]) == {name: case.rule for name, case in REFUSED.items()}
    assert cost["parent"] + cost["child"] < 64
