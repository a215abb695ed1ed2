"""Hold the models against every rule of the linter, without a lake: ``python -m safer_kpi.compute.lint``."""

from __future__ import annotations

import sys
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlmesh.utils.errors import LinterError

from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.compute.project import open_project
from safer_kpi.errors import ProjectError
from safer_kpi.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def lint(project: Path | None = None) -> None:
    """Load every contract, definition and model of a project and check the models' form.

    Raises:
        LinterError: a model breaks a rule; which and where was printed.
        ProjectError: something does not load.
    """
    from sqlmesh.core.console import configure_console, get_console

    with TemporaryDirectory() as folder:
        settings = Settings.load(folder, project=project)
        names = feed_names(settings.project)
        feeds = {name: load_feed(settings.project, name).columns for name in names}
        load_definitions(settings.project, feeds=names)
        context = open_project(settings, feeds, checking=True)
        try:
            configure_console()
            context.console = get_console()
            context.lint_models()
        finally:
            context.close()


if __name__ == "__main__":
    try:
        lint()
    except (LinterError, ProjectError) as broken:
        sys.exit(str(broken))
