"""Audit all public editions together, under every model of what is known of revisions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from safer_kpi.disclosure.audit.chain.cells import WIDTH, Model
from safer_kpi.disclosure.audit.chain.files import read_chain
from safer_kpi.disclosure.audit.chain.system import Assembly, Ground
from safer_kpi.disclosure.audit.chain.told import read_told
from safer_kpi.disclosure.audit.judge import judge
from safer_kpi.disclosure.audit.result import Finding, Result

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from safer_kpi.disclosure.audit.chain.files import Chain


def audit_editions(editions: Sequence[Path], releases: Sequence[Path], *, area: str | None = None) -> Result:
    """Audit public editions, the newest included, and say whether they may stand together.

    Args:
        editions: the folder or ``public.duckdb`` of every public edition ever issued, the oldest first.
        releases: the folder or ``release.duckdb`` of every restricted release that they were made of, likewise.
        area: the code of the partnership's own authority; default: the one with the most figures.

    Raises:
        NotFound: a file does not exist, or a figure is of a release that is not given.
        CheckFailed: a file holds anything but data.
    """
    return audit_chain(read_chain(editions, releases, area=area))


def audit_chain(chain: Chain) -> Result:
    """Audit what was read of a chain."""
    telling = read_told(chain)
    ground = Ground(chain, telling.told)
    findings: dict[tuple[object, ...], Finding] = {}
    for finding in telling.findings:
        findings.setdefault((finding.kind, finding.cell, finding.because), finding)
    sizes = []
    for model in Model:
        system = Assembly(ground, telling, model).system()
        sizes.append((len(system.names), int(system.is_audited.sum()), len(system.figures), len(system.relations)))
        for finding in judge(system):
            same = (finding.kind, finding.cell, finding.least, finding.most)
            findings.setdefault(same, replace(finding, model=model.value))
    cells, audited, figures, relations = (max(column) for column in zip(*sizes, strict=True))
    return Result(
        findings=tuple(findings.values()),
        models=tuple(model.value for model in Model),
        width=WIDTH,
        cells=cells,
        audited=audited,
        figures=figures,
        relations=relations,
    )
