"""The commands by name: which module has each, so that a command imports no other's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
import typer.main

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The module of each command, in the order in which they are listed.
MODULES = {
    "demo": "demo",
    "init": "land",
    "land": "land",
    "replay": "land",
    "revert": "land",
    "sweep": "land",
    "build": "land",
    "drop": "drop",
    "fetch": "fetch",
    "migrate": "migrate",
    "compact": "compact",
    "rekey": "rekey",
    "receipt": "receipt",
    "docs": "docs",
    "show": "read",
    "metrics": "read",
    "feeds": "read",
    "deliveries": "read",
    "quarantine": "read",
    "trace": "trace",
    "vintages": "vintages",
    "change": "change",
    "verdicts": "verdicts",
    "peers": "peers",
    "compare": "compare",
    "verify": "verify",
    "audit": "audit",
    "sql": "sql",
    "report": "report",
    "publish": "publish",
    "export": "export",
    "mcp": "mcp",
    "doctor": "doctor",
    "up": "up",
    "down": "up",
    "contract": "contract",
    "release": "release",
    "publication": "publication",
    "key": "key",
    "approvers": "approvers",
}


class Commands(Mapping[str, Any]):
    """The commands, each imported when it is asked for."""

    def __getitem__(self, name: str) -> Any:
        """Return one command."""
        return commands_of(MODULES[name])[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(MODULES)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(MODULES)


@lru_cache(maxsize=64)
def commands_of(module: str) -> dict[str, Any]:
    """Return the commands that a module of this room registers, by their names."""
    own = typer.Typer()
    import_module(f"safer_kpi.cli.{module}").register(own)
    return dict(typer.main.get_group(own).commands)
