"""What the read file in its place was made of, so that the next one can carry over what has not changed.

``state/carried.json`` of the home says so of the file with one hash. Whatever else lies there is not carried over:
everything is made again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from safer_kpi.catalogue.template import FOLDERS
from safer_kpi.files import bytes_of, sha256_of, write_durably
from safer_kpi.lake import connect
from safer_kpi.lake.read_files import recorded
from safer_kpi.settings import RELEASES
from safer_kpi.version import package_version

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.settings import Settings

#: The number of the form of read files, raised where a file of the form before must not be carried over.
_FORM = 2
_FILES = ("config.yaml", "external_models.yaml")


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What a read file was made of.

    Attributes:
        sha256: hash of the file.
        versions: the package and the libraries that made it.
        rule: hash of the rule of observations.
        project: hash of every file of the project that the lake was built from; empty where that is not known.
        last_entry: the last entry it holds.
        last_posted: when that was posted, as text: another lake's entry of the number was posted at another time.
        snapshot: the lake's snapshot it was read from.
        releases: hash of the folder of releases.
        numbers: how many numbers it holds.
        added: how many of them were made again, and stand behind the others, since all were written in order.
    """

    sha256: str
    versions: str
    rule: str
    project: str
    last_entry: int
    last_posted: str
    snapshot: int
    releases: str
    numbers: int
    added: int

    @property
    def is_orderly(self) -> bool:
        """Whether most numbers stand in the order in which readers look for them."""
        return self.added <= self.numbers // 2


def carried(settings: Settings) -> Carried | None:
    """Return what the read file in its place was made of; None if this version did not write that very file."""
    found = _stated(settings)
    return found if found is not None and _is_that_file(settings, found) else None


def built_before(settings: Settings, project: str) -> Carried | None:
    """Return what the read file was made of if a build of the project with a hash would find nothing new; else None.

    The project, the releases and the lake's last entry and build are those of the file.
    """
    found = _stated(settings)
    if found is None or found.project != project:
        return None
    if found.releases != digest_of_releases(settings.home / RELEASES):
        return None
    with connect(settings, read_only=True) as connection:
        entries = connection.execute(
            "SELECT entry, posted_at FROM lake.journal.entry ORDER BY entry DESC LIMIT 1"
        ).fetchall()
        builds = connection.execute(
            "SELECT entry, snapshot_id FROM lake.journal.build ORDER BY build_id DESC LIMIT 1"
        ).fetchall()
    is_last = [(entry, str(posted)) for entry, posted in entries] == [(found.last_entry, found.last_posted)]
    is_built = is_last and builds == [(found.last_entry, found.snapshot)]
    # Last, because it reads the whole file: a build that has something to do asks it again when it carries over.
    return found if is_built and _is_that_file(settings, found) else None


def _stated(settings: Settings) -> Carried | None:
    """Return what is stated of the read file that the installed versions wrote last; None if nothing is."""
    file = _record(settings)
    if not file.is_file():
        return None
    try:
        found = Carried(**json.loads(bytes_of(file)))
    except (ValueError, TypeError):
        return None
    return found if found.versions == versions() else None


def _is_that_file(settings: Settings, found: Carried) -> bool:
    """Return whether the read file in its place is the one that something is stated of."""
    file = settings.kpi_file
    return file.is_file() and sha256_of(file) == found.sha256 and found.sha256 in recorded(settings).get(file.name, [])


def write_carried(settings: Settings, made_of: Carried) -> None:
    """Record what the read file in its place was made of."""
    write_durably(_record(settings), f"{json.dumps(asdict(made_of), indent=1)}\n".encode(), private=True)


def _record(settings: Settings) -> Path:
    return settings.home / "state" / "carried.json"


def versions() -> str:
    """Return the versions of everything that a read file is made with."""
    return " ".join(
        [f"form {_FORM}", package_version(), *(version(name) for name in ("duckdb", "sqlmesh", "scipy", "numpy"))]
    )


def digest_of_project(project: Path) -> str:
    """Return a hash of the project's files, by name and content."""
    paths = [path for folder in FOLDERS for path in (project / folder).rglob("*") if path.is_file()]
    paths += [project / name for name in _FILES]
    return _digest(project, [path for path in paths if "__pycache__" not in path.parts])


def digest_of_releases(folder: Path) -> str:
    """Return a hash of the folder of releases: of every manifest, and of what lies beside the releases."""
    paths = [path for path in folder.glob("*/manifest.json") if not path.parent.name.startswith(".")]
    paths += folder.glob("*.json")
    return _digest(folder, paths)


def _digest(root: Path, paths: list[Path]) -> str:
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(f"{path.relative_to(root).as_posix()}\0{sha256_of(path)}\0".encode())
    return found.hexdigest()
