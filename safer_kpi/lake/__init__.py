"""All storage on the write side: the DuckLake, its journal, the raw bytes and the writer lease."""

from safer_kpi.lake.connection import connect, extension_directory, s3_secret
from safer_kpi.lake.journal import change_tables, create_tables, receipts
from safer_kpi.lake.lease import lease

__all__ = ["change_tables", "connect", "create_tables", "extension_directory", "lease", "receipts", "s3_secret"]
