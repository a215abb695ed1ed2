"""The words about read files that an earlier version wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable


def tell_of(names: Iterable[str]) -> None:
    """Say of each file on standard error what replaces it and which command removes it."""
    for name in names:
        typer.echo(
            f"{name} was written by an earlier version of safer-kpi, and builds do not renew it any more. "
            f"Let everything that reads it read safer_{name}, then remove it with "
            "`safer-kpi migrate --remove-superseded`.",
            err=True,
        )
