"""The audit of a chain: all public editions ever issued, against the restricted releases they were made of."""
