"""Compare two periods at equal age and like for like."""
