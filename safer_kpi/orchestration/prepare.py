"""Makes Airflow's metadata database ready in one process, for importing Airflow alone takes seconds.

Run as ``python -m safer_kpi.orchestration.prepare`` with the environment of the Airflow it is for.
"""

from __future__ import annotations

from airflow.models.pool import Pool
from airflow.utils import db

#: One slot: the lake has one writer, and a build waiting for the lease would hold a worker.
BUILD_POOL = "lake_build"


def main() -> None:
    """Create or migrate the tables, and make the pool that builds share."""
    db.initdb()
    Pool.create_or_update_pool(
        BUILD_POOL, slots=1, description="The lake has one writer: one build at a time.", include_deferred=False
    )


if __name__ == "__main__":
    main()
