"""The types of other libraries' frames; type checkers read ``frames.pyi``, and this module imports nothing."""

from typing import Any

PandasFrame = Any
PolarsFrame = Any
ArrowTable = Any
