"""Projects that an older version's ``init`` wrote: which files are still as it wrote them, and what to do with each.

``templates/<number>.json`` holds the SHA-256 of every file that an older version wrote. A file with such a hash is the
version's and not a person's: it can be replaced by today's. A file that a person has changed is left alone, and its
differences from today's are told line by line. A project whose ``init`` recorded what it wrote is renewed by its record
(``renewal_of_init``).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.catalogue.definitions import FOLDER
from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.catalogue.outdated import Outdated, differences
from safer_kpi.catalogue.renewal_of_init import outdated_since, renew_since
from safer_kpi.catalogue.strategy import load_strategy
from safer_kpi.catalogue.template import FOLDERS, area_of, template, with_area
from safer_kpi.catalogue.written import recorded
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_SETTINGS = "config.yaml"
_FILES = (_SETTINGS, "external_models.yaml")


def outdated_files(project: Path) -> list[Outdated]:
    """Return what an older version wrote in a project and today's writes otherwise; nothing for a project of today's.

    A project that today's version wrote may have changed files, too: those are its people's business.
    """
    if project.resolve() == template().resolve():
        return []
    if (written := recorded(project)) is not None:
        return outdated_since(project, written)
    today = _texts(template())
    own = _texts(project)
    older = _older(today)
    found = [Outdated(path=path, action="replace") for path in own if path in today and _is(own, path, older)]
    found += [Outdated(path=path, action="remove") for path in own if path not in today and _is(own, path, older)]
    if not found:
        return []
    missing = [path for path in today if path not in own and path not in older]
    if area_of(project) != area_of(template()):
        from safer_kpi.catalogue.peers import FILE as PEERS  # pydantic: only where a file is missing

        missing = [path for path in missing if path != PEERS]  # the template's peers are those of another area
    found += [Outdated(path=path, action="add") for path in missing]
    theirs = {path for path, hashes in older.items() if path in own and not _is(own, path, older)}
    found += [
        Outdated(path=path, action="change", lines=differences(own[path], today[path]))
        for path in theirs & today.keys()
        if own[path] != today[path]
    ]
    return sorted(found, key=lambda each: (each.action == "change", each.path))


def require_renewed(project: Path) -> None:
    """Raise if an older version wrote files of the project that today's version needs otherwise.

    Raises:
        ProjectError: it did; ``safer-kpi migrate --project`` renews them.
    """
    found = outdated_files(project)
    old = [each.path for each in found if each.action != "change"]
    if old:
        raise ProjectError(
            f"An older version of safer-kpi wrote this project: {len(old)} of its files must be renewed, such as"
            f" {next((path for path in old if path.startswith('models/')), old[0])}.",
            next_action="Run `safer-kpi migrate --project`; it says line by line what to change in files of your own.",
        )


def renew(project: Path) -> list[Outdated]:
    """Replace, add and remove the files that no person has written; return them, and what is left for a person.

    Contracts of feeds and definitions that the project has added are loaded afterwards: what they must state now is
    among the rest.
    """
    if (written := recorded(project)) is not None:
        found = renew_since(project, written)
        return found + list(_to_change(project, {each.path for each in found if each.action == "change"}))
    found = outdated_files(project)
    today = _texts(template(), area=area_of(project))
    for each in found:
        path = project / each.path
        if each.action == "remove":
            path.unlink()
        elif each.action != "change":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(today[each.path])
    return found + list(_to_change(project, {each.path for each in found if each.action == "change"}))


def _to_change(project: Path, told: set[str]) -> Iterator[Outdated]:
    yield from _contracts_to_change(project, told)
    yield from _definitions_to_change(project)


def _definitions_to_change(project: Path) -> Iterator[Outdated]:
    """Yield the project's own files of definitions that lack a key which today's version needs, such as ``public``."""
    from safer_kpi.catalogue.definition_read import read_definitions  # heavy: commands that read do without it

    strategy = load_strategy(project)
    paths = {path.relative_to(project).as_posix(): path for path in sorted((project / FOLDER).glob("*.yaml"))}
    for name, path in paths.items():
        if (template() / name).is_file():
            continue
        try:
            read_definitions(path, strategy)
        except ProjectError as mistake:
            yield Outdated(path=name, action="change", lines=tuple(str(mistake).splitlines()))


def _contracts_to_change(project: Path, told: set[str]) -> Iterator[Outdated]:
    """What contracts must say that do not load any more."""
    load_feed.cache_clear()
    for name in feed_names(project):
        path = f"contracts/feeds/{name}.py"
        try:
            load_feed(project, name)
        except ProjectError as mistake:
            if path not in told:
                yield Outdated(path=path, action="change", lines=tuple(str(mistake).splitlines()))


def _texts(folder: Path, *, area: str | None = None) -> dict[str, bytes]:
    """Return the files of a project or of the template; the settings name the template's area, or ``area``."""
    paths = [path for name in FOLDERS for path in sorted((folder / name).rglob("*")) if path.is_file()]
    paths += [folder / name for name in _FILES if (folder / name).is_file()]
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if "__pycache__" not in path.parts
    }
    if _SETTINGS in found:
        text = with_area(found[_SETTINGS].decode(), area or area_of(template()))
        found[_SETTINGS] = text.encode()
    return found


def _older(today: Mapping[str, bytes]) -> dict[str, set[str]]:
    """Return the hashes under which older versions wrote each file, without those that today's has."""
    found: dict[str, set[str]] = {}
    for path in sorted(_TEMPLATES.glob("*.json")):
        for name, sha256 in json.loads(path.read_text(encoding="utf-8")).items():
            if name not in today or sha256 != _sha256(today[name]):
                found.setdefault(name, set()).add(sha256)
    return found


def _is(own: Mapping[str, bytes], path: str, older: Mapping[str, set[str]]) -> bool:
    return path in older and _sha256(own[path]) in older[path]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
