"""Disclosure control of the public edition: what may be published, and whether it gives anybody away."""
