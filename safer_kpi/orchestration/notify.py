"""Notify people of events that need them: through Airflow's own notifiers, to the addresses in the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseNotifier
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from safer_kpi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from airflow.sdk import Context


class LogNotifier(BaseNotifier):
    """Write a notification to the log, in addition to any e-mail."""

    template_fields: Sequence[str] = ("message",)

    def __init__(self, *, message: str, context: Context | None = None) -> None:
        super().__init__(context=context)
        self.message = message

    def notify(self, context: Context) -> None:  # noqa: ARG002 (the message was rendered with it)
        """Write it."""
        self.log.warning("%s", self.message)

    async def async_notify(self, context: Context) -> None:
        """Write it, in the triggerer."""
        self.notify(context)


def notifiers(subject: str, message: str = "") -> list[BaseNotifier]:
    """Return notifiers of ``subject`` and ``message`` (templates): to the log, and by e-mail to ``SAFER_KPI_NOTIFY``.

    E-mail goes through Airflow's connection ``smtp_default``.
    """
    found: list[BaseNotifier] = [LogNotifier(message=f"{subject} {message}".strip())]
    if addresses := Settings.load().notify:
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier

        found.append(SmtpNotifier(to=list(addresses), subject=subject, html_content=f"<p>{message or subject}</p>"))
    return found


def reminders(subject: str, within: timedelta) -> list[DeadlineAlert]:
    """Return alerts for a run that has not ended ``within`` its time, through the same notifiers."""
    told: list[SyncCallback] = [SyncCallback(LogNotifier, {"message": subject})]
    if addresses := Settings.load().notify:
        mail = {"to": list(addresses), "subject": subject, "html_content": f"<p>{subject}</p>"}
        told.append(SyncCallback("airflow.providers.smtp.notifications.smtp.SmtpNotifier", mail))
    asked = DeadlineReference.DAGRUN_QUEUED_AT
    return [DeadlineAlert(reference=asked, interval=within, callback=each) for each in told]


def on_failure() -> list[BaseNotifier]:
    """Return the notifiers of a failed task: its name and its error. Errors of this package show no row."""
    return notifiers(
        "safer_kpi: {{ dag.dag_id }}.{{ ti.task_id }} failed",
        "{{ exception }} See {{ ti.log_url }}",
    )
