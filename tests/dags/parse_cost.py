"""What loading DAG files imports beyond Airflow itself: ``python -m tests.dags.parse_cost FILE...`` prints JSON."""

from __future__ import annotations

import json
import os
import runpy
import sys
import tempfile
from pathlib import Path

HEAVY = ("cryptography", "duckdb", "numpy", "pandas", "pandera", "polars", "pyarrow", "s3fs", "scipy", "sqlmesh")

os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp()

import airflow.providers.standard.operators.hitl  # noqa: E402 (after its home is named)
import airflow.sdk  # noqa: E402
import airflow.triggers.base  # noqa: E402

if __name__ == "__main__":
    heavy: dict[str, list[str]] = {}
    for file in map(Path, sys.argv[1:]):
        before = set(sys.modules)
        runpy.run_path(str(file))
        heavy[file.name] = sorted(name for name in HEAVY if name in sys.modules and name not in before)
    sys.stdout.write(json.dumps({"heavy": heavy, "airflow": airflow.sdk.__version__}) + "\n")
