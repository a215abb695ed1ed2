"""A new project's folders, copied from the template this package carries."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from safer_kpi.errors import UsageError

FOLDERS = ("contracts", "seeds", "models", "audits", "macros", "linter", "dags")
_AREA = re.compile(r"[EW]\d{8}")
_AREA_LINE = re.compile(r"(?m)^(\s+area:\s*)(.*)$")


def template() -> Path:
    """Where the template lies: inside an installed wheel, or the checkout itself."""
    inside = Path(__file__).resolve().parent.parent / "_template"
    return inside if inside.is_dir() else inside.parent.parent


def write_project(folder: Path, *, area: str) -> None:
    """Write the template with another area into a new or empty folder; its places and names stay the template's.

    Raises:
        UsageError: the area is not the ONS code of a local authority, or the folder is not empty.
    """
    if not _AREA.fullmatch(area):
        raise UsageError(f"{area[:20]!r} is no ONS area code.", next_action="Write one like E06000058.")
    write_template(folder, area=area)


def write_template(folder: Path, *, area: str) -> None:
    """Write the template's folders into a new or empty folder, with ``area`` as the partnership's area.

    Raises:
        UsageError: the folder is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder.name!r} is not empty.", next_action="Name a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    source = template()
    for name in FOLDERS:
        if (source / name).is_dir():
            shutil.copytree(source / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    settings = (source / "config.yaml").read_text(encoding="utf-8")
    (folder / "config.yaml").write_text(with_area(settings, area), encoding="utf-8")
    for extra in source.glob("external_models.yaml"):
        shutil.copy(extra, folder)


def with_area(settings: str, area: str) -> str:
    """Return the text of a ``config.yaml`` with another area.

    Raises:
        UsageError: it names no area.
    """
    changed, count = _AREA_LINE.subn(rf"\g<1>{area}", settings, count=1)
    if count != 1:
        raise UsageError("config.yaml names no area.", next_action="State it under variables, as area: E06000058.")
    return changed


def area_of(project: Path) -> str:
    """Return the area that a project's ``config.yaml`` states, as it is written.

    Raises:
        UsageError: it names no area.
    """
    found = _AREA_LINE.search((project / "config.yaml").read_text(encoding="utf-8"))
    if found is None:
        raise UsageError("config.yaml names no area.", next_action="State it under variables, as area: E06000058.")
    return found[2]
