"""Traces from a number to the rows of a partner's file, and back."""
