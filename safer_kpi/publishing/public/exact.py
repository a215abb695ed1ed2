"""The rows of exact metrics: those of the restricted release at the grain, lengths and breakdowns of their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.errors import UsageError
from safer_kpi.reading.every_verdict import every_verdict_of_file

if TYPE_CHECKING:
    import duckdb

#: One row per metric of the restricted release, with the terms of its rule.
_RULES = """
CREATE TEMP TABLE rule AS
SELECT metric_id, numerator, CAST(definition AS JSON) ->> '$.public.method' AS method,
  CAST(definition AS JSON) ->> '$.public.grain' AS grain,
  CAST(json_extract(definition, '$.public.periods') AS VARCHAR[]) AS periods,
  CAST(json_extract(definition, '$.public.breakdowns') AS VARCHAR[]) AS breakdowns
FROM book.kpi.metric
"""
#: The types of area from the smallest to the largest. What has no place is of no grain.
_GRAINS = "['ward', 'local_authority', 'force']"
_CERTIFIED = f"""
INSERT INTO edition.kpi.certified BY NAME
SELECT c.* REPLACE (
  CAST(NULL AS BIGINT) AS held_rows,
  CASE WHEN c.note IS NOT NULL THEN 'It was approved although a check spoke against it' END AS note
)
FROM book.kpi.certified AS c JOIN rule ON c.metric_id = rule.metric_id
WHERE rule.method = 'exact'
  AND list_position({_GRAINS}, c.area_type) >= list_position({_GRAINS}, rule.grain)
  AND list_contains(rule.periods, c.period_type)
  AND (c.breakdown = 'all' OR list_contains(rule.breakdowns, split_part(c.breakdown, ':', 1)))
ORDER BY ALL
"""
_VERDICTS = """
INSERT INTO edition.kpi.certified_verdict BY NAME
SELECT v.* FROM ({every}) AS v
SEMI JOIN edition.kpi.certified AS c ON v.metric_id = c.metric_id AND v.area_code = c.area_code
  AND v.period_type = c.period_type AND v.period_start = c.period_start AND v.breakdown = c.breakdown
ORDER BY ALL
"""
_WITHOUT = "SELECT metric_id FROM rule WHERE method IS NULL OR method NOT IN ('exact', 'protected', 'none') ORDER BY 1"
_TOLD_BY_A_RATE = """
SELECT rate.metric_id, part.metric_id FROM rule AS rate JOIN book.kpi.metric AS m ON rate.metric_id = m.metric_id
JOIN rule AS part ON part.metric_id IN (m.numerator, m.denominator)
WHERE rate.method = 'exact' AND part.method <> 'exact' ORDER BY ALL
"""


def read_rules(connection: duckdb.DuckDBPyConnection) -> None:
    """Read the rule of each metric of the attached release, ``book``, into the table ``rule``.

    Raises:
        UsageError: a definition of the release has no rule, or an exact rate would tell a count that is not.
    """
    held = "SELECT 1 FROM duckdb_columns() WHERE database_name = 'book' AND table_name = 'metric'"
    if not connection.execute(f"{held} AND column_name = 'definition'").fetchall():
        raise UsageError(
            "An older version made this release, without the terms of definitions.",
            next_action="Publish a release of today's version.",
        )
    connection.execute(_RULES)
    if without := [row[0] for row in connection.execute(_WITHOUT).fetchall()]:
        raise UsageError(
            f"{len(without)} definitions of this release do not say what of them is public, such as {without[0]}.",
            next_action="Write public: in each definition, and certify the quarter again.",
        )
    if told := connection.execute(_TOLD_BY_A_RATE).fetchall():
        rate, part = told[0]
        raise UsageError(
            f"{rate} is published exactly and would tell {part}, which is not.",
            next_action=f"Make {rate} protected or none, and certify the quarter again.",
        )


def write_exact(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the numbers and verdicts of exact metrics."""
    connection.execute(_CERTIFIED)
    connection.execute(_VERDICTS.format(every=every_verdict_of_file(connection, "book")))
