"""Make the report or the strategic assessment of a release, and compare a folder with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.errors import UsageError
from safer_kpi.publishing.exports.shown import shown_files
from safer_kpi.publishing.model.assessment.assessed import assessment
from safer_kpi.publishing.model.assessment.emerging import last_months
from safer_kpi.publishing.model.commentary import Commentary, read_commentary
from safer_kpi.publishing.model.data_file import DATA
from safer_kpi.publishing.model.report import Report, report
from safer_kpi.publishing.numbers import judged_wards
from safer_kpi.publishing.opening import opened
from safer_kpi.publishing.pdf import PDF, pdf
from safer_kpi.publishing.reading_facts import read_facts
from safer_kpi.publishing.site.render import render
from safer_kpi.publishing.workbook import WORKBOOK, workbook
from safer_kpi.reading.place import PUBLIC, PUBLIC_FILE
from safer_kpi.settings import COMMENTS, RELEASES

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from safer_kpi.publishing.facts import Facts
    from safer_kpi.publishing.opening import Opened
    from safer_kpi.reading.lake import Lake

#: What is made of a release: the report of its indicators, or the assessment of crime and disorder.
REPORT, ASSESSMENT = KINDS = ("report", "assessment")
#: The folder of the report in a publication, and the file of its comments.
SITE = "site"
COMMENTARY = "commentary.yaml"


def make_report(
    release: str,
    *,
    home: str | os.PathLike[str] | None = None,
    previous: str | None = None,
    area: str | None = None,
    commentary: Path | Commentary | None = None,
    kind: str = REPORT,
) -> Report:
    """Return the report, or the ``kind`` of it, that a release makes, with what named people say of it.

    ``commentary`` is the file of the comments, or the comments themselves. Left out, it is the file
    ``commentary/<release>.yaml`` beside the folder ``releases`` in which the release lies, if that file exists; of an
    assessment ``commentary/<release>.assessment.yaml``. ``opened``, ``read_facts``, ``report`` and ``assessment`` tell
    of the other arguments and the errors.
    """
    if kind not in KINDS:
        raise UsageError(f"No kind of report {kind[:40]!r} exists.", next_action=f"Name one: {' or '.join(KINDS)}.")
    with opened(release, home=home, previous=previous) as found:
        if commentary is None:
            commentary = comments_beside(found.lake.place.file.parent, kind)
        return report_of(found, area=area, commentary=commentary, kind=kind)


def report_of(
    found: Opened, *, area: str | None = None, commentary: Path | Commentary | None = None, kind: str = REPORT
) -> Report:
    """Return the report of an opened release; the arguments are those of ``make_report``."""
    said = read_commentary(commentary) if isinstance(commentary, Path) else commentary
    if kind != REPORT and found.lake.edition == PUBLIC:
        raise UsageError(
            "A strategic assessment is made of the release itself, not of a public edition.",
            next_action="Name the release, or leave out --kind.",
        )
    facts = read_facts(found, area=area)
    made = report(facts, said) if kind == REPORT else _assessment(found.lake, facts, said)
    return replace(made, data=shown_files(found.lake, made))


def _assessment(lake: Lake, facts: Facts, said: Commentary | None) -> Report:
    return assessment(facts, judged_wards(lake, facts.area[0], since=last_months(facts.release.quarter)), said)


def comments_beside(folder: Path, kind: str = REPORT) -> Path | None:
    """Return the file of the comments on the release in a folder of ``releases``; None if there is none.

    Those on a public edition lie in its own folder.
    """
    if (folder / PUBLIC_FILE).is_file():
        return folder / COMMENTARY if (folder / COMMENTARY).is_file() else None
    name = folder.name if kind == REPORT else f"{folder.name}.{kind}"
    file = folder.parent.with_name(COMMENTS) / f"{name}.yaml"
    return file if folder.parent.name == RELEASES and file.is_file() else None


def report_files(report: Report) -> dict[str, bytes]:
    """Return every file of a report by its path in the folder: the same report gives the same bytes."""
    data = {f"{DATA}/{file.name}": file.content for file in report.data}
    return render(report) | {PDF: pdf(report), WORKBOOK: workbook(report)} | data


def differences(files: Mapping[str, bytes], folder: Path) -> list[str]:
    """Return what in a folder is not as the files of a report are: each path, and whether it differs or is missing."""
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
    found = [f"{name} is missing" for name in files.keys() - there.keys()]
    found += [f"{name} does not belong to it" for name in there.keys() - files.keys()]
    found += [f"{name} differs" for name in files.keys() & there.keys() if there[name].read_bytes() != files[name]]
    return sorted(found)
