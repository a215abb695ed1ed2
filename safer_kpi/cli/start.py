"""Where the command ``safer-kpi`` starts; it imports the commands last, so that Ctrl-C is heeded before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.cli.process import run

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Run the command line and end the process with its exit code."""
    run(_commands)


def _commands() -> Callable[[], object]:
    from safer_kpi.engine import give_back_soon

    give_back_soon()
    from safer_kpi.cli.main import app

    return app
