"""The reading side: certified numbers from files, without the pipeline; DuckDB is imported on first use."""
