"""Every command that takes --home takes SAFER_KPI_HOME: it reads the home from the one place that knows both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from typer.testing import CliRunner

from safer_kpi import settings
from safer_kpi.cli.main import app
from safer_kpi.cli.options import lake_settings


class Resolved(SystemExit):
    """A command has asked for its home; nothing of it is to run in this test."""


def leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(command, click.Group) or hasattr(command, "commands"):
        for name, child in command.commands.items():
            yield from leaves(child, (*words, name))
    else:
        yield words, command


def required(command: Any) -> list[str]:
    """The fewest words that the command parses."""
    words: list[str] = []
    for parameter in command.params:
        if parameter.required:
            value = "1" if parameter.type.name.startswith("int") else "x"
            words += [value] if parameter.param_type_name == "argument" else [parameter.opts[0], value]
    return words


COMMANDS = {
    " ".join(words): [*words, *required(command)]
    for words, command in leaves(typer.main.get_command(app))
    if any("--home" in parameter.opts for parameter in command.params)
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """The homes that a command resolved: it is stopped at the first."""
    homes: list[Path] = []
    load, location = settings.Settings.load, settings.open_location

    def loaded(home: Any = None, **others: Any) -> Any:
        homes.append(load(home, **others).home)
        raise Resolved(9)

    def located(home: Any) -> str:
        homes.append(Path(location(home)))
        raise Resolved(9)

    monkeypatch.setattr(settings.Settings, "load", staticmethod(loaded))
    # First where it was imported by name: a module imported after the other change would keep that one.
    for module in ("reading.lake", "publishing.opening"):
        monkeypatch.setattr(f"safer_kpi.{module}.open_location", located)
    monkeypatch.setattr(settings, "open_location", located)
    monkeypatch.setenv("SAFER_KPI_HOME", str(tmp_path / "of the environment"))
    return homes


@pytest.mark.parametrize("name", COMMANDS)
def test_it_takes_the_home_of_the_environment_and_the_option_first(
    name: str, asked: list[Path], tmp_path: Path
) -> None:
    for option, home in (((), "of the environment"), (("--home", str(tmp_path / "of the option")), "of the option")):
        done = CliRunner().invoke(app, [*COMMANDS[name], *option])
        assert isinstance(done.exception, Resolved), done.output
        assert asked == [tmp_path / home]
        asked.clear()


def test_every_command_that_reads_or_writes_a_lake_is_among_them() -> None:
    every = {" ".join(words) for words, _ in leaves(typer.main.get_command(app))}
    assert every - COMMANDS.keys() == {"audit", "key new", "key show"}
    assert len(COMMANDS) >= 30


def test_a_project_made_by_init_has_its_lake_inside_unless_a_home_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    homes: list[Path] = []
    monkeypatch.setattr("safer_kpi.catalogue.new_project.new_project", lambda *_, **__: None)
    monkeypatch.setattr("safer_kpi.landing.init", lambda made: homes.append(made.home))
    monkeypatch.delenv("SAFER_KPI_HOME", raising=False)
    named = ["--home", str(tmp_path / "option")]
    init = ["init", str(tmp_path / "project"), "--area", "E08000021"]
    for words in ([], named):
        assert CliRunner().invoke(app, [*init, *words]).exit_code == 0
    monkeypatch.setenv("SAFER_KPI_HOME", str(tmp_path / "environment"))
    for words in ([], named):
        assert CliRunner().invoke(app, [*init, *words]).exit_code == 0
    assert homes == [tmp_path / "project" / "lake", *(tmp_path / name for name in ("option", "environment", "option"))]


def test_a_url_in_the_environment_has_no_lake_of_its_own_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFER_KPI_HOME", "s3://bucket/lake")
    assert lake_settings(None) is None
    monkeypatch.delenv("SAFER_KPI_HOME")
    assert lake_settings("s3://bucket/lake") is None


def test_every_command_takes_json() -> None:
    lacking = {
        " ".join(words)
        for words, command in leaves(typer.main.get_command(app))
        if not any("--json" in parameter.opts for parameter in command.params)
    }
    assert lacking == set()
