"""The demo: two years of made-up partners' deliveries, from the first file to the second release."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from safer_kpi.compute import build
from safer_kpi.demo import council, health, police_drops
from safer_kpi.demo.partner import Partner, sample_partner
from safer_kpi.demo.present import Story, present
from safer_kpi.demo.scenario import scenario
from safer_kpi.errors import CheckFailed, ProjectError, UsageError
from safer_kpi.landing import land
from safer_kpi.landing.posting import Terms
from safer_kpi.reading.verifying.signatures import approver_line
from safer_kpi.releases import approve, draft, publish
from safer_kpi.releases.keys import make_key
from safer_kpi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from safer_kpi.demo.files import FileDrop

#: Says that a folder is a demo's lake and may be made anew.
MARKER = "DEMO"
#: Each release holds what had been received by then.
RELEASES = (("2023-24-Q4", dt.datetime(2024, 5, 31)), ("2024-25-Q4", dt.datetime(2025, 7, 31)))
#: Who approves, and the file of their key. Real people keep theirs to themselves; a demo's lie with the demo.
APPROVERS = {"A. Sample (police)": "people/a-sample.key", "B. Sample (council)": "people/b-sample.key"}


def run(home: Path, console: Console) -> Story:
    """Make the demo's lake at ``home``, show what it holds, and say what to try next.

    Raises:
        UsageError: ``home`` holds something that is not a demo.
    """
    settings = _fresh(home)
    partner = sample_partner(own_lookup(settings.project))
    drops = every_drop(partner, own_lookup(settings.project))
    with Progress(
        TextColumn("{task.description:<52}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        task = progress.add_task("made-up partner files", total=len(drops) + len(RELEASES))
        since = dt.datetime.min
        for release_id, until in RELEASES:
            due = [drop for drop in drops if since < drop.received_at <= until]
            for (day, _), morning in itertools.groupby(due, key=lambda drop: (drop.received_at.date(), drop.feed)):
                progress.update(task, description=f"landing what came on {day:%d %B %Y}")
                progress.advance(task, _land(settings, list(morning)))
            progress.update(task, description=f"building and publishing {release_id}")
            _release(settings, release_id)
            progress.advance(task)
            since = until
        progress.update(task, description="landed, built and published")
    story = Story(settings.home, partner.area_code, RELEASES[0][0], RELEASES[1][0])
    present(story, console)
    return story


def every_drop(partner: Partner, lookup: Path) -> list[FileDrop]:
    """The files of every partner, in the order they arrived; those of one day by feed, a second apart."""
    files = [
        *scenario(partner), *police_drops.drops(partner), *council.drops(lookup), *health.drops(partner.area_code),
    ]  # fmt: skip
    ordered = sorted(files, key=lambda drop: (drop.received_at.date(), drop.feed, drop.received_at, drop.path))
    found: list[FileDrop] = []
    for drop in ordered:
        after = found[-1].received_at + dt.timedelta(seconds=1) if found else drop.received_at
        found.append(replace(drop, received_at=max(drop.received_at, after)))
    return found


def _fresh(home: Path) -> Settings:
    """Settings of an empty demo lake; everything of it lies below its home, whatever the environment says."""
    home = home.absolute()
    if home.exists() and any(home.iterdir()):
        if not (home / MARKER).is_file():
            raise UsageError(f"{home} holds something that is not a demo.", next_action="Name another folder: --home.")
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    (home / MARKER).write_text("A demo's lake: every record in it is made up. It may be deleted.\n", encoding="utf-8")
    lines = [approver_line(name, make_key(home / file)) for name, file in APPROVERS.items()]
    (home / "approvers").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return replace(
        Settings.load(home),
        approvers=home / "approvers",
        catalogue=f"sqlite:{home / 'catalogue.sqlite'}",
        data=f"{home / 'data'}/",
        raw=f"{home / 'raw'}/",
        inbox="",
    )


def own_lookup(project: Path) -> Path:
    """The project's own LSOA to ward lookup."""
    for path in sorted((project / "seeds" / "area_lookup").glob("*.csv")):
        with path.open(encoding="utf-8") as file:
            if {"lsoa21_code", "ward_code"} <= set(file.readline().strip().split(",")):
                return path
    raise ProjectError("The project has no LSOA to ward lookup.", next_action="Put one into seeds/area_lookup.")


def _land(settings: Settings, morning: Sequence[FileDrop]) -> int:
    """Write and land the files of one feed that came in one morning; answers how many.

    Raises:
        CheckFailed: a receipt does not say what the story says.
    """
    for published, together in itertools.groupby(morning, key=lambda drop: drop.published):
        drops = list(together)
        paths = [settings.home / "partner-files" / drop.path for drop in drops]
        for drop, path in zip(drops, paths, strict=True):
            if not path.exists():
                drop.write(path)
        terms = Terms(published=published, received_at=drops[0].received_at)
        receipts = land(settings, drops[0].feed, [str(path) for path in paths], terms=terms)
        for drop, receipt in zip(drops, receipts, strict=True):
            if receipt.status != drop.status:
                raise CheckFailed(
                    f"{drop.path} ({drop.note or 'as it should be'}) was {receipt.status}, not {drop.status}.",
                    next_action=receipt.error or "",
                )
    return len(morning)


def _release(settings: Settings, release_id: str) -> None:
    """Build, then certify: a draft, two named approvals, publication."""
    build(settings)
    draft(settings, release_id)
    for person, file in APPROVERS.items():
        approve(settings, release_id, name=person, comment="The demo's sample approval.", key=settings.home / file)
    publish(settings, release_id)
