"""Releases: drafted from a complete build, approved by named people, published once and never changed.

``compact`` is here because it must not lose what a release can be checked against.
"""

from safer_kpi.errors import ApprovedAlready
from safer_kpi.releases.approve import approve, standing
from safer_kpi.releases.compaction import compact
from safer_kpi.releases.draft import draft
from safer_kpi.releases.due import Due, Missing, due, missing
from safer_kpi.releases.headlines import Headline, headlines
from safer_kpi.releases.publish import publish
from safer_kpi.releases.rebuild import rebuild
from safer_kpi.releases.reject import reject, rejections
from safer_kpi.releases.store import drafts
from safer_kpi.releases.withdraw import withdraw

__all__ = [
    "ApprovedAlready",
    "Due",
    "Headline",
    "Missing",
    "approve",
    "compact",
    "draft",
    "drafts",
    "due",
    "headlines",
    "missing",
    "publish",
    "rebuild",
    "reject",
    "rejections",
    "standing",
    "withdraw",
]
