"""The numbers of a release as data files: tidy CSV and Parquet, described as CSV on the Web and as a Data Package."""

from __future__ import annotations

from safer_kpi.publishing.exports.files import export

__all__ = ["export"]
