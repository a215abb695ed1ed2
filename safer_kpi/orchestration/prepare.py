"""Makes Airflow's metadata database, the lake and the inbox ready, in one process: importing Airflow takes seconds.

Run as ``python -m safer_kpi.orchestration.prepare`` with the environment of the Airflow it is for.
"""

from __future__ import annotations

from airflow.models.pool import Pool
from airflow.utils import db

from safer_kpi.inbox import make_inbox
from safer_kpi.landing import init
from safer_kpi.orchestration.build import BUILD_POOL
from safer_kpi.orchestration.places import open_inbox
from safer_kpi.settings import Settings


def main() -> None:
    """Create or migrate the tables, make the pool that builds share, the lake, and the inbox with a folder per feed."""
    db.initdb()
    Pool.create_or_update_pool(
        BUILD_POOL, slots=1, description="The lake has one writer: one build at a time.", include_deferred=False
    )
    settings = Settings.load()
    init(settings)
    make_inbox(open_inbox(settings.watched), settings.project)


if __name__ == "__main__":
    main()
