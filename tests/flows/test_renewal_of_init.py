"""A project that an older ``init`` wrote for a partnership is renewed by its record; what people changed is left."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from safer_kpi.catalogue.new_project import new_project
from safer_kpi.catalogue.outdated import Outdated
from safer_kpi.catalogue.partnership import chosen_partnership
from safer_kpi.catalogue.renewal import outdated_files, renew, require_renewed
from safer_kpi.catalogue.written import FILE
from safer_kpi.errors import ProjectError

STREET = "contracts/feeds/police_street.py"
EXAMPLE = "contracts/kpis/examples/1a.robbery/expected.yaml"
README, GONE, LATER = "README.md", "models/staging/older.sql", "models/kpi/peer.sql"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of City of London as today's version writes it."""
    folder = tmp_path_factory.mktemp("init") / "city"
    new_project(folder, chosen_partnership(["E09000001"], None))
    return folder


@pytest.fixture
def older(fresh: Path, tmp_path: Path) -> Path:
    """The same project as an older version would have written it: one contract otherwise, one file more, one fewer."""
    folder = tmp_path / "older"
    shutil.copytree(fresh, folder)
    (folder / STREET).write_text((folder / STREET).read_text().replace('"due_after_days": 60', '"due_after_days": 61'))
    (folder / README).write_text("# As the older version wrote it\n")
    (folder / GONE).write_text("SELECT 1\n")
    (folder / LATER).unlink()
    told = json.loads((folder / FILE).read_text())
    for name in (STREET, README, GONE):
        told["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    del told["files"][LATER]
    (folder / FILE).write_text(json.dumps(told | {"template": "that of the older version"}))
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def actions(found: list[Outdated]) -> dict[str, str]:
    return {each.path: each.action for each in found}


def test_what_init_just_wrote_needs_nothing(fresh: Path) -> None:
    assert outdated_files(fresh) == []
    told = json.loads((fresh / FILE).read_text())
    assert told["authorities"] == ["E09000001"]
    assert told["files"].keys() == files(fresh).keys() - {FILE}


def test_an_untouched_project_becomes_the_one_that_init_writes_now(older: Path, fresh: Path) -> None:
    with pytest.raises(ProjectError, match="4 of its files must be renewed"):
        require_renewed(older)
    assert actions(renew(older)) == {STREET: "replace", README: "replace", GONE: "remove", LATER: "add"}
    assert files(older) == files(fresh)
    assert renew(older) == []


def test_what_people_changed_or_removed_is_left(older: Path) -> None:
    changed = (older / STREET).read_text().replace('"due_after_days": 61', '"due_after_days": 90')
    (older / STREET).write_text(changed)
    (older / GONE).write_text("SELECT 2\n")
    (older / EXAMPLE).write_text("value: 3\n")  # today's version writes it as the older one did
    (older / README).unlink()
    found = renew(older)
    assert actions(found) == {LATER: "add", STREET: "change"}
    (told,) = [each.lines for each in found if each.path == STREET]
    assert [line.split(": ", 1)[1].strip() for line in told] == [
        '-     "due_after_days": 90,',
        '+     "due_after_days": 60,',
    ]
    assert (older / STREET).read_text() == changed
    assert (older / GONE).read_text() == "SELECT 2\n"
    assert not (older / README).exists()
    require_renewed(older)


@pytest.mark.parametrize("text", ["[]", "{", '{"files": 3}', "outside"])
def test_a_record_that_init_did_not_write_removes_nothing(older: Path, tmp_path: Path, text: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("kept")
    told = json.loads((older / FILE).read_text())
    told["files"]["../victim"] = hashlib.sha256(b"kept").hexdigest()
    (older / FILE).write_text(json.dumps(told) if text == "outside" else text)
    with pytest.raises(ProjectError, match="not the record that safer-kpi init writes"):
        renew(older)
    assert victim.read_text() == "kept"
