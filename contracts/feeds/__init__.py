"""The terms of a feed's contract as types: an editor completes them, and a type checker finds a misspelt one.

Each contract of this folder states them as ``CONTRACT: Contract``. ``safer_kpi.catalogue.terms`` checks the same terms
when a contract is loaded, and names the file, the line and the nearest term.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

if TYPE_CHECKING:
    from pandera.polars import DataFrameModel

#: One file covers many months: the groups of its name that give the first and the last, and the column of a row's day.
Window = TypedDict("Window", {"from": str, "to": str, "row": str})


class Cell(TypedDict, total=False):
    """What a scope cell is: ``part`` and ``place`` where there are any, then one period; or ``whole``, the whole table.

    Each text is a template over the groups of the file's name; ``safer_kpi.domain.spans`` defines the periods.
    """

    part: str
    place: str
    month: str
    financial_quarter: str
    financial_year: str
    calendar_quarter: str
    calendar_year: str
    academic_year: str
    week: str
    whole: str


class Unpivot(TypedDict):
    """Headings are values: their pattern or what they are read as, and the columns that take heading and cell.

    With ``reads: month`` a heading is a real date, ``2024-05``, ``May-24`` or ``May 2024``, and is kept as ``2024-05``.
    """

    header: NotRequired[str]
    reads: NotRequired[Literal["month"]]
    name: str
    value: str


class Retention(TypedDict):
    """The months after receipt when a file's bytes must go, None for never, and the rule or the reason in words."""

    months: int | None
    rule: str


#: Where files are fetched from; ``safer_kpi.catalogue.source`` says what each term means.
Source = TypedDict(
    "Source",
    {
        "address": str,
        "from": NotRequired[str],
        "look_back": NotRequired[int],
        "every": NotRequired[Literal["hour", "day", "week", "month"]],
        "name": NotRequired[str],
        "files": NotRequired[str],
        "contact": NotRequired[str],
        "max_bytes": NotRequired[int],
        "pause_seconds": NotRequired[int],
    },
)


class Workbook(TypedDict):
    """Where the table of a workbook is; ``safer_kpi.intake.workbook.dialect`` says what each term means."""

    sheet: str
    header_starts: str
    header_rows: NotRequired[int]
    fill_down: NotRequired[Sequence[str]]
    skip_rows: NotRequired[Sequence[str]]
    ends_at: NotRequired[Sequence[str]]
    nil_return: NotRequired[str | None]
    strip_footnotes: NotRequired[Sequence[str]]
    title: NotRequired[str | None]
    title_into: NotRequired[str | None]
    beside: NotRequired[Literal["refused", "left_out"]]
    hidden: NotRequired[Literal["read", "refused"]]
    max_bytes: NotRequired[int]
    max_unpacked: NotRequired[int]
    max_expansion: NotRequired[int]
    max_cells: NotRequired[int]
    max_rows: NotRequired[int]
    max_columns: NotRequired[int]
    max_sheets: NotRequired[int]


class JsonLines(TypedDict):
    """The file holds one JSON object a line; ``safer_kpi.intake.dialect`` says what each limit means."""

    max_bytes: NotRequired[int]
    max_line_bytes: NotRequired[int]
    max_expansion: NotRequired[int]
    max_malformed_rows: NotRequired[int]


class Parquet(TypedDict):
    """The file is Parquet; ``safer_kpi.intake.parquet.dialect`` says what each limit means."""

    max_bytes: NotRequired[int]
    max_unpacked: NotRequired[int]
    max_rows: NotRequired[int]


class Dialect(TypedDict):
    """How a CSV file is written, as ``safer_kpi.intake.dialect`` says, or another format.

    ``header_starts`` and the terms from ``header_rows`` to ``beside`` mean what they mean for a workbook.
    """

    delimiter: NotRequired[str]
    quote: NotRequired[str]
    encodings: NotRequired[Sequence[str]]
    header_starts: NotRequired[str | None]
    header_rows: NotRequired[int]
    fill_down: NotRequired[Sequence[str]]
    skip_rows: NotRequired[Sequence[str]]
    ends_at: NotRequired[Sequence[str]]
    nil_return: NotRequired[str | None]
    strip_footnotes: NotRequired[Sequence[str]]
    title: NotRequired[str | None]
    title_into: NotRequired[str | None]
    beside: NotRequired[Literal["refused", "left_out"]]
    max_bytes: NotRequired[int]
    max_line_bytes: NotRequired[int]
    max_expansion: NotRequired[int]
    max_malformed_rows: NotRequired[int]
    workbook: NotRequired[Workbook]
    json_lines: NotRequired[JsonLines]
    parquet: NotRequired[Parquet]


class Contract(TypedDict):
    """One feed's contract; ``safer_kpi.catalogue.feeds.Feed`` says what each term means."""

    version: str
    title: str
    owner: str
    legal_basis: str
    cadence: Literal["weekly", "monthly", "quarterly", "yearly"]
    due_after_days: int
    parts: NotRequired[Sequence[str]]
    layouts: Mapping[str, "type[DataFrameModel]"]
    ignored_headers: NotRequired[Sequence[str]]
    key: Sequence[str]
    canonical_order: Sequence[str]
    causes: Mapping[str, str]
    file_name: NotRequired[str | None]
    file_name_example: NotRequired[str]
    cell: Cell
    window: NotRequired[Window | None]
    unpivot: NotRequired[Unpivot | None]
    marks: NotRequired[Mapping[str, str]]
    reference: NotRequired[Mapping[str, str]]
    must_agree: NotRequired[Mapping[str, str]]
    max_withdrawn_share: float
    nil_return: Literal["header_only", "stated"] | None
    public_names: NotRequired[Sequence[str]]
    same_file_as: NotRequired[Sequence[str]]
    source: NotRequired[Source | None]
    adds_elsewhere: NotRequired[Sequence[str]]
    retention: NotRequired[Retention | None]
    dialect: Dialect
