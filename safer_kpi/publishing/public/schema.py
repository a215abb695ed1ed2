"""The tables of a public edition: those of a release that hold no evidence, and the figures of protected counts."""

from __future__ import annotations

#: The tables of a release that a public edition has too, with the same columns; nothing else of a release is in it.
KEPT = (
    "area",
    "certified",
    "certified_strategy",
    "certified_verdict",
    "contributor",
    "feed",
    "metric",
    "peer",
    "poisson_exact",
    "police_force",
    "release",
)
PUBLISHED = "published"
#: The columns of ``kpi.published``: type and comment.
COLUMNS = {
    "metric_id": ("VARCHAR", "Metric, a protected count"),
    "series": ("INTEGER", "Series of the number; numbers of different series are never compared"),
    "definition_version": ("INTEGER", "Version of the definition that it was counted by"),
    "area_code": ("VARCHAR", "ONS code, or that of the authority with :elsewhere"),
    "area_type": ("VARCHAR", "ward, elsewhere or local_authority"),
    "period": ("VARCHAR", "2024-25-Q1, 2024-25 or 2025-03-R12"),
    "period_type": ("VARCHAR", "quarter, year or rolling12"),
    "period_start": ("DATE", "First day"),
    "period_end": ("DATE", "Last day"),
    "breakdown": ("VARCHAR", "all, or the part of a breakdown"),
    "figure": ("BIGINT", "The published figure"),
    "how": ("VARCHAR", "rounded: by a frozen offset, at most 4 off; exact; or summed from published figures"),
    "release_id": ("VARCHAR", "Release whose count it is"),
    "edition": ("VARCHAR", "Publication that published it first"),
    "corrects": ("VARCHAR", "Publication whose figure it replaced, by a correction that was signed; else null"),
}
COMMENT = "One figure of a protected count: published once, and kept unless a correction was signed."
#: The type of the area that holds what no ward of the authority does.
ELSEWHERE = "elsewhere"


def elsewhere_code(authority: str) -> str:
    """Return the code of what no ward of an authority holds."""
    return f"{authority}:{ELSEWHERE}"
