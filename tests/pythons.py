"""The plain wheel on every Python it promises: ``python -m tests.pythons WHEEL``, run by ``make pythons``.

Only interpreters that the machine has are tried, and the run says which those are: none is downloaded. Each gets an
environment of its own with the wheel and its plain dependencies. There every module of the read side is imported, and
the tests that need nothing else are run.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from uv import find_uv_bin

ROOT = Path(__file__).resolve().parents[1]
TESTS = ["tests/unit/test_periods.py", "tests/unit/test_reconcile.py", "tests/unit/test_public_api.py"]
IMPORT_ALL = """
import importlib, pkgutil, sys, safer_kpi
rooms = ["domain", "reading", "statements"]
found = pkgutil.walk_packages(safer_kpi.__path__, "safer_kpi.")
names = [each.name for each in found if each.name.split(".")[1] in rooms]
for name in names:
    importlib.import_module(name)
print(f"Python {sys.version.split()[0]}: safer_kpi {safer_kpi.__version__}, {len(names)} modules imported")
"""


def promised() -> list[str]:
    """The versions that the project's classifiers name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    prefix = "Programming Language :: Python :: 3."
    return [text.rpartition(" ")[2] for text in project["classifiers"] if text.startswith(prefix)]


def interpreter(version: str) -> str | None:
    """Return the interpreter of a version that this machine has, on its path or under pyenv; None if it has none."""
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for asked in (version, *map(str, kept)):
        command = [find_uv_bin(), "python", "find", "--no-python-downloads", "--no-project", "--system", asked]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
    return None


def attempt(python: str, wheel: Path, folder: Path) -> bool:
    """Install the wheel into an empty environment of this interpreter, import its read side and run the tests."""
    uv = find_uv_bin()
    here = folder / "bin" / "python"
    subprocess.run([uv, "venv", "--quiet", "--python", python, str(folder)], check=True)
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", str(here), str(wheel), "pytest", "hypothesis"], check=True
    )
    imported = subprocess.run([str(here), "-c", IMPORT_ALL], cwd=folder, check=False)
    tested = subprocess.run([str(here), "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS], cwd=ROOT, check=False)
    return imported.returncode == tested.returncode == 0


def main() -> int:
    """Try each version; fail if one fails or the machine has none of them."""
    wheel = Path(sys.argv[1]).resolve()
    results = {}
    for version in promised():
        python = interpreter(version)
        if python is None:
            results[version] = "not on this machine"
            continue
        folder = Path(tempfile.mkdtemp(prefix="safer-kpi-python-"))
        try:
            results[version] = "passed" if attempt(python, wheel, folder) else "failed"
        finally:
            shutil.rmtree(folder)
    for version, result in results.items():
        sys.stdout.write(f"Python {version}: {result}\n")
    return int("failed" in results.values() or "passed" not in results.values())


if __name__ == "__main__":
    raise SystemExit(main())
