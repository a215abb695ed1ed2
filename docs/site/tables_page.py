"""The reference of the read file: every table and column with its comment, from the models that make them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from safer_kpi.compute import schema

if TYPE_CHECKING:
    from pathlib import Path

INTRODUCTION = """# Tables

`safer_kpi.duckdb` is what people read: the file in a lake's home, and `release.duckdb` in a release's folder. Its
tables are in the schema `kpi`. It opens read-only in any DuckDB from 1.0, without extensions, while others write;
after each build it is replaced as a whole.

```sql
SELECT period, value, lower, upper, status, coverage
FROM kpi.observation
WHERE metric_id = '1a.robbery' AND area_code = 'E06000058' AND period_type = 'quarter';
```

Three macros answer questions about the past: `kpi.as_of(ts)` gives `kpi.observation` as known at a moment,
`kpi.movements(a, b)` the postings between two moments, and `kpi.vintages(of_metric, in_area)` the numbers of one metric
in one area after every entry (`as_of` says when that was posted; NULL asks for every area). Where the file is attached
beside other databases, write `USE` with its name first.

```sql
SELECT area_name, value FROM kpi.as_of('2024-06-30')
WHERE metric_id = '1a.robbery' AND period = '2023-24' AND area_type = 'ward' ORDER BY value DESC LIMIT 3;
```

A release's file holds each number once: its observations are `kpi.certified`, its verdicts `kpi.certified_verdict`, its
strategy `kpi.certified_strategy` and its components `kpi.certificate`, with the release's id. Where `safer_kpi` or
`safer-kpi sql` opens it, `kpi.observation`, `kpi.verdict`, `kpi.strategy` and `kpi.component` answer too; in DuckDB
alone write the names that it holds. The column `evidence` of `kpi.ledger` stays in the lake.

```sql
SELECT period, value, lower, upper, status FROM kpi.certified
WHERE metric_id = '1a.robbery' AND area_code = 'E06000058' AND period_type = 'quarter';
```
"""


def tables_page(project: Path) -> str:
    """Return the page."""
    tables: dict[str, str] = {}
    columns: dict[str, list[str]] = {}
    for statement in schema.comments(schema.read_schema(project)):
        found = re.fullmatch(r"COMMENT ON (TABLE|COLUMN) kpi\.(\S+) IS '(.*)'", statement, re.DOTALL)
        if found is None:
            raise ValueError(f"This comment on a table is not understood: {statement[:80]}")
        kind, name, text = found.groups()
        text = text.replace("''", "'").replace("|", "\\|").replace("<", "\\<")
        if kind == "TABLE":
            tables[name] = text
        else:
            table, _, column = name.partition(".")
            columns.setdefault(table, []).append(f"| `{column}` | {text} |")
    sections = [
        f"## {name}\n\n{text}\n\n| column | what it holds |\n|---|---|\n" + "\n".join(columns[name]) + "\n"
        for name, text in sorted(tables.items())
    ]
    return INTRODUCTION + "\n" + "\n".join(sections)
