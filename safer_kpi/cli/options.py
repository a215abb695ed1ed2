"""The options that commands share, and how a command opens the lake."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safer_kpi.domain.periods import PERIOD_TYPES

if TYPE_CHECKING:
    import datetime as dt

    from safer_kpi.reading.lake import Lake
    from safer_kpi.settings import Settings

Home = Annotated[
    str | None, typer.Option("--home", metavar="DIR", help="The lake's home; default: SAFER_KPI_HOME or ./lake.")
]
Json = Annotated[bool, typer.Option("--json", help='Print {"rows": [...]} instead of a table.')]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV with the columns of the library instead of a table.")]
By = Annotated[str | None, typer.Option("--by", help=f"{', '.join(PERIOD_TYPES[:-1])} or {PERIOD_TYPES[-1]}.")]
Area = Annotated[str | None, typer.Option("--area", help="An area's code or exact name.")]
Kind = Annotated[
    str | None,
    typer.Option(
        "--kind", help="report, of the strategy's indicators, or assessment, of crime and disorder; default: report."
    ),
]
Period = Annotated[
    str | None, typer.Option("--period", help="2024-05, 2024-25-Q1, 2024-25, 2024-Q1, 2024 or 2025-03-R12.")
]


def open_lake(home: str | None) -> Lake:
    """Open the lake of a command, read-only."""
    import warnings

    import safer_kpi
    from safer_kpi.reading.lake import SUPERSEDED

    with warnings.catch_warnings(action="ignore", category=FutureWarning):
        lake = safer_kpi.open(home)
    if lake.place.is_superseded:
        typer.echo(SUPERSEDED, err=True)
    return lake


def day(text: str | None) -> dt.date | None:
    """Return a day from the text of a command line.

    Raises:
        UsageError: the text is not a day.
    """
    import datetime as dt

    from safer_kpi.errors import UsageError

    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text[:20]!r} is not a day.", next_action="Write it like 2025-03-31.") from None


def lake_settings(home: str | None) -> Settings | None:
    """Return the settings of a home that has a lake; None if it has read files only."""
    from safer_kpi.reading.place import is_url
    from safer_kpi.settings import Settings, open_location

    if is_url(open_location(home)):
        return None
    settings = Settings.load(home)
    kind, _, place = settings.catalogue.partition(":")
    return settings if kind == "postgres" or Path(place).is_file() else None
