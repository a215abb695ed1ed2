"""The moment at which a lake posts the reference data that its project brings along."""

from __future__ import annotations

import datetime as dt

#: Reference data was always known, so that any history can be loaded after it.
EPOCH = dt.datetime.fromisoformat("2000-01-01")
#: What was received before this moment came with the project: nobody sent it.
SEEDED_BEFORE = EPOCH + dt.timedelta(days=1)
