"""The tasks of the DAG of reports: draft the report of a release, ask for comments, collect approvals, seal it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowSkipException

from safer_kpi.orchestration.assets import PUBLICATION, RELEASE
from safer_kpi.orchestration.certify import APPROVE, REJECT
from safer_kpi.orchestration.notify import notifiers
from safer_kpi.orchestration.words import in_words
from safer_kpi.reading.place import PUBLIC, RESTRICTED
from safer_kpi.settings import PUBLICATION_DRAFTS, PUBLICATIONS, RELEASES, Settings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, MutableMapping, Sequence
    from pathlib import Path

    from airflow.sdk import Context

ADD, NOTHING_MORE = "Add the comment", "Nothing more to add"


@in_words
def draft_report(events: Mapping[Any, Sequence[Any]], params: Mapping[str, Any]) -> str:
    """Draft the report of the release that was published, or that a person named; return the release's id.

    A public edition is drafted by the next task, because nobody comments on it here.

    Raises:
        AirflowSkipException: the packages that a report needs are not installed here.
        UsageError: a person started it and named no release.
    """
    from safer_kpi.errors import MissingExtra, UsageError
    from safer_kpi.failures.extras import require_extra
    from safer_kpi.publishing.sealing import draft_publication

    told = events.get(RELEASE, ())
    if not params["release"] and not told:
        raise UsageError("No release is named.", next_action="Trigger the DAG again with a release.")
    release = str(params["release"] or told[-1].extra["release_id"])
    try:
        require_extra("report")
    except MissingExtra as missing:
        raise AirflowSkipException(f"No report is made: {missing}") from missing
    if params["edition"] != PUBLIC:
        draft_publication(Settings.load(), release)
    return release


@in_words
def seal_report(publication: str, outlet_events: MutableMapping[Any, Any]) -> str:
    """Seal an approved report; return its id. A retry after the sealing emits the event again."""
    from safer_kpi.files import sha256_of
    from safer_kpi.publishing.sealing import seal_publication
    from safer_kpi.reading.place import MANIFEST
    from safer_kpi.releases.store import read_json

    settings = Settings.load()
    manifest = settings.home / PUBLICATIONS / publication / MANIFEST
    if not manifest.is_file():
        seal_publication(settings, publication)
    content = read_json(manifest)
    told = {name: content[name] for name in ("publication_id", "release_id", "edition")}
    outlet_events[PUBLICATION].extra = told | {"manifest_sha256": sha256_of(manifest)}
    return publication


def comment_form() -> dict[str, Param]:
    """Return the form fields of a comment; the page requires each field that cannot be null."""
    from safer_kpi.publishing.model.commentary import SECTIONS

    fields = {
        "about": ("About", f"{', '.join(SECTIONS)}, or the id of a measure."),
        "text": ("Comment", "What the reader should know. It stands in the report under your name."),
        "although": ("Although", "Leave empty, unless the comment says other than the figures: why it stands."),
    }
    return {
        name: Param(None, type=["null", "string"], title=title, description=says)
        for name, (title, says) in fields.items()
    }


def approval_form() -> dict[str, Param]:
    """Return the form field of an approval or a rejection."""
    return {"comment": Param(None, type=["null", "string"], title="Comment", description="Signed into the report.")}


class ReportComments(HITLOperator):
    """Ask for comments on a drafted report, one after another, until nobody has more to add; return the draft's id.

    A comment is kept under the name of the person who is logged in. One that contradicts the release is not kept, and
    the log says why: Airflow shows a question that is asked again in the words of the first time. When nothing is added
    any more, the report is drafted anew, so that comments that were written into the file by hand are in it too.
    """

    template_fields: Collection[str] = ("release_id", "edition", "subject", "body")

    def __init__(self, *, release_id: str, edition: str, **kwargs: Any) -> None:
        super().__init__(
            subject="Comments on a report",
            options=[ADD, NOTHING_MORE],
            notifiers=notifiers("safer_kpi: a report waits for comments", "{{ task.subject }}"),
            **kwargs,
        )
        self.release_id = release_id
        self.edition = edition

    @in_words
    def execute(self, context: Context) -> Any:
        """Ask for a comment; draft a public edition without one, because comments may tell exact numbers."""
        if self.edition == PUBLIC:
            from safer_kpi.publishing.public.drafting import draft_public

            return draft_public(Settings.load(), self.release_id)["publication_id"]
        self.subject = f"Comment on the report of {self.release_id}"
        self.body = comments_body(Settings.load(), self.release_id)
        return super().execute(context)

    @in_words
    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Keep the person's comment and ask for the next one, or draft the report with all of them."""
        from safer_kpi.errors import CheckFailed, UsageError
        from safer_kpi.publishing.commenting import add_comment
        from safer_kpi.publishing.sealing import draft_publication

        answer = super().execute_complete(context, event)
        settings, person = Settings.load(), answer["responded_by_user"]["name"]
        if answer["chosen_options"] == [NOTHING_MORE]:
            return draft_publication(settings, self.release_id)["publication_id"]
        said = {name: answer["params_input"].get(name) or "" for name in ("about", "text", "although")}
        try:
            add_comment(settings, self.release_id, by=person, on=_day(answer["responded_at"]), **said)
        except (CheckFailed, UsageError) as refused:
            self.log.warning("Not added: %s", refused)
        return self.execute(context)  # asks for the next one


def _day(at: dt.datetime) -> dt.date:
    return at.astimezone(dt.UTC).date()


def comments_body(settings: Settings, release: str) -> str:
    """Return the Markdown shown to a person who is asked for a comment."""
    from safer_kpi.publishing.model.commentary import SECTIONS
    from safer_kpi.reading.lake import open_lake

    with open_lake(settings.home / RELEASES / release) as lake:
        titles = {row["metric_id"]: row["title"] for row in lake.metrics().rows()}
        shown = [name for row in lake.kpis().rows() for name in row["headlines"] or ()]
    sections = ", ".join(f"`{one}`" for one in SECTIONS)
    drafts = [f"`{_first_page(folder)}`" for folder in _drafts(settings, release)]
    return "\n\n".join(
        (
            f"The report of release **{release}** is drafted. Read it: {', '.join(drafts)}",
            f"A comment is about {sections} (`report` stands on every page), or a measure:",
            "\n".join(f"- `{name}` {titles[name]}" for name in dict.fromkeys(shown)),
            "The question comes again after each comment. One that contradicts the release is not kept: see the log.",
        )
    )


def _drafts(settings: Settings, release: str) -> list[Path]:
    return sorted((settings.home / PUBLICATION_DRAFTS).glob(f"{release}.{RESTRICTED}.*"))


def _first_page(folder: Path) -> Path:
    from safer_kpi.publishing.made import SITE

    return folder / SITE / "index.html"


class ReportApproval(HITLOperator):
    """Wait for one named person's decision on a drafted report and sign it: who, when, and what they say.

    The lake keeps a key for each person and signs with it. A person who approved before is asked for another. A
    rejection ends the run; the draft stays until the report is drafted again. The task can be retried: an approval on
    record counts.
    """

    template_fields: Collection[str] = ("publication", "subject", "body")

    def __init__(self, *, publication: str, place: int, required: int, **kwargs: Any) -> None:
        super().__init__(
            subject=f"Approval {place} of {required} of a report",
            options=[APPROVE, REJECT],
            notifiers=notifiers("safer_kpi: a report waits for approval", "{{ task.subject }}"),
            **kwargs,
        )
        self.publication = publication
        self.place = place

    def execute(self, context: Context) -> Any:
        """Ask, unless enough people have approved the draft already."""
        from safer_kpi.releases.store import DRAFT_FILE, read_json

        folder = Settings.load().home / PUBLICATION_DRAFTS / self.publication
        if not (folder / DRAFT_FILE).is_file():
            raise AirflowSkipException(f"No draft {self.publication} exists: it was sealed.")
        drafted = read_json(folder / DRAFT_FILE)
        if len(drafted["approvals"]) >= self.place:
            return drafted["approvals"][self.place - 1]["name"]
        if self.place > drafted["approvals_required"]:
            return None  # only a public edition needs one more: that of the data protection officer
        self.subject = f"Approve the report {self.publication}: person {self.place} of {drafted['approvals_required']}"
        self.body = approval_body(drafted, _first_page(folder))
        return super().execute(context)

    @in_words
    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Record the person's decision."""
        from safer_kpi.errors import ApprovedAlready
        from safer_kpi.publishing.sealing import approve_publication

        answer = super().execute_complete(context, event)
        person, comment = answer["responded_by_user"]["name"], answer["params_input"].get("comment") or ""
        if answer["chosen_options"] == [REJECT]:
            raise AirflowSkipException(f"{person} rejected {self.publication}: {comment or 'no reason given'}.")
        settings = replace(Settings.load(), signing_key=None)
        try:
            approve_publication(settings, self.publication, name=person, comment=comment)
        except ApprovedAlready as refused:
            self.log.warning("%s", refused)
            return self.execute(context)  # asks again
        return person


def approval_body(drafted: Mapping[str, Any], page: Path) -> str:
    """Return the Markdown shown to a person who is asked to approve the draft of a report."""
    before, names = drafted["before"], [each["name"] for each in drafted["approvals"]]
    since = f", and what changed since {before['release_id']}" if before else ""
    said = f"The report **{drafted['publication_id']}** says what release {drafted['release_id']} certifies{since}."
    if drafted["edition"] == PUBLIC:
        said = (
            f"**{drafted['publication_id']}** is what everybody may read of release {drafted['release_id']}. Its audit "
            "passed. One of those who sign is the data protection officer."
        )
    lines = [
        said,
        f"Read it before you sign: `{page}`",
        f"Approved so far by {', '.join(names)}." if names else "",
        f"What you sign are its {len(drafted['files'])} files, each by its SHA-256.",
    ]
    return "\n\n".join(line for line in lines if line)
