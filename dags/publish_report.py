"""From a published release to its sealed report: a draft, comments, named people's approvals, the seal.

It starts when a release was published. A person can also trigger it with a release to report on, such as after a
mistake in a report, and with the edition ``public`` for everybody, which one more person approves: the data protection
officer.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag, task

from safer_kpi.orchestration import assets, certify, publish
from safer_kpi.orchestration.notify import on_failure, reminders

BY_HAND = "The release to report on, such as 2024-25-Q4. Empty: the one that was just published."
EDITION = "restricted, for partners, or public, for everybody. Empty: restricted."
#: How long a report may wait for comments and approvals before people are reminded.
SEAL_WITHIN = timedelta(days=10)


@dag(
    schedule=[assets.RELEASE],
    catchup=False,
    max_active_runs=1,
    tags=["safer_kpi", "certify"],
    params={
        "release": Param(None, type=["null", "string"], title="Release", description=BY_HAND),
        "edition": Param(
            None, type=["null", "string"], enum=[None, "restricted", "public"], title="Edition", description=EDITION
        ),
    },
    deadline=reminders("safer_kpi: a report still waits for comments or approval", SEAL_WITHIN),
    default_args={"retries": 3, "retry_delay": timedelta(seconds=15), "on_failure_callback": on_failure()},
)
def publish_report() -> None:
    """Draft, ask for comments, ask each person in turn, seal."""

    @task
    def draft(*, triggering_asset_events: Any = None, params: Any = None) -> str:
        return publish.draft_report(triggering_asset_events, params)

    @task(outlets=[assets.PUBLICATION])
    def seal(publication: str, *, outlet_events: Any = None) -> str:
        return publish.seal_report(publication, outlet_events)

    comments = publish.ReportComments(
        task_id="comment", release_id=draft(), edition="{{ params.edition }}", params=publish.comment_form()
    )
    required = certify.approvals_required() + 1  # the last of a public edition only
    last: Any = comments
    for place in range(1, required + 1):
        approval = publish.ReportApproval(
            task_id=f"approve_{place}",
            publication=comments.output,
            place=place,
            required=required,
            params=publish.approval_form(),
        )
        last >> approval
        last = approval
    last >> seal(comments.output)


publish_report()
