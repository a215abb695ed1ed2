"""Receipts: what partners and those who land are told of a file, from what the lake holds of it. No row is shown."""
