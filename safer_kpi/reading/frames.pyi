from pandas import DataFrame as PandasFrame
from polars import DataFrame as PolarsFrame
from pyarrow import Table as ArrowTable

__all__ = ["ArrowTable", "PandasFrame", "PolarsFrame"]
