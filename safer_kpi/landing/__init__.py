"""Receive, validate, diff and commit a partner's file; replay, revert, sweep, and expire bytes.

``land`` returns a ``Receipt`` for each file. A refused file changes nothing but its receipt.
"""

from safer_kpi.landing.archives import Landed, Left, land_archive
from safer_kpi.landing.by_name import feed_and_files, land_by_name
from safer_kpi.landing.deliveries import Landing, Waiting, land
from safer_kpi.landing.delivery import confirmation_of
from safer_kpi.landing.posting import Confirmation, Terms
from safer_kpi.landing.receipt import Receipt
from safer_kpi.landing.replays import replay, revert
from safer_kpi.landing.retention import expire
from safer_kpi.landing.seeds import init
from safer_kpi.landing.sweep import sweep
from safer_kpi.landing.times import parse_time

__all__ = [
    "Confirmation",
    "Landed",
    "Landing",
    "Left",
    "Receipt",
    "Terms",
    "Waiting",
    "confirmation_of",
    "expire",
    "feed_and_files",
    "init",
    "land",
    "land_archive",
    "land_by_name",
    "parse_time",
    "replay",
    "revert",
    "sweep",
]
