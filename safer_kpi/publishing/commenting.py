"""Add a comment to the file of the comments on a release, if the release does not contradict it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from safer_kpi.errors import UsageError
from safer_kpi.publishing.made import make_report
from safer_kpi.publishing.model.commentary import read_commentary
from safer_kpi.settings import COMMENTS, RELEASES

if TYPE_CHECKING:
    import datetime as dt

    from safer_kpi.settings import Settings


def add_comment(
    settings: Settings, release: str, *, about: str, by: str, on: dt.date, text: str, although: str = ""
) -> None:
    """Add what one person says to ``commentary/<release>.yaml`` in the home; its other lines stay as they are.

    Raises:
        UsageError: the comment lacks a field or is about nothing of the report, or the file is not a list to which a
            comment can be added. The file is as before.
        CheckFailed: the comment contradicts the release. The file is as before.
    """
    import yaml

    file = settings.home / COMMENTS / f"{release}.yaml"
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    said = {"about": about, "by": by, "date": on, "text": text} | ({"although": although} if although else {})
    added = yaml.safe_dump([said], sort_keys=False, allow_unicode=True, width=100)
    file.parent.mkdir(exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        beside.write_text(before + ("\n" if before and not before.endswith("\n") else "") + added, encoding="utf-8")
        expected = 1 + (len(read_commentary(file).comments) if before else 0)
        if len(read_commentary(beside).comments) != expected:
            raise UsageError(f"To {file.name} no comment can be added.", next_action="Write it as a list, by hand.")
        make_report(str(settings.home / RELEASES / release), commentary=beside)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
