"""The partnership of a new project: one local authority of England and Wales, or several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.catalogue.national.codes import kind_of_code
from safer_kpi.catalogue.national.tables import national_tables
from safer_kpi.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

#: The code of a whole that has no official one: several authorities that chose to work together.
UNNAMED = "partnership"


@dataclass(frozen=True, kw_only=True)
class Authority:
    """One local authority of 2024, with the police force area it lies in."""

    code: str
    name: str
    force_code: str
    force_name: str


@dataclass(frozen=True, kw_only=True)
class Partnership:
    """Who a project is for.

    Attributes:
        code: names the whole: the authority's own code, the community safety partnership's, or ``partnership``.
        name: the whole's name.
        authorities: the local authorities it is made of.
    """

    code: str
    name: str
    authorities: tuple[Authority, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the local authorities."""
        return tuple(authority.code for authority in self.authorities)


def chosen_partnership(areas: Sequence[str], partnership: str | None) -> Partnership:
    """Return the partnership of local authorities, or the community safety partnership of a code.

    Raises:
        UsageError: a code is not what is asked for, which the error says; or both or neither are given.
    """
    if bool(areas) == (partnership is not None):
        raise UsageError(
            "A project is for local authorities or for one community safety partnership.",
            next_action="Give --area CODE, once for each local authority, or --partnership CODE.",
        )
    with national_tables() as connection:
        if partnership is not None:
            return _community_safety_partnership(connection, partnership)
        authorities = tuple(_authority(connection, code) for code in dict.fromkeys(areas))
        if len(authorities) == 1:
            return Partnership(code=authorities[0].code, name=authorities[0].name, authorities=authorities)
        code, name = _whole(connection, authorities)
        return Partnership(code=code, name=name, authorities=authorities)


def authorities_of(codes: Sequence[str]) -> tuple[Authority, ...]:
    """Return the local authorities of codes.

    Raises:
        UsageError: a code is not that of a local authority.
    """
    with national_tables() as connection:
        return tuple(_authority(connection, code) for code in codes)


def _authority(connection: duckdb.DuckDBPyConnection, code: str) -> Authority:
    query = "SELECT DISTINCT la_code, la_name, force_code, force_name FROM authority WHERE la_code = $code"
    found = connection.execute(query, {"code": code}).fetchall()
    if not found:
        kind = kind_of_code(connection, code)
        if kind.startswith("the community safety partnership"):
            advice = f"Give --partnership {code}."
        elif "(" in kind:
            advice = "Give --area with the code of a local authority, as named here."
        else:
            advice = "Give the code of a local authority, such as E08000021 for Newcastle upon Tyne."
        raise UsageError(_is_not(code, kind, "a local authority of England and Wales in 2024"), next_action=advice)
    return Authority(**dict(zip(("code", "name", "force_code", "force_name"), found[0], strict=True)))


def _community_safety_partnership(connection: duckdb.DuckDBPyConnection, code: str) -> Partnership:
    query = "SELECT csp_name, la_code, la_name FROM authority WHERE csp_code = $code ORDER BY la_code"
    found = connection.execute(query, {"code": code}).fetchall()
    if not found:
        known = connection.execute("SELECT count(*) FROM authority WHERE la_code = $code", {"code": code}).fetchall()
        kind = "a local authority" if known[0][0] else kind_of_code(connection, code)
        raise UsageError(
            _is_not(code, kind, "a community safety partnership of England and Wales in 2024"),
            next_action=f"Give --area {code}." if known[0][0] else "Give a code such as E22000366 or W14000023.",
        )
    query = "SELECT la_name FROM authority WHERE la_code = $code GROUP BY la_name HAVING count(*) > 1"
    for name, authority, authority_name in found:
        if connection.execute(query, {"code": authority}).fetchall():
            raise UsageError(
                f"{code}, the community safety partnership {name}, covers only a part of {authority_name}"
                f" ({authority}), and no table says which part.",
                next_action="Give --area with the code of each local authority.",
            )
    authorities = tuple(_authority(connection, authority) for _, authority, _ in found)
    return Partnership(code=code, name=found[0][0], authorities=authorities)


def _whole(connection: duckdb.DuckDBPyConnection, authorities: tuple[Authority, ...]) -> tuple[str, str]:
    """Return code and name of the partnership that several authorities are, if it has a code."""
    query = (
        "SELECT csp_code, csp_name FROM authority GROUP BY csp_code, csp_name"
        " HAVING list_sort(list(la_code)) = $codes AND bool_and(la_code IN"
        " (SELECT la_code FROM authority GROUP BY la_code HAVING count(*) = 1))"
    )
    found = connection.execute(query, {"codes": sorted(each.code for each in authorities)}).fetchall()
    if found:
        return str(found[0][0]), str(found[0][1])
    names = [each.name for each in authorities]
    return UNNAMED, f"{', '.join(names[:-1])} and {names[-1]}"


def _is_not(code: str, kind: str, asked: str) -> str:
    if kind:
        return f"{code} is {kind}, not {asked}."
    return f"{code[:20]!r} is not a code of {asked}, and the national tables do not know it as anything else."
