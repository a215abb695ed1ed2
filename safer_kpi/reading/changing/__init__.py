"""What changed between two periods, at equal age and like for like."""
