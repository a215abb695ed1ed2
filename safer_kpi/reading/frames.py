"""The types of other libraries' frames; a type checker reads them in ``frames.pyi``, and nothing is imported here."""

from typing import Any

PandasFrame = Any
PolarsFrame = Any
ArrowTable = Any
