"""What is asked of the databases of releases and public editions; each is attached as ``book``."""

from __future__ import annotations

#: The counts of a restricted release, of some metrics and lengths of period.
TRUTHS = """
SELECT metric_id, area_code, period_type, CAST(period_start AS VARCHAR), breakdown, numerator, definition_version
FROM book.kpi.certified
WHERE denominator IS NULL AND numerator IS NOT NULL AND area_code <> 'unplaced'
  AND metric_id IN (SELECT unnest({metrics})) AND period_type IN (SELECT unnest({lengths}))
"""
#: The figures of protected counts of a public edition.
PUBLISHED = """
SELECT metric_id, area_code, period_type, CAST(period_start AS VARCHAR), breakdown, series, definition_version, figure,
  how, release_id, edition, area_type, corrects
FROM book.kpi.published ORDER BY ALL
"""
#: The numbers of a public edition, of some metrics.
CERTIFIED = """
SELECT metric_id, area_code, period_type, CAST(period_start AS VARCHAR), breakdown, series, numerator, denominator,
  value, lower, upper, method, release_id
FROM book.kpi.certified WHERE metric_id IN (SELECT unnest({metrics})) ORDER BY ALL
"""
#: Verdicts that rest on numbers which no row of the same file has.
UNFOUNDED = """
SELECT v.metric_id, v.area_code, v.period_type, CAST(v.period_start AS VARCHAR), v.breakdown
FROM book.kpi.certified_verdict AS v
LEFT JOIN book.kpi.certified AS c ON v.metric_id = c.metric_id AND v.area_code = c.area_code
  AND v.breakdown = c.breakdown AND v.period_type = c.period_type AND v.period = c.period
LEFT JOIN book.kpi.certified AS r ON v.metric_id = r.metric_id AND v.area_code = r.area_code
  AND v.breakdown = r.breakdown AND v.reference_period = r.period
WHERE v.metric_id IN (SELECT unnest({metrics}))
  AND (v.numerator IS DISTINCT FROM c.numerator OR v.denominator IS DISTINCT FROM c.denominator
    OR v.value IS DISTINCT FROM c.value
    OR v.reference_numerator IS NOT NULL AND v.reference_numerator IS DISTINCT FROM r.numerator
    OR v.reference_denominator IS NOT NULL AND v.reference_denominator IS DISTINCT FROM r.denominator
    OR v.reference_value IS NOT NULL AND v.reference_value IS DISTINCT FROM r.value)
ORDER BY ALL
"""
