"""A local Airflow for one person: Postgres and Airflow's four components, supervised and stopped together."""

from __future__ import annotations

from safer_kpi.stack.running import Stack, running, start, status, stop

__all__ = ["Stack", "running", "start", "status", "stop"]
