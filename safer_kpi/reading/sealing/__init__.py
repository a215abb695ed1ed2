"""Signatures and seals: whether numbers, and the approvals of a release, are those that people signed."""
