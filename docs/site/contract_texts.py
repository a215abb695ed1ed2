"""What each term of a contract means: the texts of ``contract_terms.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOLD = yaml.safe_load(Path(__file__).with_name("contract_terms.yaml").read_text(encoding="utf-8"))
FRAME: Mapping[str, str] = _TOLD["frame"]
LIMITS: Mapping[str, str] = _TOLD["limits"]
TEXTS: Mapping[str, str] = _TOLD["terms"]


def text_of(term: str) -> str:
    """Return what a term means, by its dotted name.

    Raises:
        KeyError: nobody has written it yet.
    """
    last = term.rpartition(".")[2]
    if term in TEXTS:
        return TEXTS[term]
    return FRAME[last] if last in FRAME else LIMITS[last]
