"""Names as bad as a partner's file or a gazetteer could hold, written into the small book of conftest.py."""

from __future__ import annotations

from pathlib import Path

import duckdb

OVERRIDE = "\u202e"  # what follows is shown from right to left
FILE = f"2024-04{OVERRIDE}gnp.exe\"'><script>alert(1)</script><img src=https://example.org/x onerror=alert(1)>.csv"
AREA = "=HYPERLINK(\"https://example.org\")</title></style><b onclick='x()'>Seatown & co"
TITLE = "Violence</caption></table><iframe src=//example.org></iframe>\x1b[31m \u2067\u05d0\u05d1"
UNIT = "offences</style><style>@import 'https://example.org/x.css';</style>"


def spoil(file: Path) -> Path:
    """Rename a delivery's file, an area and a metric."""
    with duckdb.connect(str(file)) as con:
        con.execute("USE kpi")
        con.execute("UPDATE delivery SET file_name = ?", (FILE,))
        con.execute("UPDATE metric SET title = ?, unit = ?", (TITLE, UNIT))
        for table in ("area", "observation"):
            con.execute(f"UPDATE {table} SET area_name = ? WHERE area_code = 'L1'", (AREA,))
    return file
