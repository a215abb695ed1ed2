"""``contracts/peers.yaml``: each mistake is named with its line, and a peer has the name of the national lookup."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from safer_kpi.catalogue.peers import FILE, load_peers
from safer_kpi.catalogue.template import template
from safer_kpi.errors import ProjectError

WILTSHIRE = "  - code: E23000038\n    why: A neighbour.\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """What of a project the peers need: its area and the national lookups of forces and authorities."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "contracts").mkdir()
    for name in ("config.yaml", "seeds/forces.csv", "seeds/la_forces.csv"):
        shutil.copyfile(template() / name, tmp_path / name)
    return tmp_path


def stated(project: Path, text: str) -> Path:
    (project / FILE).write_text(text, encoding="utf-8")
    return project


def test_peers_stand_in_the_projects_order_with_their_names(project: Path) -> None:
    text = f"peers:\n{WILTSHIRE}  - code: E06000059\n    why: The same force.\n    differs: It counts later.\n"
    found = [(one.code, one.name, one.area_type, one.why, one.differs) for one in load_peers(stated(project, text))]
    assert found == [
        ("E23000038", "Wiltshire", "force", "A neighbour.", None),
        ("E06000059", "Dorset", "local_authority", "The same force.", "It counts later."),
    ]


def test_a_project_without_the_file_or_with_an_empty_list_has_none(project: Path) -> None:
    assert load_peers(project) == ()
    assert load_peers(stated(project, "peers: []\n")) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"peers:\n{WILTSHIRE}{WILTSHIRE}", "peers.yaml, line 4: E23000038 is stated twice."),
        ("peers:\n  - code: E06000058\n    why: It is us.\n", "line 2: E06000058 is the partnership's own area."),
        ("peers:\n  - code: E05012651\n    why: A ward.\n", "line 2: E05012651 is not the code of a local authority"),
        ("peers:\n  - code: E23000038\n", "line 2: E23000038: missing why."),
        ("peers:\n  - code: E23000038\n    why: ' '\n", "E23000038: why is empty."),
        (f"peers:\n{WILTSHIRE}    wy: again\n", "E23000038: unknown key wy. Did you mean why?"),
    ],
)
def test_a_mistake_is_named_with_its_line(project: Path, text: str, told: str) -> None:
    with pytest.raises(ProjectError) as raised:
        load_peers(stated(project, text))
    assert told in raised.value.what
