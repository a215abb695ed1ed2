"""Check whose approvals count, and what is remembered of the chain of releases outside the lake."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from safer_kpi.diagnosis.finding import ok, warning, wrong
from safer_kpi.files import bytes_of
from safer_kpi.reading.place import MANIFEST
from safer_kpi.reading.sealing.signatures import APPROVALS_REQUIRED, read_approvers
from safer_kpi.reading.verifying.approvers import approver_checks
from safer_kpi.reading.verifying.trust import trust_in
from safer_kpi.settings import RELEASES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.diagnosis.finding import Finding
    from safer_kpi.settings import Settings


def check_approvers(settings: Settings) -> Iterator[Finding]:
    """Check that the file of approvers can be read, names enough people, and is written by its owner alone."""
    people = set(read_approvers(settings.approvers).names.values())
    if len(people) < APPROVALS_REQUIRED:
        yield warning(
            "approvers",
            f"{len(people) or 'No'} trusted approvers are named: a signature shows that a key signed, not whose it is.",
            "Add the line that `safer-kpi key show` prints for each person to the file of SAFER_KPI_APPROVERS.",
        )
    elif len(people) == APPROVALS_REQUIRED:
        yield warning(
            "approvers",
            f"{len(people)} people are trusted to approve, and both must sign: a lost key could not be exchanged.",
            "Name a third person: safer-kpi approvers add.",
        )
    else:
        yield ok("approvers", f"{len(people)} people are trusted to approve.")
    yield from _differs(settings)
    file = settings.approvers
    if file is not None and file.is_file() and file.stat().st_mode & 0o022:
        yield wrong(
            "approvers",
            f"Other users of this machine can write {file.name}.",
            "Take that right away (chmod go-w), and check each line with its person.",
        )


def _differs(settings: Settings) -> Iterator[Finding]:
    """Yield what is wrong with the signed changes of approvers, and with the file that they lead to."""
    for _, subject, status, detail in approver_checks(trust_in(settings)):
        if status == "failed":
            what, _, todo = detail.partition(": ")
            yield wrong("approvers", f"{subject.capitalize()}: {what}.", f"{todo.capitalize()}.")


def check_heads(settings: Settings) -> Iterator[Finding]:
    """Check that the file of heads can be read, lies outside the lake, and exists once something is published."""
    file = settings.heads
    if file is None:
        return
    if file.resolve().is_relative_to(settings.home.resolve()):
        yield warning(
            "heads",
            "The heads of chains are remembered inside the lake: who rolls the lake back rolls them back, too.",
            "Let SAFER_KPI_HEADS name a file elsewhere.",
        )
    is_published = any((settings.home / RELEASES).glob(f"*/{MANIFEST}"))
    if not file.is_file():
        if is_published:
            yield warning(
                "heads",
                "No head of a chain is remembered: a release that is taken away would not be missed.",
                "Run safer-kpi verify --remember.",
            )
        return
    try:
        known = json.loads(bytes_of(file))
    except ValueError:
        known = None
    if isinstance(known, dict):
        yield ok("heads", f"{len(known)} heads of chains are remembered.")
    else:
        yield wrong("heads", "The file of remembered heads is damaged.", "Restore it, or remember anew after verify.")
