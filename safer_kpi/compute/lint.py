"""Check the form of models and of the package's SQL files without a lake: the linter's rules, SQLMesh's formatting.

``python -m safer_kpi.compute.lint`` checks, ``python -m safer_kpi.compute.lint --format`` writes the files as SQLMesh
writes them.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlmesh.utils.errors import LinterError

from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.catalogue.reader_text import check_reader_texts
from safer_kpi.catalogue.template import template
from safer_kpi.compute.observed import rule_files
from safer_kpi.compute.project import open_project
from safer_kpi.errors import CheckFailed, SaferKpiError
from safer_kpi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlmesh import Context


def lint(project: Path | None = None) -> None:
    """Load every contract, definition and model of a project and check the models' form.

    Raises:
        LinterError: a model breaks a rule; which and where was printed.
        CheckFailed: a model, an audit or an SQL file of the package is not written as SQLMesh's formatter writes it;
            which was printed or is named.
        ProjectError: something does not load.
    """
    with _opened(project) as context:
        context.lint_models()
        if not context.format(check=True):
            raise CheckFailed("Models or audits are not formatted.", next_action="Run make format.")
        paths = statement_files(context.path)
        if wrong := [path.name for path in paths if path.read_text(encoding="utf-8") != _formatted(context, path)]:
            raise CheckFailed(f"SQL files are not formatted: {', '.join(wrong)}.", next_action="Run make format.")


def format_models(project: Path | None = None) -> None:
    """Write every model, audit and SQL file of the package as SQLMesh does, by ``format`` in ``config.yaml``."""
    with _opened(project) as context:
        context.format()
        for path in statement_files(context.path):
            path.write_text(_formatted(context, path), encoding="utf-8")


def statement_files(project: Path) -> list[Path]:
    """Return the SQL files that are no models: the rule of observations, and those of the package.

    A project that only uses the package has the first alone.
    """
    own = rule_files(project)
    if project.resolve() != template().resolve():
        return own
    return [*own, *sorted(Path(__file__).resolve().parents[1].glob("[!_]*/*.sql"))]


def _formatted(context: Context, path: Path) -> str:
    """Return the text of an SQL file as SQLMesh's formatter writes it; its slots are parameters to the parser."""
    from sqlmesh.core.dialect import format_model_expressions, parse

    dialect = context.config.model_defaults.dialect
    parsed = parse(path.read_text(encoding="utf-8"), default_dialect=dialect)
    return format_model_expressions(parsed, dialect, **context.config.format.generator_options) + "\n"


@contextmanager
def _opened(project: Path | None) -> Iterator[Context]:
    from sqlmesh.core.console import configure_console, get_console

    with TemporaryDirectory() as folder:
        settings = Settings.load(folder, project=project)
        names = feed_names(settings.project)
        feeds = {name: load_feed(settings.project, name).columns for name in names}
        check_reader_texts(load_definitions(settings.project, feeds=names), feeds=names)
        context = open_project(settings, feeds, checking=True)
        try:
            configure_console()
            context.console = get_console()
            yield context
        finally:
            context.close()


if __name__ == "__main__":
    try:
        format_models() if sys.argv[1:] == ["--format"] else lint()
    except (LinterError, SaferKpiError) as broken:
        sys.exit(str(broken))
