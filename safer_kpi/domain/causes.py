"""The causes of a posting, and which of several is told."""

from __future__ import annotations

#: Where several changes of one entry bring or take a thing, the first of these is the cause that is posted.
PRECEDENCE = (
    "reference", "contract", "reverted", "replayed", "reclassified", "relocated", "progressed", "corrected", "held",
    "withdrawn", "late", "new",
)  # fmt: skip

#: What the pipeline itself brings about: no partner changed its mind.
OURS = ("reference", "contract", "replayed", "reverted")
