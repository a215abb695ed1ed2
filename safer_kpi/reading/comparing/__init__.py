"""Comparison of two versions of the numbers: every movement between them, residual 0."""
