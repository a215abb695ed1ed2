"""Engines beyond DuckDB that compute ledgers and numbers: they read Parquet and write Parquet, and commit nothing."""
