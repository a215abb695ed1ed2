"""The causes of a posting, and which of several is posted."""

from __future__ import annotations

#: If several changes of one entry add or remove a thing, the first of these is the cause that is posted. The models get
#: it as the variable ``causes``, so a new order makes the models anew.
PRECEDENCE = (
    "reference", "contract", "reverted", "replayed", "reclassified", "relocated", "progressed", "corrected", "held",
    "released", "withdrawn", "late", "new",
)  # fmt: skip

#: What the pipeline itself brings about: no partner changed its mind.
OURS = ("reference", "contract", "replayed", "reverted")
#: A check held a row back, or its partner mended it: the file was wrong for a while, what it tells of was not.
CHECKED = ("held", "released")
