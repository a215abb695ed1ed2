"""What a contract says is kept beside the lake, and read from there until the contract changes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from safer_kpi.catalogue.feeds import _import, feed_names
from safer_kpi.catalogue.outlines import outline, outlines
from safer_kpi.errors import NotFound
from safer_kpi.settings import Settings

PROJECT = Path(__file__).parents[2]
TOLD = """
import json, sys
from safer_kpi.catalogue.outlines import outlines
from safer_kpi.settings import Settings
found = outlines(Settings.load(sys.argv[1]))
print(json.dumps([{name: each.title for name, each in found.items()}, "pandera" in sys.modules]))
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("contracts", "seeds"):
        shutil.copytree(PROJECT / name, tmp_path / "project" / name)
    shutil.copyfile(PROJECT / "config.yaml", tmp_path / "project" / "config.yaml")
    monkeypatch.setenv("SAFER_KPI_PROJECT", str(tmp_path / "project"))
    (tmp_path / "lake" / "state").mkdir(parents=True)
    return tmp_path / "lake"


def _told(home: Path) -> tuple[dict[str, str], bool]:
    run = subprocess.run([sys.executable, "-c", TOLD, str(home)], capture_output=True, text=True, check=True)
    titles, loaded = json.loads(run.stdout)
    return titles, loaded


def test_contracts_are_loaded_once_and_again_when_one_changes(home: Path) -> None:
    written = {name: _import(PROJECT, name).CONTRACT["title"] for name in feed_names(PROJECT)}
    assert _told(home) == (written, True)
    assert _told(home) == (written, False)
    contract = home.parent / "project" / "contracts" / "feeds" / "deaths.py"
    text = contract.read_text()
    contract.write_text(text.replace(written["deaths"], "Deaths, told anew"))
    assert _told(home) == (written | {"deaths": "Deaths, told anew"}, True)
    (home / "state" / "contracts.json").write_text('{"deaths": {"made_of": "other", "outline": {"n": 1}}}')
    assert _told(home) == (written | {"deaths": "Deaths, told anew"}, True)


def test_an_outline_says_what_the_contract_says(home: Path) -> None:
    settings = Settings.load(home)
    for _ in range(2):  # as made, and as kept
        powers = outline(settings, "police_powers")
        contract = _import(PROJECT, "police_powers").CONTRACT
        assert (powers.version, powers.owner, powers.cadence) == tuple(
            contract[name] for name in ("version", "owner", "cadence")
        )
        assert dict(powers.causes) == dict(contract["causes"])
        assert outlines(settings, ["police_offences"])["police_offences"].classes
        assert not powers.classes
    with pytest.raises(NotFound, match="no feed"):
        outline(settings, "parking")
