"""The supervisor's process: ``python -m safer_kpi.stack FOLDER PORT [--tied]``, begun by ``safer_kpi.stack.start``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from safer_kpi.errors import SaferKpiError
from safer_kpi.stack import postgres
from safer_kpi.stack.layout import HOST, Layout
from safer_kpi.stack.plan import plan, remember_prepared
from safer_kpi.stack.supervisor import Supervisor


def main() -> None:
    """Run the stack of a folder until told to stop."""
    layout, port = Layout(Path(sys.argv[1])), int(sys.argv[2])
    supervisor = Supervisor(
        layout,
        environment=os.environ,
        address=f"http://{HOST}:{port}",
        tied=sys.stdin.fileno() if "--tied" in sys.argv else None,
    )
    supervisor.tell()
    try:
        postgres.prepare(layout)
    except SaferKpiError as mistake:
        raise SystemExit(str(mistake)) from None
    supervisor.run(
        plan(layout, port),
        database_is_ready=lambda pid: postgres.is_ready(layout, pid),
        when_prepared=lambda: remember_prepared(layout),
    )


if __name__ == "__main__":
    main()
