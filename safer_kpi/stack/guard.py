"""End a stack whose supervisor was killed: wait on a pipe that the kernel closes with its last writer.

Run as ``python -m safer_kpi.stack.guard FOLDER`` with the pipe as its standard input.
"""

from __future__ import annotations

import sys
from pathlib import Path

from safer_kpi.stack import processes


def main() -> None:
    """Wait for the pipe to close, then kill every process of the stack."""
    folder = Path(sys.argv[1])
    sys.stdin.buffer.read()
    processes.end(lambda: processes.marked(folder))


if __name__ == "__main__":
    main()
