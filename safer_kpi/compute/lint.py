"""Check the models' form without a lake: every rule of the linter, and SQLMesh's own formatting.

``python -m safer_kpi.compute.lint`` checks, ``python -m safer_kpi.compute.lint --format`` writes the files as SQLMesh
writes them.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlmesh.utils.errors import LinterError

from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.catalogue.reader_text import check_reader_texts
from safer_kpi.compute.project import open_project
from safer_kpi.errors import CheckFailed, SaferKpiError
from safer_kpi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlmesh import Context


def lint(project: Path | None = None) -> None:
    """Load every contract, definition and model of a project and check the models' form.

    Raises:
        LinterError: a model breaks a rule; which and where was printed.
        CheckFailed: a model or audit is not written as SQLMesh's formatter writes it; which was printed.
        ProjectError: something does not load.
    """
    with _opened(project) as context:
        context.lint_models()
        if not context.format(check=True):
            raise CheckFailed("Models or audits are not formatted.", next_action="Run make format.")


def format_models(project: Path | None = None) -> None:
    """Write every model and audit of a project as SQLMesh's formatter does, by ``format`` in ``config.yaml``."""
    with _opened(project) as context:
        context.format()


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
