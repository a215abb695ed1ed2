"""The page on fetched feeds says what the code does: its terms, their defaults, its example and every status."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

from safer_kpi.catalogue.contract_source import ContractSource
from safer_kpi.catalogue.source import PROTOCOLS, checked_source, stated_source
from safer_kpi.catalogue.terms import SOURCE
from safer_kpi.domain.spans import SPAN_KINDS
from safer_kpi.inbox.sources.fetched import Status

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "how-to" / "fetch-feeds.md").read_text(encoding="utf-8")
STREET = ROOT / "contracts" / "feeds" / "police_street.py"


def rows(heading: str) -> dict[str, list[str]]:
    """The rows of the table under a heading, by the word in their first cell."""
    table = TEXT.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]
    return {cell[0].strip(" |`"): cell[1:] for cell in cells}


def test_every_term_is_told_with_what_holds_when_it_is_left_out(tmp_path: Path) -> None:
    told = rows("term")
    assert set(told) == set(SOURCE)
    contract = tmp_path / "bins.py"
    contract.write_text('CONTRACT = {"source": {"address": "s3://bins/a.csv"}}\n')
    source = checked_source({"source": stated_source(contract)}, ContractSource(contract))
    assert source
    assert told["look_back"][-1] == str(source.look_back)
    assert told["every"][-1] == f"`{source.every}`"
    assert told["max_bytes"][-1] == f"{source.max_bytes // 2**30} GiB"
    assert told["pause_seconds"][-1] == str(source.pause_seconds)
    address = told["address"][0]
    assert all(f"`{protocol}://`" in address for protocol in PROTOCOLS)
    assert all(f"`{{{kind}}}`" in address for kind in SPAN_KINDS)


def test_the_example_is_the_contract_s_own() -> None:
    block = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert block
    assert ast.literal_eval(f"{{{block[1]}}}")["source"] == stated_source(STREET)


def test_every_status_is_explained() -> None:
    assert set(rows("status")) == {status.replace("_", " ") for status in get_args(Status)}
