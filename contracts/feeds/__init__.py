"""One module per feed: pandera models of its layouts, and ``CONTRACT``, the terms they cannot express."""
