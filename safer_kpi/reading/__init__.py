"""The consumer side: certified numbers from files, without the pipeline; DuckDB is loaded when something is opened."""
