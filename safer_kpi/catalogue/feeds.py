"""Feed contracts: what ``contracts/feeds/<feed>.py`` declares, checked when it is loaded."""

from __future__ import annotations

import csv
import hashlib
import importlib
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.cell_terms import CellTerms, cell_terms, names_in
from safer_kpi.catalogue.contract_source import ContractSource
from safer_kpi.catalogue.contributors import Contributor, contributors_of
from safer_kpi.catalogue.headings import choose_layout, value_heading
from safer_kpi.catalogue.layouts import layout_of_model, plain_heading
from safer_kpi.catalogue.marks import checked_marks
from safer_kpi.catalogue.retention import Retention, retention_of
from safer_kpi.catalogue.source import Source, checked_source
from safer_kpi.catalogue.terms import check_columns, checked_terms, checked_unpivot
from safer_kpi.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import ModuleType

    from safer_kpi.catalogue.layouts import Layout


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One partner's recurring data with its contract; ``columns`` are those of its change rows.

    Attributes:
        due_after_days: days after the end of a cell's period by which it should be here.
        parts: what delivers a cell of its own for each period, such as two partners' logs; none for one cell.
        window: where one file covers many months: the groups of the file's name that give the first and last of them
            (``from``, ``to``), and the date column that says which of them a row lies in (``row``).
        unpivot: where headers are values: the pattern of those headers (``header``) or what they are read as
            (``reads``), and the columns that take the header (``name``) and the cell (``value``).
        marks: the partner's own marks of figures, each with its meaning; those of official statistics are known.
        public_names: columns that hold published names, which are not looked at for names of people.
        retention: when the bytes of its files must go, under which rule, or why they stay; None if it declares none.
        same_file_as: feeds that read other tables of the same files.
        source: where its files are fetched from; None where its partner sends them.
        contributors: places of its cells that add to the areas of other places, where and when their files come.
        area: the local authority of the partnership, for cells and file names.
    """

    name: str
    version: str
    title: str
    owner: str
    legal_basis: str
    cadence: str
    layouts: tuple[Layout, ...]
    columns: tuple[str, ...]
    ignored_headers: frozenset[str]
    key: tuple[str, ...]
    canonical_order: tuple[str, ...]
    causes: Mapping[str, str]
    file_name: re.Pattern[str] | None
    file_name_example: str
    cell: CellTerms
    reference: Mapping[str, str]
    must_agree: Mapping[str, str]
    max_withdrawn_share: float
    nil_return: str | None
    dialect: Mapping[str, Any]
    due_after_days: int
    parts: tuple[str, ...]
    window: Mapping[str, str] | None
    unpivot: Mapping[str, str] | None
    marks: Mapping[str, str]
    public_names: frozenset[str]
    retention: Retention | None
    same_file_as: frozenset[str]
    source: Source | None
    contributors: tuple[Contributor, ...]
    digest: str
    area: str
    seeds: Path

    @property
    def pseudonyms(self) -> frozenset[str]:
        """The columns of partners' ids in any layout."""
        return frozenset[str]().union(*(layout.pseudonyms for layout in self.layouts))

    def is_value_header(self, header: str) -> bool:
        """Return whether a header is a value itself, as the contract's ``unpivot`` says."""
        return value_heading(self.unpivot, header) is not None

    def layout_of(self, header: Sequence[str]) -> tuple[Layout, list[str | None]]:
        """Return the layout a header names, and per field the column it fills; None for what is not read.

        Raises:
            InputRefused: columns are missing or not agreed, told by the nearest layout's headings.
        """
        return choose_layout(self.layouts, self.unpivot, self.ignored_headers, header)


def feed_names(project: Path) -> list[str]:
    """Return the feeds a project has contracts for."""
    return sorted(path.stem for path in (project / "contracts" / "feeds").glob("*.py") if path.stem != "__init__")


def require_feed(project: Path, name: str) -> None:
    """Say so where a project has no such feed.

    Raises:
        NotFound: there is no such feed.
    """
    known = feed_names(project)
    if name not in known:
        raise NotFound(f"There is no feed {name[:60]!r}.", next_action=f"Feeds: {', '.join(known) or 'none'}.")


@lru_cache(maxsize=64)
def load_feed(project: Path, name: str) -> Feed:
    """Return the contract of one feed.

    Raises:
        NotFound: there is no such feed.
        ProjectError: its contract lacks a term, holds an unknown or a wrong one or contradicts itself.
    """
    require_feed(project, name)
    source = ContractSource(project / "contracts" / "feeds" / f"{name}.py")
    terms = checked_terms(getattr(_import(project, name), "CONTRACT", None), source)
    marks = checked_marks(terms, source)
    layouts = tuple(
        layout_of_model(key, model, key=terms["key"], marks=marks) for key, model in terms["layouts"].items()
    )
    columns = list(dict.fromkeys(column for layout in layouts for column in layout.columns))
    if len(layouts) > 1:
        columns.insert(0, "layout")
    check_columns(terms, columns, source)
    cell = cell_terms(source, terms, known=_said(project, terms))
    return Feed(
        name=name,
        version=terms["version"],
        title=terms["title"],
        owner=terms["owner"],
        legal_basis=terms["legal_basis"],
        cadence=terms["cadence"],
        layouts=layouts,
        columns=tuple(columns),
        ignored_headers=frozenset(plain_heading(header) for header in terms.get("ignored_headers", ())),
        key=tuple(terms["key"]),
        canonical_order=tuple(terms["canonical_order"]),
        causes=dict(terms["causes"]),
        file_name=re.compile(terms["file_name"]) if terms.get("file_name") else None,
        file_name_example=terms.get("file_name_example", ""),
        cell=cell,
        reference=dict(terms.get("reference", {})),
        must_agree=dict(terms.get("must_agree", {})),
        max_withdrawn_share=float(terms["max_withdrawn_share"]),
        nil_return=terms["nil_return"],
        dialect=dict(terms["dialect"]),
        due_after_days=int(terms["due_after_days"]),
        parts=tuple(terms.get("parts", ())),
        window=terms.get("window"),
        unpivot=checked_unpivot(terms, source),
        marks=marks,
        public_names=frozenset(terms.get("public_names", ())),
        retention=retention_of(terms),
        same_file_as=frozenset(terms.get("same_file_as", ())),
        source=checked_source(terms, source),
        contributors=contributors_of(project / "seeds", terms, cell, source),
        digest=feed_digest(project, name),
        area=_area(project) if "area" in names_in(cell.name) else "",
        seeds=project / "seeds",
    )


def _said(project: Path, terms: Mapping[str, Any]) -> set[str]:
    """Return the names that a contract's templates may use: what a file's name, its layout and the lookups say."""
    said = {"layout", "area", *(re.compile(terms["file_name"]).groupindex if terms.get("file_name") else ())}
    for seed in terms.get("reference", {}).values():
        with (project / "seeds" / seed).open(encoding="utf-8", newline="") as lines:
            said |= set(next(csv.reader(lines), ()))
    return said | ({"month"} if terms.get("window") is not None else set())


def feed_digest(project: Path, name: str) -> str:
    """SHA-256 over a contract and what contracts share, as they are written, without loading them."""
    folder = project / "contracts"
    paths = [folder / "feeds" / f"{name}.py", *sorted(folder.glob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def _area(project: Path) -> str:
    """Return the partnership's local authority, as config.yaml states it."""
    import yaml

    return str(yaml.safe_load((project / "config.yaml").read_text(encoding="utf-8"))["variables"]["area"])


def _import(project: Path, name: str) -> ModuleType:
    """Return the contract's module, from this project even where another one's was imported before."""
    root = str(project)
    loaded = sys.modules.get("contracts")
    if loaded is not None and str(getattr(loaded, "__file__", "")) != str(project / "contracts" / "__init__.py"):
        for module in [key for key in sys.modules if key == "contracts" or key.startswith("contracts.")]:
            del sys.modules[module]
    sys.path.insert(0, root)
    try:
        return importlib.import_module(f"contracts.feeds.{name}")
    finally:
        sys.path.remove(root)
