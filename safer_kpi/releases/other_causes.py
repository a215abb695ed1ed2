"""Find the postings of a recomputed lake whose cause differs from the release's ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.engine import open_engine
from safer_kpi.reading.attaching import attach
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.releases.recorded import Recorded

_KEY = (
    "metric_id", "area_code", "la_code", "force_code", "period_type", "month", "breakdown", "measure", "series",
    "posted_at",
)  # fmt: skip
_MOST_NAMED = 3


def other_causes(kpi_file: Path, release: Recorded) -> str | None:
    """Return how many postings have another cause, and the causes on both sides; None if no cause differs.

    Numbers do not depend on causes, so the row hash may be the same: this version may know a cause that the version
    which made the release did not know.
    """
    key = ", ".join(_KEY)
    each = f"SELECT {key}, cause, sum(amount) AS amount FROM {{}} GROUP BY {key}, cause"
    stored = each.format(f"read_parquet({literal(str(release.folder / 'ledger.parquet'))})")
    recomputed = each.format(f"(SELECT * FROM book.kpi.ledger WHERE posted_at <= {literal(release.known_at)})")
    with open_engine() as connection:
        attach(connection, kpi_file, "book")
        rows = connection.execute(
            f"""WITH differing AS (
                SELECT {", ".join(f"coalesce(was.{name}, now.{name}) AS {name}" for name in _KEY)},
                    was.cause AS cause_was, now.cause AS cause_now
                FROM ({stored}) AS was FULL JOIN ({recomputed}) AS now
                    ON {" AND ".join(f"was.{name} = now.{name}" for name in _KEY)} AND was.cause = now.cause
                WHERE was.amount IS DISTINCT FROM now.amount
            ), turned AS (
                SELECT {key}, string_agg(DISTINCT cause_was, ', ' ORDER BY cause_was) AS was,
                    string_agg(DISTINCT cause_now, ', ' ORDER BY cause_now) AS now
                FROM differing GROUP BY {key}
            )
            SELECT was, now, count(*), count(DISTINCT metric_id),
                list(concat_ws(' ', metric_id, area_code, strftime(month, '%Y-%m'))
                    ORDER BY metric_id, month, area_code)[:{_MOST_NAMED}]
            FROM turned GROUP BY was, now ORDER BY count(*) DESC, was, now"""
        ).fetchall()
    if not rows:
        return None
    return "; ".join(_said(*row) for row in rows)


def _said(was: str | None, now: str | None, postings: int, metrics: int, first: list[str]) -> str:
    of = f"{metrics} metric{'' if metrics == 1 else 's'}"
    return f"cause {was or 'none'} is {now or 'none'} in {postings:,} postings of {of}, first {', '.join(first)}"
