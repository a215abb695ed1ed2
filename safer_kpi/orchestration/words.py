"""What a task's log says of disk, storage, catalogue and network: our errors, without secrets."""

from __future__ import annotations

from airflow.sdk.exceptions import AirflowException

from safer_kpi.failures import translated

#: The decorator of what a task calls. How a task ends by Airflow's own exceptions stays as it is.
in_words = translated(keep=(AirflowException,))
