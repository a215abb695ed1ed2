"""Prepare Airflow's metadata database and the lake in one process, because importing Airflow alone takes seconds.

Run as ``python -m safer_kpi.orchestration.prepare`` with the environment of the Airflow it is for.
"""

from __future__ import annotations

from airflow.models.pool import Pool
from airflow.utils import db

from safer_kpi.landing import init
from safer_kpi.orchestration.build import BUILD_POOL
from safer_kpi.orchestration.fetch import FETCH_POOL
from safer_kpi.settings import Settings


def main() -> None:
    """Create or migrate the tables, make the pools of builds and of fetches, and make the lake."""
    db.initdb()
    Pool.create_or_update_pool(
        BUILD_POOL, slots=1, description="The lake has one writer: one build at a time.", include_deferred=False
    )
    Pool.create_or_update_pool(
        FETCH_POOL, slots=1, description="Publishers get one request at a time.", include_deferred=False
    )
    init(Settings.load())


if __name__ == "__main__":
    main()
