"""Ask a reading process, and notice when it hangs or dies."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
#: Far longer than any file takes: the longest of the soak are read in some twenty seconds.
HANGS_AFTER = 240


class Asked:
    """A reading process; a new one is started after one that hung or died."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started = 0
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def read(self, feed: str, content: bytes, *, whole: bool = False) -> dict[str, Any]:
        """Return what the process says of a file; with ``whole`` it is landed too."""
        process = self._process or self._start()
        path = self._folder / f"file-{self._started}"
        path.write_bytes(content)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"feed": feed, "path": str(path), "land": whole}) + "\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], HANGS_AFTER)[0]:
            self._end()
            return {"fault": f"no answer after {HANGS_AFTER} seconds"}
        line = process.stdout.readline()
        if not line:
            self._end()
            return {"fault": "the reading process died"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _start(self) -> subprocess.Popen[str]:
        self._started += 1
        own = self._folder / str(self._started)
        own.mkdir(parents=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.worker", str(own)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
