"""A strategic assessment as a value: a report with the sections that an assessment of crime and disorder needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from safer_kpi.publishing.model.report import Report

if TYPE_CHECKING:
    from safer_kpi.publishing.facts import Key
    from safer_kpi.publishing.model.assessment.emerging import Emerging
    from safer_kpi.publishing.model.assessment.levels import PriorityLevels
    from safer_kpi.publishing.model.assessment.progress import Progress
    from safer_kpi.publishing.model.assessment.repeats import Repeats
    from safer_kpi.publishing.model.assessment.times import Times
    from safer_kpi.publishing.model.metric_page import MetricPage


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What one section finds: its page and name, and sentences, each with the number that it is about, if it is one."""

    page: str
    name: str
    told: tuple[tuple[str, Key | None], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment(Report):
    """Everything that a strategic assessment says.

    Attributes:
        levels, times, repeats, emerging, progress: the pages of these names.
        substances: the pages of the measures of drugs and alcohol.
        beside_peers: the pages of the measures that other areas have figures of.
        findings: what each section finds, in a few sentences.
    """

    kind: ClassVar[str] = "assessment"
    levels: tuple[PriorityLevels, ...]
    times: Times
    repeats: Repeats
    emerging: Emerging
    progress: Progress
    substances: tuple[MetricPage, ...]
    beside_peers: tuple[MetricPage, ...]
    findings: tuple[Finding, ...] = ()
