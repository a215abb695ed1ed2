"""A page typed as a reader types it: files are saved, commands and snippets run, and what is quoted is printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.docs.conftest import COMMAND, ROOT

_BLOCK = re.compile(r"(?:([^\n]*)\n\n)?```(\w+)\n(.*?)```", re.DOTALL)
_FILE = re.compile(r"(Save it as|Append to) `([^`]+)`:$")


class Reader:
    """Somebody at a shell, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.printed = ""
        command = folder / "bin" / "safer-kpi"
        command.parent.mkdir(parents=True)
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{COMMAND}" "$@"\n', encoding="utf-8")
        command.chmod(0o755)
        left_out = {"SAFER_KPI_HOME", "SAFER_KPI_PROJECT", "COLUMNS"}
        own = {name: value for name, value in os.environ.items() if name not in left_out}
        self.environment = own | {"PATH": f"{command.parent}:{own['PATH']}", "PYTHONPATH": str(ROOT)}

    def follow(self, page: str) -> Iterator[str]:
        """Do what a page says, block by block; yield each command that was typed."""
        for before, kind, text in _BLOCK.findall(page):
            if saved := _FILE.search(before):
                self._save(self.folder / saved[2], text, append=saved[1] == "Append to")
            elif kind == "sh":
                self.printed = ""
                for line in text.splitlines():
                    yield line
                    self._type(line)
            elif kind == "python":
                self._run([sys.executable, "-c", text])
            elif kind == "diff":
                self._edit(page[: page.index(text)], text)
            elif kind == "text" and self.printed:
                for line in text.splitlines():
                    assert _squeezed(line) in _squeezed(self.printed), f"{line}\nis not in\n{self.printed}"

    def _type(self, line: str) -> None:
        if line.startswith("cd "):
            self.folder /= line.removeprefix("cd ")
        else:
            self.printed += self._run(["/bin/bash", "-euo", "pipefail", "-c", line])

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command[-1]}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _edit(self, before: str, difference: str) -> None:
        """Make the change that a block shows, in the file that was named last before it."""
        file = self.folder / re.findall(r"`([^`\s]+\.yaml)`", before)[-1]
        lines = difference.splitlines()
        old = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
        new = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), encoding="utf-8")

    @staticmethod
    def _save(path: Path, text: str, *, append: bool) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if append else "w", encoding="utf-8") as file:
            file.write(text)


def _squeezed(text: str) -> str:
    """Return text without the runs of blanks that a table's width gives."""
    return " ".join(text.split())
