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
from safer_kpi.catalogue.retention import Retention, retention_of
from safer_kpi.catalogue.terms import check_columns, checked_terms
from safer_kpi.errors import InputRefused, NotFound, ProjectError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import ModuleType


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One shape a feed's file may have.

    Attributes:
        name: its name in the contract.
        schema: its pandera schema; every value is text.
        columns: the schema's columns.
        headers: header text, made plain, to column.
        tokens: per column the partner's marks for suppressed and unavailable figures, and what the lake keeps instead.
        pseudonyms: the columns of partners' ids, of which a keyed hash is kept.
    """

    name: str
    schema: Any
    columns: tuple[str, ...]
    headers: Mapping[str, str]
    tokens: Mapping[str, Mapping[str, str]]
    pseudonyms: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One partner's recurring data with its contract; ``columns`` are those of its change rows.

    Attributes:
        due_after_days: days after the end of a cell's period by which it should be here.
        parts: what delivers a cell of its own for each period, such as two partners' logs; none for one cell.
        window: where one file covers many months: the groups of the file's name that give the first and last of them
            (``from``, ``to``), and the date column that says which of them a row lies in (``row``).
        unpivot: where headers are values: the pattern of those headers (``header``), and the columns that take the
            header (``name``) and the cell (``value``).
        public_names: columns that hold published names, which are not looked at for names of people.
        retention: when the bytes of its files must go, and under which rule; None where they are kept.
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
    public_names: frozenset[str]
    retention: Retention | None
    digest: str
    area: str
    seeds: Path

    @property
    def pseudonyms(self) -> frozenset[str]:
        """The columns of partners' ids in any layout."""
        return frozenset[str]().union(*(layout.pseudonyms for layout in self.layouts))

    def is_value_header(self, header: str) -> bool:
        """Return whether a header is a value itself, as the contract's ``unpivot`` says."""
        return self.unpivot is not None and re.fullmatch(self.unpivot["header"], header.strip()) is not None

    def layout_of(self, header: Sequence[str]) -> tuple[Layout, list[str | None]]:
        """Return the layout a header row names, and per field the column it fills (None: declared as ignored).

        Raises:
            InputRefused: columns are missing or unknown, with the nearest layout's names.
        """
        fields = [_plain(name) for name in header]
        best: tuple[Layout, list[str], list[str]] | None = None
        for layout in self.layouts:
            columns = [
                name.strip() if self.is_value_header(name) else layout.headers.get(field)
                for name, field in zip(header, fields, strict=True)
            ]
            missing = [name for name in layout.columns if name not in columns and name not in self._unpivoted(columns)]
            unknown = [
                name
                for name, field, column in zip(header, fields, columns, strict=True)
                if column is None and field not in self.ignored_headers
            ]
            twice = len([name for name in columns if name]) != len({name for name in columns if name})
            if not missing and not unknown and not twice:
                return layout, columns
            if best is None or len(missing) + len(unknown) < len(best[1]) + len(best[2]):
                best = layout, missing, unknown
        assert best is not None  # noqa: S101 (a contract without layouts does not load)
        raise _header_refused(*best)

    def _unpivoted(self, columns: Sequence[str | None]) -> set[str]:
        """Return the columns that headers which are values fill, where there are such headers."""
        if self.unpivot is None or not any(name and self.is_value_header(name) for name in columns):
            return set()
        return {self.unpivot["name"], self.unpivot["value"]}


def _plain(header: str) -> str:
    """Return a header without the differences that carry no meaning: case, spaces, underscores."""
    return re.sub(r"[\s_]+", " ", header.strip()).casefold()


def _shown(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:40]) for name in names[:8])
    return shown + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _header_refused(layout: Layout, missing: list[str], unknown: list[str]) -> InputRefused:
    if missing:
        return InputRefused(
            f"The header lacks {_shown(missing)}" + (f" and holds unknown {_shown(unknown)}" if unknown else "") + ".",
            rule="missing_columns",
            row=1,
            next_action=f"Send every column of the contract's {layout.name!r} layout.",
        )
    if unknown:
        return InputRefused(
            f"The header holds columns the contract does not know: {_shown(unknown)}.",
            rule="unknown_columns",
            row=1,
            next_action="Send the agreed columns only, or agree a new contract version first.",
        )
    return InputRefused("Two columns of the header mean the same.", rule="header", row=1, next_action="Send one.")


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
    layouts = tuple(_layout(key, model) for key, model in terms["layouts"].items())
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
        ignored_headers=frozenset(_plain(header) for header in terms.get("ignored_headers", ())),
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
        unpivot=terms.get("unpivot"),
        public_names=frozenset(terms.get("public_names", ())),
        retention=retention_of(terms),
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


def _layout(name: str, model: Any) -> Layout:
    schema = model.to_schema()
    headers: dict[str, str] = {}
    for column, declared in schema.columns.items():
        for header in (column, *(declared.metadata or {}).get("headers", ())):
            if headers.setdefault(_plain(header), column) != column:
                raise ProjectError(f"Layout {name!r}: two columns claim one header.")
    terms = {column: declared.metadata or {} for column, declared in schema.columns.items()}
    return Layout(
        name=name,
        schema=schema,
        columns=tuple(schema.columns),
        headers=headers,
        tokens={column: of["tokens"] for column, of in terms.items() if "tokens" in of},
        pseudonyms=frozenset(column for column, of in terms.items() if of.get("pseudonym")),
    )
