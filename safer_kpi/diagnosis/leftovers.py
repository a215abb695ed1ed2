"""Check for what stopped processes and earlier versions left: work files, read files, a local Airflow."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from safer_kpi.diagnosis.finding import ok, warning, wrong
from safer_kpi.diagnosis.opening import answers
from safer_kpi.diagnosis.packages import can_open
from safer_kpi.errors import LeaseHeld
from safer_kpi.lake import lease
from safer_kpi.lake.at_work import nobody_at_work
from safer_kpi.landing.sweep import remove_work_files, work_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.diagnosis.finding import Finding
    from safer_kpi.settings import Settings


def check_work_files(settings: Settings) -> Iterator[Finding]:
    """Check for work files that belong to no command; a command that writes holds the lease."""
    if not settings.home.is_dir():
        return
    found = len(work_files(settings))
    if not found:
        yield ok("work files", "No stopped command left work files.")
    elif not can_open(settings) or not answers(settings):
        yield warning("work files", f"{found} work files are there; no lease can be asked for.", "See the lines above.")
    elif not _is_free(settings):
        yield ok("work files", f"{found} work files are there, and a command is writing.")
    else:
        yield warning(
            "work files",
            f"{found} work files are there and no command is writing: a stopped one left them.",
            "Run safer-kpi doctor --fix; the weekly maintenance does the same.",
            fix=partial(_remove, settings),
        )


def _is_free(settings: Settings) -> bool:
    try:
        with lease(settings, wait_seconds=0), nobody_at_work(settings) as is_quiet:
            return is_quiet
    except LeaseHeld:
        return False


def _remove(settings: Settings) -> str:
    with ExitStack() as held:
        try:
            held.enter_context(lease(settings, wait_seconds=0))
        except LeaseHeld:
            return "Left the work files: a command has begun to write."
        return f"Removed {remove_work_files(settings)} work files."


def check_read_files(settings: Settings) -> Iterator[Finding]:
    """Check for read files that an earlier version wrote under other names."""
    for file in settings.superseded_files:
        yield warning(
            "read files",
            f"{file.name} was written by an earlier version, and builds do not renew it.",
            f"Let its readers open safer_{file.name}, then run `safer-kpi migrate --remove-superseded`.",
        )
    if settings.kpi_file.is_file() and settings.kpi_file.stat().st_size == 0:
        yield wrong("read files", f"{settings.kpi_file.name} is empty.", "Run safer-kpi build.")


def check_airflow(settings: Settings) -> Iterator[Finding]:
    """Check whether the local Airflow of this home runs, was stopped, or died."""
    from safer_kpi.stack.layout import Layout, read_json
    from safer_kpi.stack.running import is_running

    layout = Layout(settings.airflow)
    if not layout.folder.is_dir():
        return
    components = read_json(layout.state).get("components", {})
    if not is_running(layout):
        if layout.state.exists():
            yield wrong(
                "local Airflow",
                "It died: its state says that it runs, and nobody holds its lock. Files wait in the inbox.",
                "Run safer-kpi down, then safer-kpi up; its logs are in airflow/logs of the home.",
            )
        else:
            yield ok("local Airflow", "It is stopped.")
    elif dead := sorted(name for name, each in components.items() if not each["pid"]):
        yield warning(
            "local Airflow", f"{', '.join(dead)} is being restarted.", "If that repeats, read its log in airflow/logs."
        )
    else:
        yield ok("local Airflow", "It runs.")
