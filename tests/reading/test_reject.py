"""A draft that a person said no to: what goes, what stays, and what the command shows."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from safer_kpi import NotFound, UsageError, releases
from safer_kpi.cli.main import app
from safer_kpi.reading.record import record_hash
from safer_kpi.settings import Settings
from tests.reading.publishing import publish

QUARTER = "2024-25-Q1"


def test_the_draft_goes_and_the_no_stays(settings: Settings, build: Callable[..., None]) -> None:
    build(4)
    releases.draft(settings, QUARTER)
    releases.approve(settings, QUARTER, name="Bo Lund")
    folder = settings.home / "drafts"
    record = record_hash(json.loads((folder / QUARTER / "draft.json").read_bytes()))
    found = releases.reject(settings, QUARTER, name=" Ada  King ", reason="June looks low ")
    assert sorted(path.name for path in folder.iterdir()) == [f"{QUARTER}.rejected.json"]
    assert (found["release_id"], found["record_sha256"], found["last_entry"]) == (QUARTER, record, 4)
    assert (found["name"], found["reason"]) == ("Ada King", "June looks low")
    assert releases.rejections(settings) == [found]
    with pytest.raises(NotFound, match="No draft"):
        releases.approve(settings, QUARTER, name="Bo Lund")


def test_every_no_stays_on_file(settings: Settings, build: Callable[..., None]) -> None:
    build(4)
    for name in ("Ada King", "Bo Lund"):
        releases.draft(settings, QUARTER)
        releases.reject(settings, QUARTER, name=name, reason="June looks low")
    assert [each["name"] for each in releases.rejections(settings)] == ["Bo Lund"]
    kept = json.loads((settings.home / "drafts" / f"{QUARTER}.rejected.json").read_bytes())["rejections"]
    assert [each["name"] for each in kept] == ["Ada King", "Bo Lund"]


def test_a_no_needs_a_person_a_reason_and_a_draft(settings: Settings, build: Callable[..., None]) -> None:
    build(4)
    with pytest.raises(NotFound, match="No draft"):
        releases.reject(settings, QUARTER, name="Ada King", reason="low")
    releases.draft(settings, QUARTER)
    for name, reason in (("", "low"), ("Ada King", " ")):
        with pytest.raises(UsageError, match="needs a person and a reason"):
            releases.reject(settings, QUARTER, name=name, reason=reason)
    assert len(releases.drafts(settings)) == 1


def test_the_command_rejects_and_the_list_shows_it_until_it_is_published(
    settings: Settings, build: Callable[..., None]
) -> None:
    build(4)
    releases.draft(settings, QUARTER)
    home = ["--home", str(settings.home)]
    words = ["release", "reject", QUARTER, "--by", "Ada King", "--reason", "June looks low"]
    said = CliRunner().invoke(app, [*words, *home, "--json"])
    assert said.exit_code == 0, said.output
    assert json.loads(said.stdout)["rows"][0]["reason"] == "June looks low"
    assert CliRunner().invoke(app, [*words, *home]).exit_code == 2
    listed = CliRunner().invoke(app, ["release", "list", *home])
    assert listed.exit_code == 0, listed.output
    assert "Rejected" in listed.stdout
    assert "June looks low" in listed.stdout
    publish(settings)
    assert "Rejected" not in CliRunner().invoke(app, ["release", "list", *home]).stdout
