"""Airflow's local executor, with workers that have imported what the tasks need."""

from __future__ import annotations

from airflow.executors.local_executor import LocalExecutor


class WarmLocalExecutor(LocalExecutor):
    """Imports the libraries of landing and building once, before its workers are forked.

    Each task is a fork of a worker: cold, it would spend longer on importing than on landing a small file. No library
    has begun a thread that works, or opened anything, when it is only imported.
    """

    def start(self) -> None:
        """Import, then start the workers."""
        import pandera.polars
        import scipy.stats
        import sqlmesh

        import safer_kpi.build
        import safer_kpi.inbox
        import safer_kpi.releases

        self.log.info(
            "Workers start with %s, %s, %s and %s",
            *(each.__name__ for each in (pandera.polars, scipy.stats, sqlmesh, safer_kpi.build)),
        )
        super().start()
