"""Airflow around the ledger: the only Python here that imports airflow."""
