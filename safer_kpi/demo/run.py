"""The demo: two years of made-up partners' deliveries, from the first file to the report of the second release."""

from __future__ import annotations

import datetime as dt
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from safer_kpi.compute import build
from safer_kpi.demo import (
    casework,
    council,
    figures,
    health,
    incidents,
    own,
    police_drops,
    powers,
    prevention,
    report,
)
from safer_kpi.demo.answers import Story
from safer_kpi.demo.partner import Partner, sample_partner
from safer_kpi.demo.present import present
from safer_kpi.demo.scenario import scenario
from safer_kpi.errors import CheckFailed, ProjectError, UsageError
from safer_kpi.failures.extras import require_extra
from safer_kpi.landing import Landing, Waiting, init
from safer_kpi.landing.posting import Terms
from safer_kpi.reading.place import MANIFEST
from safer_kpi.reading.sealing.signatures import approver_line
from safer_kpi.reading.verifying.heads import forget
from safer_kpi.releases import approve, draft, publish
from safer_kpi.releases.keys import make_key
from safer_kpi.settings import RELEASES as RELEASES_FOLDER
from safer_kpi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rich.console import Console

    from safer_kpi.demo.files import FileDrop
    from safer_kpi.landing import Receipt

#: Each release holds what had been received by then.
RELEASES = (("2023-24-Q4", dt.datetime(2024, 5, 31)), ("2024-25-Q4", dt.datetime(2025, 7, 31)))
#: Who approves, and the file of their key. Real people keep their keys to themselves; a demo keeps them itself.
APPROVERS = {"A. Sample (police)": "people/a-sample.key", "B. Sample (council)": "people/b-sample.key"}

_WRITTEN_AHEAD = 3


def run(home: Path, console: Console, *, replace_it: bool = False) -> Story:
    """Make the demo's lake at ``home``, show what it holds, and say what to try next.

    A demo's lake that is there already is shown as it is; with ``replace_it`` it is removed and made anew.

    Raises:
        UsageError: ``home`` holds something that is not a demo, a demo that was stopped before its end, or, with
            ``replace_it``, something that the demo did not make.
    """
    story, is_new = make(home, console, replace_it=replace_it)
    present(story, console)
    if not is_new:
        again = _anew(demo_settings(home))
        console.print(f"\nThis demo's lake was there already. To make it anew: {again}", soft_wrap=True)
    return story


def make(home: Path, console: Console, *, replace_it: bool = False) -> tuple[Story, bool]:
    """Make the demo's lake at ``home`` as :func:`run` does, show its progress alone, and return whether it is new."""
    settings = demo_settings(home)
    partner = sample_partner(own_lookup(settings.project))
    story = Story(settings.home, partner.area_code, RELEASES[0][0], RELEASES[1][0])
    if own.is_demo(settings.home) and not replace_it:
        _require_finished(settings)
        return story, False
    _make(settings, partner, console)
    return story, True


def _make(settings: Settings, partner: Partner, console: Console) -> None:
    """Land, build and publish everything, with a bar that shows how far it is.

    Raises:
        MissingExtra: a package that the report needs is not installed; nothing was made.
    """
    require_extra("report")
    _begin(settings)
    drops = every_drop(partner, own_lookup(settings.project))
    with Progress(
        TextColumn("{task.description:<52}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        task = progress.add_task("made-up partner files", total=len(drops) + len(RELEASES) + 1)
        since = dt.datetime.min
        for release_id, until in RELEASES:
            due = [drop for drop in drops if since < drop.received_at <= until]
            with Landing(settings) as landing:
                for drop, receipt in zip(due, landing.land_each(_waiting(settings, due)), strict=True):
                    _check(drop, receipt)
                    progress.update(task, description=f"landing what came on {drop.received_at:%d %B %Y}", advance=1)
            progress.update(task, description=f"building and publishing {release_id}")
            _release(settings, release_id)
            progress.advance(task)
            since = until
        progress.update(task, description="writing and sealing the report")
        report.publish_report(settings, release_id, day=f"{until:%Y-%m-%d}", approvers=APPROVERS)
        progress.advance(task)
        progress.update(task, description="landed, built and published")


def every_drop(partner: Partner, lookup: Path) -> list[FileDrop]:
    """Return the files of every partner, in the order they arrived; those of one day by feed, a second apart."""
    files = [
        *scenario(partner), *police_drops.drops(partner), *council.drops(lookup), *health.drops(partner.area_code),
        *powers.drops(), *casework.drops(), *prevention.drops(),
        *incidents.drops(partner), *figures.drops(),
    ]  # fmt: skip
    ordered = sorted(files, key=lambda drop: (drop.received_at.date(), drop.feed, drop.received_at, drop.path))
    found: list[FileDrop] = []
    for drop in ordered:
        after = found[-1].received_at + dt.timedelta(seconds=1) if found else drop.received_at
        found.append(replace(drop, received_at=max(drop.received_at, after)))
    return found


def _require_finished(settings: Settings) -> None:
    folders = [settings.home / RELEASES_FOLDER / release_id for release_id, _ in RELEASES]
    if not all((folder / MANIFEST).is_file() for folder in folders):
        raise UsageError(
            f"The demo's lake at {settings.home} is not finished: it was stopped before its last release.",
            next_action=f"Make it again: {_anew(settings)}",
        )


def _anew(settings: Settings) -> str:
    return f"safer-kpi demo --replace --home {os.path.relpath(settings.home)}"


def _begin(settings: Settings) -> None:
    """Make an empty lake, and the keys of those who approve its releases."""
    home = settings.home
    if own.is_demo(home):
        own.remove(settings)
    elif home.exists() and any(home.iterdir()):
        raise UsageError(f"{home} holds something that is not a demo.", next_action="Name another folder: --home.")
    own.begin(home)
    forget(settings.heads, home / RELEASES_FOLDER)  # of a demo that was deleted by hand
    lines = [approver_line(name, make_key(home / file)) for name, file in APPROVERS.items()]
    (home / "approvers").write_text("\n".join(lines) + "\n", encoding="utf-8")
    own.note(home, home / "approvers", *(home / file for file in APPROVERS.values()))
    init(settings)
    own.note_seeds(settings)


def demo_settings(home: Path) -> Settings:
    """Return the settings of a demo's lake. All its files are below its home; the environment is ignored."""
    home = home.absolute()
    return replace(
        Settings.load(home),
        approvers=home / "approvers",
        catalogue=f"sqlite:{home / 'catalogue.sqlite'}",
        data=f"{home / 'data'}/",
        raw=f"{home / 'raw'}/",
        inbox="",
    )


def own_lookup(project: Path) -> Path:
    """Return the project's own LSOA to ward lookup."""
    for path in sorted((project / "seeds" / "area_lookup").glob("*.csv")):
        with path.open(encoding="utf-8") as file:
            if {"lsoa21_code", "ward_code"} <= set(file.readline().strip().split(",")):
                return path
    raise ProjectError("The project has no LSOA to ward lookup.", next_action="Put one into seeds/area_lookup.")


def _waiting(settings: Settings, drops: Iterable[FileDrop]) -> Iterator[Waiting]:
    """Write each file that its partner sent, a few ahead of the one that is landed, and name it for landing."""
    with ThreadPoolExecutor(max_workers=1) as writer:
        written: deque[Future[Waiting]] = deque()
        for drop in drops:
            written.append(writer.submit(_written, settings, drop))
            if len(written) > _WRITTEN_AHEAD:
                yield written.popleft().result()
        yield from (each.result() for each in written)


def _written(settings: Settings, drop: FileDrop) -> Waiting:
    path = settings.home / "partner-files" / drop.path
    if not path.exists():
        drop.write(path)
        own.note(settings.home, path)
    return Waiting(feed=drop.feed, path=str(path), terms=Terms(published=drop.published, received_at=drop.received_at))


def _check(drop: FileDrop, receipt: Receipt) -> None:
    """Raise if a receipt does not say what the story says.

    Raises:
        CheckFailed: it does not.
    """
    if receipt.status != drop.status:
        raise CheckFailed(
            f"{drop.path} ({drop.note or 'a correct file'}) was {receipt.status}, not {drop.status}.",
            next_action=receipt.error or "",
        )


def _release(settings: Settings, release_id: str) -> None:
    """Build, then certify: a draft, two named approvals, publication."""
    build(settings)
    draft(settings, release_id)
    for person, file in APPROVERS.items():
        approve(settings, release_id, name=person, comment="The demo's sample approval.", key=settings.home / file)
    publish(settings, release_id)
    own.note(settings.home, settings.home / RELEASES_FOLDER / release_id / MANIFEST)
