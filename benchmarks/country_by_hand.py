"""The SQL of a first build by hand: the ledgers, the tables and all numbers, each made by one query, unchecked.

``python -m benchmarks.country_by_hand HOME PROJECT FILE`` reads a lake that is built and writes the file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from safer_kpi.compute.branches import of_feeds
from safer_kpi.compute.observed import observations_text
from safer_kpi.compute.schema import COPIED
from safer_kpi.lake import connect
from safer_kpi.settings import Settings
from safer_kpi.sql import literal

#: The days that stand for the first and the last one in the recorded queries.
FIRST, LAST = "1911-11-11", "1912-12-12"
ASKED = "SELECT DISTINCT metric_id, area_code FROM kpi.metric CROSS JOIN kpi.area_change"


def main(home: Path, project: Path, file: Path) -> None:
    """Make the file."""
    settings = Settings.load(home, project=project)
    queries = json.loads((home / "state" / "recipes.json").read_text())["recipes"]
    with connect(settings, read_only=True) as connection:
        connection.execute(f"ATTACH {literal(str(file))} AS made; CREATE SCHEMA made.kpi")
        for number, recipe in enumerate(queries):
            whole = of_feeds(recipe["query"], recipe["branches"], None)
            dated = whole.replace(FIRST, "2000-01-01").replace(LAST, "2099-12-31")
            connection.execute(f"CREATE TABLE made.main.model_{number} AS {dated}")
        for table in COPIED:
            connection.execute(f"CREATE TABLE made.kpi.{table.name} AS FROM lake.kpi.{table.name}")
        connection.execute("USE made")
        moment = "SELECT max(posted_at) AS as_of FROM kpi.entry"
        connection.execute(f"CREATE TABLE kpi.observation AS {observations_text(project, moment, ASKED)}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
