"""Every metric of the partners' lists, recounted from the demo's files with pandas: each quarter and both years."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import safer_kpi
from tests.docs.conftest import Demo
from tests.oracles import partner_lists
from tests.oracles.partner_lists import by_period, people_by_period

pytestmark = [pytest.mark.e2e, pytest.mark.long(30)]

AREA = "E06000058"
OF_EXPLOITATION = ["CAWN", "CPN", "Recovery order", "STPO", "STRO"]
TOOLS = ["Mediation", "Restorative justice", "Tenancy warning"]


def notices(power: list[str], purpose: str) -> Callable[[Path], dict[str, int]]:
    def recount(folder: Path) -> dict[str, int]:
        rows = partner_lists.notices(folder)
        return by_period(rows.loc[rows["Power"].isin(power) & (rows["Purpose"] == purpose), "issued"])

    return recount


def orders(power: str) -> Callable[[Path], dict[str, int]]:
    def recount(folder: Path) -> dict[str, int]:
        rows = partner_lists.orders(folder)
        return by_period(rows.loc[rows["power"] == power, "made"])

    return recount


def uses(*tools: str, step: str = "Accepted") -> Callable[[Path], dict[str, int]]:
    def recount(folder: Path) -> dict[str, int]:
        rows = partner_lists.uses(folder)
        day = rows[step].where(rows["tool"] != "Tenancy warning", rows["Offered"])
        return by_period(day[rows["tool"].isin(tools)].dropna())

    return recount


def sessions(folder: Path) -> dict[str, int]:
    return by_period(partner_lists.sessions(folder)["held"])


def attended(folder: Path) -> dict[str, int]:
    rows = partner_lists.sessions(folder)
    return by_period(rows["held"].repeat(rows["attended"]))


def completions(folder: Path) -> dict[str, int]:
    return by_period(partner_lists.completions(folder)["completed"])


def practitioners(folder: Path) -> dict[str, int]:
    rows = partner_lists.completions(folder)
    return people_by_period(rows["Practitioner reference"], rows["completed"])


def all_asb(folder: Path) -> dict[str, int]:
    rows = partner_lists.notices(folder)
    notices = rows.loc[(rows["Power"] == "CPN") & (rows["Purpose"] == "ASB"), "issued"]
    return by_period(pd.concat([notices, partner_lists.orders(folder)["made"]]))


RECOUNTS: dict[str, Callable[[Path], dict[str, int]]] = {
    "1b.sessions": sessions,
    "1b.young_people_reached": attended,
    "2a.child_abduction_warnings": notices(["CAWN"], "Exploitation"),
    "2a.protection_notices": notices(["CPN"], "Exploitation"),
    "2a.recovery_orders": notices(["Recovery order"], "Exploitation"),
    "2a.trafficking_orders": notices(["STPO", "STRO"], "Exploitation"),
    "2a.all_powers": notices(OF_EXPLOITATION, "Exploitation"),
    "2b.completions": completions,
    "2b.practitioners": practitioners,
    "3b.mediation": uses("Mediation"),
    "3b.restorative_justice": uses("Restorative justice"),
    "3b.tenancy_warnings": uses("Tenancy warning"),
    "3b.all_tools": uses(*TOOLS),
    "3b.tools_offered": uses(*TOOLS[:2], step="Offered"),
    "3b.case_reviews": uses("Case review"),
    "3d.civil_injunctions": orders("Civil injunction"),
    "3d.behaviour_orders": orders("Criminal behaviour order"),
    "3d.protection_notices": notices(["CPN"], "ASB"),
    "3d.closure_powers": orders("Closure"),
    "3d.all_powers": all_asb,
}


@pytest.mark.parametrize("metric_id", RECOUNTS)
def test_a_metric_is_what_the_partners_files_come_to(demo: Demo, metric_id: str) -> None:
    home = demo.folder / "lake"
    expected = RECOUNTS[metric_id](home / "partner-files")
    with safer_kpi.open(home) as lake:
        rows = [
            row for by in ("quarter", "year") for row in lake.metric(metric_id, area=AREA, by=by, release="now").rows()
        ]
    # eight quarters and two years; one in which nothing happened is 0 and not missing
    assert len(rows) == 10
    assert {row["period"]: row["value"] for row in rows} == {
        row["period"]: expected.get(row["period"], 0) for row in rows
    }
    assert sum(expected.values()) > 0


def test_no_notice_counts_for_both_purposes(demo: Demo) -> None:
    notices = partner_lists.notices(demo.folder / "lake" / "partner-files")
    issued = by_period(notices.loc[notices["Power"] == "CPN", "issued"])
    with safer_kpi.open(demo.folder / "lake") as lake:
        counted = {
            period: sum(
                lake.metric(f"{kpi}.protection_notices", area=AREA, period=period, release="now").rows()[0]["value"]
                for kpi in ("2a", "3d")
            )
            for period in ("2023-24", "2024-25")
        }
    assert counted == {period: issued[period] for period in counted}
