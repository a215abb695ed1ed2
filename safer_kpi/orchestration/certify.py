"""The tasks of the certification DAG: draft a release, collect the approvals of named people, publish it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowSkipException

from safer_kpi.orchestration.assets import QUARTER, RELEASE
from safer_kpi.orchestration.notify import notifiers
from safer_kpi.orchestration.words import in_words
from safer_kpi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, MutableMapping, Sequence

    from airflow.sdk import Context

    from safer_kpi.releases import Headline

APPROVE, REJECT = "Approve", "Reject"


def approvals_required() -> int:
    """Return how many people must approve a release of this project."""
    from safer_kpi.releases.draft import APPROVALS_REQUIRED
    from safer_kpi.releases.store import project_variables

    return int(project_variables(Settings.load()).get("approvals_required", APPROVALS_REQUIRED))


def quarter_told(events: Mapping[Any, Sequence[Any]]) -> str | None:
    """Return the complete quarter named by the events that started a run; None if a person started it."""
    told = events.get(QUARTER, ())
    return str(told[-1].extra["quarter"]) if told else None


@in_words
def draft_release(quarter: str | None, params: Mapping[str, Any]) -> str:
    """Draft the quarter that is complete, or the release that a person asked for; return its id.

    An existing draft is taken as it is: an earlier run of this DAG or a person made it.

    Raises:
        AirflowSkipException: the quarter was certified, drafted or rejected meanwhile.
    """
    from safer_kpi import releases

    settings = Settings.load()
    if params["release"]:
        drafted = releases.draft(
            settings, params["release"], reason=params["reason"] or None, revision=params["revision"] or None
        )
        return str(drafted["release_id"])
    waiting = [each["release_id"] for each in releases.drafts(settings) if each["quarter"] == quarter]
    if waiting:
        return str(waiting[-1])
    due = releases.due(settings)
    if due is None or quarter not in (None, due.quarter):
        raise AirflowSkipException(f"{quarter or 'No quarter'} is not due.")
    return str(releases.draft(settings, due.quarter)["release_id"])


@in_words
def publish_release(release_id: str, outlet_events: MutableMapping[Any, Any]) -> str:
    """Publish an approved draft; return the release's id.

    A retry after the publication emits the event again.
    """
    from safer_kpi import releases
    from safer_kpi.files import sha256_of
    from safer_kpi.reading.place import MANIFEST
    from safer_kpi.releases.store import read_json, release_folders

    settings = Settings.load()
    if release_id not in release_folders(settings):
        releases.publish(settings, release_id)
    manifest = release_folders(settings)[release_id] / MANIFEST
    content = read_json(manifest)
    told = {name: content[name] for name in ("release_id", "quarter", "row_hash", "supersedes")}
    outlet_events[RELEASE].extra = told | {"manifest_sha256": sha256_of(manifest)}
    return release_id


def form() -> dict[str, Param]:
    """Return the form fields of an approval or rejection; the page requires each field that cannot be null."""
    against = "Leave empty, unless something speaks against it: why you approve all the same. Signed into the release."
    return {
        "comment": Param(
            None, type=["null", "string"], title="Comment", description="What you say to it. Signed into the release."
        ),
        "override": Param(None, type=["null", "string"], title="Override", description=against),
    }


class ReleaseApproval(HITLOperator):
    """Wait for one named person's decision on a draft and sign it into the release: who, when, and the reason.

    The lake keeps a key for each person and signs with it. A decision that cannot be recorded is asked for again, and
    the log says why: the person approved before, an override is missing, or an override is not needed. A rejection ends
    the certification: the draft is removed and the reason stays on record.

    The task can be retried: an approval on record counts. (With another executor than ours, Airflow may lose an answer
    that comes in the seconds in which it ends the asking process; then it asks again.)
    """

    template_fields: Collection[str] = ("release_id", "subject", "body")

    def __init__(self, *, release_id: str, place: int, required: int, **kwargs: Any) -> None:
        super().__init__(
            subject=f"Approval {place} of {required}",
            options=[APPROVE, REJECT],
            notifiers=notifiers("safer_kpi: a release waits for approval", "{{ task.subject }}"),
            **kwargs,
        )
        self.release_id = release_id
        self.place = place

    def execute(self, context: Context) -> Any:
        """Ask, unless enough people have approved the draft already."""
        from safer_kpi.releases import headlines
        from safer_kpi.releases.store import DRAFT_FILE, draft_folder, read_json

        settings = Settings.load()
        if not self._is_drafted(settings):
            raise AirflowSkipException(f"No draft {self.release_id} exists: it was published or rejected.")
        drafted = read_json(draft_folder(settings, self.release_id) / DRAFT_FILE)
        if len(drafted["approvals"]) >= self.place:
            return drafted["approvals"][self.place - 1]["name"]
        self.subject = f"Approve {self.release_id}: person {self.place} of {drafted['approvals_required']}"
        self.body = as_body(drafted, headlines(settings, self.release_id))
        return super().execute(context)

    def _is_drafted(self, settings: Settings) -> bool:
        from safer_kpi.releases import drafts

        return self.release_id in (each["release_id"] for each in drafts(settings))

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Record the person's decision."""
        from safer_kpi import releases
        from safer_kpi.errors import ApprovedAlready

        answer = super().execute_complete(context, event)
        person = answer["responded_by_user"]["name"]
        said = answer["params_input"]
        settings = replace(Settings.load(), signing_key=None)
        if answer["chosen_options"] == [REJECT]:
            releases.reject(settings, self.release_id, name=person, reason=said.get("comment") or "no reason given")
            raise AirflowSkipException(f"{person} rejected {self.release_id}.")
        override = said.get("override") or None
        if self._is_drafted(settings) and (override is None) == bool(releases.standing(settings, self.release_id)):
            self.log.warning("%s gave %s override, which does not fit.", person, "no" if override is None else "an")
            return self.execute(context)  # asks again
        at = answer["responded_at"]
        try:
            releases.approve(
                settings,
                self.release_id,
                name=person,
                comment=said.get("comment") or "",
                override=override,
                at=at.astimezone(dt.UTC).replace(tzinfo=None),
            )
        except ApprovedAlready as refused:
            self.log.warning("%s", refused)
            return self.execute(context)  # asks again
        return person


def as_body(drafted: Mapping[str, Any], numbers: Sequence[Headline]) -> str:
    """Return the Markdown shown to a person who is asked to approve a draft."""
    known = f"as known on {drafted['known_at'][:16]} UTC (entry {drafted['last_entry']})"
    names = [each["name"] for each in drafted["approvals"]]
    before = drafted["previous"]
    lines = [
        f"Release **{drafted['release_id']}**: every number up to {drafted['period_end']}, {known}.",
        f"It corrects {drafted['supersedes']}: {drafted['reason']}." if drafted["supersedes"] else "",
        *_against(drafted),
        f"The partnership's numbers for {drafted['quarter']}:" if numbers else "",
        _listed(drafted["quarter"], numbers),
        f"What changed since the last one: `safer-kpi compare {before['release_id']} now`." if before else "",
        f"Approved so far by {', '.join(names)}." if names else "",
        f"What you sign has the row hash `{drafted['row_hash']}`.",
    ]
    return "\n\n".join(line for line in lines if line)


def _against(drafted: Mapping[str, Any]) -> list[str]:
    """Return the findings against a draft, and who approved it in spite of them."""
    if not drafted["findings"]:
        return ["Nothing speaks against it: every audit holds, and every feed it needs is in."]
    overridden = {(each["metric_id"], each["check"]): each for each in drafted["overrides"]}
    lines = []
    for each in drafted["findings"]:
        by = overridden.get((each["metric_id"], each["check"]))
        said = f" (overridden by {by['name']}: {by['reason']})" if by else ""
        lines.append(f"- {each['metric_id']}, {each['check']}: {each['detail']}{said}")
    return ["**This speaks against it:**", "\n".join(lines)]


def _listed(quarter: str, numbers: Sequence[Headline]) -> str:
    """Return the numbers, one line per KPI; a number of another period or that is not final says so."""
    lines: dict[str, list[str]] = {}
    for each in numbers:
        apart = [each.period] * (each.period != quarter) + [each.status] * (each.status != "final")
        told = f"{each.title}: **{_shown(each)}**" + (f" ({', '.join(apart)})" if apart else "")
        lines.setdefault(each.metric_id.split(".", 1)[0], []).append(told)
    return "\n".join(f"- **{kpi}** " + "; ".join(told) for kpi, told in lines.items())


def _shown(number: Headline) -> str:
    if number.value is None:
        return "no number"
    shown = f"{number.value:,.0f}" if number.value.is_integer() else f"{number.value:,.2f}"
    return f"{shown} %" if number.is_percentage else shown
