"""The record of what ``init`` wrote in a project: the SHA-256 of every file, and for whom it wrote them.

``init`` puts a partnership's own names and places into the files, so their hashes are known in the project alone. A
file that still has its hash is the version's and not a person's: ``safer-kpi migrate --project`` may replace it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.catalogue.partnership import Partnership, authorities_of
from safer_kpi.catalogue.template import FOLDERS, template
from safer_kpi.errors import ProjectError
from safer_kpi.files import sha256_of
from safer_kpi.version import package_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE = ".safer-kpi.json"
_CATALOGUE = Path(__file__).resolve().parent


@dataclass(frozen=True, kw_only=True)
class Written:
    """What ``init`` wrote.

    Attributes:
        partnership: whom the project is for.
        template: what it was written from, as ``template_digest`` gave it then.
        files: the SHA-256 of each file, by its path from the project's folder.
    """

    partnership: Partnership
    template: str
    files: Mapping[str, str]


def record(project: Path, partnership: Partnership, files: Mapping[str, str]) -> None:
    """Write the record of the files that ``init``, or a renewal, has written."""
    told = {
        "note": "What safer-kpi init wrote, for safer-kpi migrate --project. Keep it with the project.",
        "version": package_version(),
        "code": partnership.code,
        "name": partnership.name,
        "authorities": list(partnership.codes),
        "template": template_digest(),
        "files": dict(sorted(files.items())),
    }
    (project / FILE).write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def recorded(project: Path) -> Written | None:
    """Return the record of a project; None if it has none, because an older version or a person wrote it.

    Raises:
        ProjectError: the record is not one that ``init`` writes, or names files outside the project.
    """
    path = project / FILE
    if not path.is_file():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        names = [str(told[name]) for name in ("code", "name", "template")]
        codes, files = list(map(str, told["authorities"])), {str(name): str(sha) for name, sha in told["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as broken:
        raise _not_a_record() from broken
    root = project.resolve()
    if not all((root / name).resolve().is_relative_to(root) for name in files):
        raise _not_a_record()
    partnership = Partnership(code=names[0], name=names[1], authorities=authorities_of(codes))
    return Written(partnership=partnership, template=names[2], files=files)


def _not_a_record() -> ProjectError:
    return ProjectError(
        f"{FILE} is not the record that safer-kpi init writes.",
        next_action="Restore it, or remove it: then each file counts as changed by a person.",
    )


def files_in(project: Path) -> dict[str, Path]:
    """Return every file of a new project but the record, by its path from the project's folder."""
    paths = (path for path in sorted(project.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {name: path for path in paths if (name := path.relative_to(project).as_posix()) != FILE}


def template_digest() -> str:
    """Return the SHA-256 of all that ``init`` writes projects from."""
    digest = hashlib.sha256(package_version().encode())
    for path in _sources():
        digest.update(f"\0{path.name}\0{sha256_of(path)}".encode())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    folders = [*(template() / name for name in FOLDERS), _CATALOGUE / "project_files", _CATALOGUE / "national"]
    for folder in folders:
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    yield from (template() / name for name in ("config.yaml", "external_models.yaml"))
    yield from (_CATALOGUE / name for name in ("new_project.py", "own_places.py", "own_words.py"))
