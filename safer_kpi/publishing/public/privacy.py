"""The privacy statement of a public edition, made of its definitions, the contracts of its data and the audit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.contract_source import ContractSource
from safer_kpi.catalogue.retention import retention_of
from safer_kpi.engine import open_engine
from safer_kpi.publishing import protection
from safer_kpi.reading.attaching import attach
from safer_kpi.reading.place import PUBLIC_FILE
from safer_kpi.statements.wording import count, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TEMPLATES = Path(__file__).with_name("templates")
_METRICS = """
SELECT title, kpi, CAST(definition AS JSON) ->> '$.public.method' AS method, areas, periods, breakdowns, feeds
FROM kpi.metric ORDER BY kpi, title
"""
_FEEDS = """
SELECT feed, title, owner FROM kpi.feed
WHERE feed IN (SELECT unnest(feeds) FROM kpi.metric) ORDER BY title
"""
_FIRST = "SELECT count(*), count(*) FILTER (edition = ?) FROM kpi.published"
_AREAS = {"ward": "wards", "local_authority": "the whole area", "force": "the police force"}
_LENGTHS = {
    "month": "months",
    "quarter": "quarters",
    "year": "years",
    "rolling12": "twelve months",
    "rolling36": "three years",
    "calendar_quarter": "calendar quarters",
    "calendar_year": "calendar years",
}


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One measure: its title, the places and periods of its figures, and the groups that they are given of."""

    title: str
    kpi: str
    places: str
    periods: str
    groups: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """One partner's data: under which law it is sent, and how long its files are kept."""

    title: str
    owner: str
    legal_basis: str
    kept: str


def privacy_page(release: Path, folder: Path, record: Mapping[str, Any]) -> bytes:
    """Return the page: the same edition and contracts give the same bytes.

    Args:
        release: the folder of the restricted release, with copies of the contracts; they are read and never run.
        folder: the folder of the edition.
        record: what the edition says of itself, with its audit.
    """
    import jinja2

    with open_engine() as connection:
        attach(connection, folder / PUBLIC_FILE, "edition")
        connection.execute("USE edition")
        rows = connection.execute(_METRICS).fetchall()
        sources = [_source(release, *row) for row in connection.execute(_FEEDS).fetchall()]
        figures, first = connection.execute(_FIRST, [record["publication_id"]]).fetchall()[0]
        code, name = connection.execute(
            "SELECT area_code, area_name FROM kpi.area WHERE area_code = ?", [record["area"]]
        ).fetchall()[0]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("privacy.html").render(
        record=record,
        area=name,
        code=code,
        protected=[_measure(row) for row in rows if row[2] == "protected"],
        exact=[_measure(row) for row in rows if row[2] == "exact"],
        sources=sources,
        protection=protection,
        audit=_audited(record["audit"]),
        figures=f"{figures:,}",
        first=f"{first:,}",
    )
    return ("\n".join(line for line in text.splitlines() if line.strip()) + "\n").encode()


def _measure(row: tuple[Any, ...]) -> Measure:
    title, kpi, _, areas, periods, breakdowns, _ = row
    return Measure(
        title=title,
        kpi=kpi,
        places=_named([_AREAS.get(area, area) for area in areas or ()], "nothing yet"),
        periods=_named([_LENGTHS.get(length, length) for length in periods or ()], "nothing yet"),
        groups=_named(list(breakdowns or ()), "none"),
    )


def _named(parts: Sequence[str], otherwise: str) -> str:
    return listed(parts) if parts else otherwise


def _source(release: Path, feed: str, title: str, owner: str) -> Source:
    file = release / "contracts" / f"{feed}.py"
    if not file.is_file():
        return Source(title=title, owner=owner, legal_basis="The release holds no contract of it.", kept="Not stated.")
    source = ContractSource(file)
    retention = retention_of({"retention": source.literal("retention")})
    kept = "Not stated."
    if retention is not None:
        limit = "Without limit" if retention.months is None else count(retention.months, "month")
        kept = f"{limit}: {retention.rule}"
    return Source(title=title, owner=owner, legal_basis=source.literal("legal_basis") or "Not stated.", kept=kept)


def _audited(audit: Mapping[str, Any]) -> list[str]:
    """Return what the audit examined, as sentences."""
    return [
        f"The audit passed: every protected count truly 1 to 4 keeps at least {audit['width']} possible numbers.",
        (
            f"It examined {audit['figures']:,} figures and {audit['relations']:,} relations between "
            f"{audit['cells']:,} counts, of which {audit['audited']:,} are protected counts truly 1 to 4."
        ),
        f"It did so for an attacker who knows of revisions: {listed(list(audit['models']))}.",
    ]
