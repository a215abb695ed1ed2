"""The lock installs on every Python the project names, whichever of them this machine has."""

import subprocess
from pathlib import Path

import pytest
from uv import find_uv_bin

pytestmark = pytest.mark.e2e

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_every_pin_has_a_wheel_with_a_known_hash_for(python: str, tmp_path: Path) -> None:
    command = [find_uv_bin(), "pip", "install", "--dry-run", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    done = subprocess.run(
        [*command, "--python-version", python, "--target", str(tmp_path), "-r", str(PROJECT / "requirements.lock")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
