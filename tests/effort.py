"""How hard generated tests try: enough for a person who waits, twice that in CI, and far more in ``make soak``.

``make soak`` sets ``TRY_ALL`` and names the profile ``soak``; ``.ci/run`` sets ``CI``.
"""

from __future__ import annotations

import os

from hypothesis import settings

TRY_ALL = os.environ.get("TRY_ALL", "") not in ("", "0", "false")
IN_CI = os.environ.get("CI", "") not in ("", "0", "false")


def examples(number: int) -> int:
    """Return how many of ``number`` examples to try: all in the soak, a third in CI, half of that elsewhere."""
    return number if TRY_ALL else -(-number // (3 if IN_CI else 6))


def use_profile() -> None:
    """Register and load the profiles; a test that states its own number of examples asks ``examples``."""
    settings.register_profile("usual", max_examples=3 if IN_CI else 2)
    settings.register_profile("soak", max_examples=100)
    settings.load_profile("usual")
