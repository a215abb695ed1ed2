"""Frozen offset rounding: a count becomes a multiple of 5 by an offset that only the holder of the key can work out."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from safer_kpi.disclosure.protect.values import Period

BASE = 5


def atom_name(family: str, *, series: int, area: str, period: Period, breakdown: str) -> bytes:
    """Return the one name of an atom: no two atoms share it, and counts that lie inside each other do.

    ``family`` stands for the metrics of which one is wholly inside another and that publish this cell. They share the
    offset, so a part is never shown as more than its whole, which would tell something of both.
    """
    return json.dumps([family, series, area, period.length, period.label, breakdown], ensure_ascii=True).encode()


def offset(key: bytes, name: bytes) -> int:
    """Return the offset of an atom, 0 to 4, each equally likely: a keyed hash of its name.

    The remainder of 256 bits by 5 is uniform up to one part in 2 to the power of 253.
    """
    return int.from_bytes(hmac.new(key, name, hashlib.sha256).digest(), "big") % BASE


def rounded(count: int, by: int) -> int:
    """Return the multiple of 5 that is published for a count with the offset ``by``.

    Over the five offsets its mean is the count itself. Whoever sees it knows that the count is at most 4 off.
    """
    return BASE * ((count + by) // BASE)
