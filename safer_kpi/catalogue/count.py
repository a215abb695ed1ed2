"""The ``count`` of a definition: what a metric counts, as data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The column of a source that holds the code of an area of each level, unless ``places`` names another.
PLACES: Mapping[str, str] = {"ward": "ward_code", "local_authority": "la_code", "force": "force_code"}


@dataclass(frozen=True, kw_only=True)
class Count:
    """The rows of one model that a metric counts, and the parts they count in.

    Attributes:
        source: the model whose change rows are counted, such as ``core.offence`` (``from`` in the file).
        where: the condition a row must meet; every row counts where it is None.
        by: the column of each breakdown, by the breakdown's name. A row counts in the whole and in one part of each.
        amount: the column that is summed; None if each row counts as one.
        measure: the column that says whether the amount is an amount, suppressed or unavailable.
        series: the column that says which figures can be compared; None if all can.
        month: the column with the first day of the month the row counts in.
        places: the column of an area level, where it is not the usual one.
        distinct: the column of the things that are counted, each once; None if the rows themselves are counted.
        told: the column that says whether the file could name the thing; a period with rows of files that could not is
            unavailable, because nobody knows how many things they are of.
        at_least: how many rows a thing needs to count, such as 3 for people who called three times or more.
    """

    source: str
    where: str | None = None
    by: Mapping[str, str] = field(default_factory=dict)
    amount: str | None = None
    measure: str | None = None
    series: str | None = None
    month: str = "month"
    places: Mapping[str, str] = field(default_factory=dict)
    distinct: str | None = None
    told: str | None = None
    at_least: int = 1

    def as_data(self) -> dict[str, Any]:
        """Return the count as it is written in a definition, without defaults."""
        told = {"from" if name == "source" else name: value for name, value in asdict(self).items()}
        usual = {"month": "month", "at_least": 1}
        return {name: value for name, value in told.items() if value and value != usual.get(name)}

    def column_of(self, level: str) -> str:
        """Return the column that holds the area code of a level."""
        return self.places.get(level, PLACES[level])
