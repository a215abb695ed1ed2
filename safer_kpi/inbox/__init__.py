"""The inbox: the place where partners drop files, the files that are ready to land, and where a handled file goes.

``<inbox>/<feed>/FILE`` is dropped by a partner. Once landed it lies in ``<inbox>/<feed>/accepted/<delivery>/`` or
``refused/<delivery>/``, with ``receipt.md`` beside it.
"""

from safer_kpi.inbox.arrivals import SEEN_AHEAD, Arrival, arrivals, settled, waiting
from safer_kpi.inbox.dropped import Dropped, dropped
from safer_kpi.inbox.handling import Handled, Outcome, handle, handle_each, landed_since
from safer_kpi.inbox.place import Place, make_inbox, open_place
from safer_kpi.inbox.sources.fetched import Fetched
from safer_kpi.inbox.sources.fetching import feeds_with_a_source, fetch
from safer_kpi.inbox.sources.web import Manners
from safer_kpi.inbox.tidy import strays, tidy

__all__ = [
    "SEEN_AHEAD",
    "Arrival",
    "Dropped",
    "Fetched",
    "Handled",
    "Manners",
    "Outcome",
    "Place",
    "arrivals",
    "dropped",
    "feeds_with_a_source",
    "fetch",
    "handle",
    "handle_each",
    "landed_since",
    "make_inbox",
    "open_place",
    "settled",
    "strays",
    "tidy",
    "waiting",
]
