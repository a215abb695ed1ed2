"""Projects whose record says what ``init`` wrote: what today's would write otherwise for the same partnership."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from safer_kpi.catalogue.new_project import new_project
from safer_kpi.catalogue.outdated import Outdated, differences
from safer_kpi.catalogue.written import files_in, record, template_digest
from safer_kpi.files import sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from safer_kpi.catalogue.written import Written


def outdated_since(project: Path, written: Written) -> list[Outdated]:
    """Return what today's ``init`` writes otherwise; nothing if it writes from the same template."""
    if written.template == template_digest():
        return []
    with _today(written) as today:
        return _compared(project, written, today)


def renew_since(project: Path, written: Written) -> list[Outdated]:
    """Replace, add and remove what no person has written, and record it; return that and what is left for a person."""
    with _today(written) as today:
        found = [] if written.template == template_digest() else _compared(project, written, today)
        for each in found:
            path = project / each.path
            if each.action == "remove":
                path.unlink()
            elif each.action != "change":
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(today[each.path], path)
        record(project, written.partnership, {name: sha256_of(path) for name, path in today.items()})
    return found


@contextmanager
def _today(written: Written) -> Iterator[dict[str, Path]]:
    """Yield the files of the project that today's ``init`` writes for the same partnership."""
    with TemporaryDirectory() as folder:
        fresh = Path(folder) / "project"
        new_project(fresh, written.partnership)
        yield files_in(fresh)


def _compared(project: Path, written: Written, today: Mapping[str, Path]) -> list[Outdated]:
    found = []
    for name in sorted(written.files.keys() | today.keys()):
        own, path, before = project / name, today.get(name), written.files.get(name)
        if path is not None and sha256_of(path) == before:
            continue  # today's version writes what the older one wrote
        if not own.is_file():
            if path is not None and before is None:
                found.append(Outdated(path=name, action="add"))
            continue  # a person has removed it
        if sha256_of(own) == before:
            found.append(Outdated(path=name, action="remove" if path is None else "replace"))
        elif path is not None and own.read_bytes() != path.read_bytes():
            lines = differences(own.read_bytes(), path.read_bytes())
            found.append(Outdated(path=name, action="change", lines=lines))
    return sorted(found, key=lambda each: (each.action == "change", each.path))
