"""From a complete quarter to a published release: a draft, named people's approvals, publication.

It starts when all feeds of a quarter have arrived. A person can also trigger it with a release to draft, such as a
correction.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag, task

from safer_kpi.orchestration import assets, certify
from safer_kpi.orchestration.notify import on_failure, reminders

BY_HAND = "The quarter to draft, such as 2024-25-Q4; a published one is corrected. Empty: the one that is due."
REVISIONS = ("R1", "R2", "R3", "C")
KINDS = "Of a correction: R1 better data, R2 routine, R3 method or definition, C error. Empty: C."
#: How long a draft may wait for its approvals before people are reminded.
APPROVE_WITHIN = timedelta(days=5)


@dag(
    schedule=[assets.QUARTER],
    catchup=False,
    max_active_runs=1,
    tags=["safer_kpi", "certify"],
    params={
        "release": Param(None, type=["null", "string"], title="Release", description=BY_HAND),
        "reason": Param(None, type=["null", "string"], title="Reason", description="Why a correction is needed."),
        "revision": Param(None, type=["null", "string"], enum=[None, *REVISIONS], title="Revision", description=KINDS),
    },
    deadline=reminders("safer_kpi: a release still waits for approval", APPROVE_WITHIN),
    default_args={"retries": 3, "retry_delay": timedelta(seconds=15), "on_failure_callback": on_failure()},
)
def certify_release() -> None:
    """Draft, ask each person in turn, publish."""

    @task
    def draft(*, triggering_asset_events: Any = None, params: Any = None) -> str:
        return certify.draft_release(certify.quarter_told(triggering_asset_events), params)

    @task(outlets=[assets.RELEASE])
    def publish(release_id: str, *, outlet_events: Any = None) -> str:
        return certify.publish_release(release_id, outlet_events)

    drafted = draft()
    required = certify.approvals_required()
    last = drafted
    for place in range(1, required + 1):
        approval = certify.ReleaseApproval(
            task_id=f"approve_{place}", release_id=drafted, place=place, required=required, params=certify.form()
        )
        last >> approval
        last = approval.output
    last >> publish(drafted)


certify_release()
