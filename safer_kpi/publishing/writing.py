"""Write the files of a report, or of an export, into a folder: whole or not at all."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from safer_kpi.errors import UsageError
from safer_kpi.publishing.model.data_file import DATA
from safer_kpi.publishing.pdf import PDF
from safer_kpi.publishing.site.documents import ASSESSMENT_MENU, MENU
from safer_kpi.publishing.workbook import WORKBOOK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def write(files: Mapping[str, bytes], out: Path) -> None:
    """Write the files into a new folder, or in place of an earlier report.

    Raises:
        UsageError: the folder holds something that is not a report, or cannot be written.
    """
    if out.exists() and not _is_report(out):
        raise UsageError(f"{out.name} holds something that is not a report.", next_action="Name another folder: --out.")
    with whole_folder(out) as beside:
        for name, content in files.items():
            target = beside / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Yield a new folder to write into, and put it in the place of ``out`` if the block succeeds.

    Raises:
        UsageError: the folder cannot be written.
    """
    out = out.absolute()
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        yield beside
        if out.exists():
            shutil.rmtree(out)
        beside.replace(out)
    except OSError as refused:
        raise UsageError(
            f"{out.name} cannot be written.", next_action="Name a folder in one that you can write to: --out."
        ) from refused
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _is_report(out: Path) -> bool:
    """Return whether a folder is empty or holds a report and nothing else at its top."""
    known = {name for name, _ in (*MENU, *ASSESSMENT_MENU)} | {"metrics", "style", DATA, PDF, WORKBOOK}
    return out.is_dir() and all(path.name in known for path in out.iterdir())
