"""How hard generated tests try: enough for a person who waits, everything in CI, far more in ``make soak``.

``.ci/run`` sets ``CI``, as hosted builds do. ``--hypothesis-profile`` wins over it.
"""

from __future__ import annotations

import os

from hypothesis import settings

IN_CI = os.environ.get("CI", "") not in ("", "0", "false")


def examples(number: int) -> int:
    """Return how many of ``number`` examples to try: all in CI, a third on a person's machine."""
    return number if IN_CI else -(-number // 3)


def use_profile() -> None:
    """Register and load the profiles; a test that states its own number of examples asks ``examples``."""
    settings.register_profile("local", max_examples=examples(8))
    settings.register_profile("ci", max_examples=8)
    settings.register_profile("soak", max_examples=100)
    settings.load_profile("ci" if IN_CI else "local")
