"""Make the assessment of the facts of a release."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from safer_kpi.publishing.model.assessment.emerging import emerging
from safer_kpi.publishing.model.assessment.findings import findings
from safer_kpi.publishing.model.assessment.levels import levels
from safer_kpi.publishing.model.assessment.progress import progress
from safer_kpi.publishing.model.assessment.repeats import repeats
from safer_kpi.publishing.model.assessment.times import times
from safer_kpi.publishing.model.assessment.whole import Assessment
from safer_kpi.publishing.model.commentary import ASSESSMENT_SECTIONS, Commentary
from safer_kpi.publishing.model.report import report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.publishing.facts import Facts, Judged

#: The feeds that tell of drugs and alcohol.
SUBSTANCE_FEEDS = frozenset({"alcohol_deaths", "deaths", "treatment"})


def assessment(facts: Facts, wards: Sequence[Judged], commentary: Commentary | None = None) -> Assessment:
    """Return the assessment that the facts of a release and the judged numbers of its wards make.

    Raises:
        UsageError: a comment is about nothing of the assessment.
        CheckFailed: a comment contradicts the release.
    """
    base = report(facts, commentary, sections=ASSESSMENT_SECTIONS)
    lines = {page.score.metric.metric_id: page.score for page in base.pages}
    whole = Assessment(
        **{field.name: getattr(base, field.name) for field in fields(base)},
        levels=levels(base.card, lines),
        times=times(facts, lines),
        repeats=repeats(facts, base.pages),
        emerging=emerging(facts, lines, [page.score for page in base.headlines], wards),
        progress=progress(base.card),
        substances=tuple(page for page in base.pages if SUBSTANCE_FEEDS & set(page.score.metric.feeds)),
        beside_peers=tuple(page for page in base.pages if page.peers),
    )
    return replace(whole, findings=findings(whole))
