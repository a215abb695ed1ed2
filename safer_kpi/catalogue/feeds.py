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

from safer_kpi.errors import InputRefused, NotFound, ProjectError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import ModuleType

_TERMS = {
    "version", "title", "owner", "legal_basis", "cadence", "layouts", "ignored_headers", "key", "canonical_order",
    "causes", "file_name", "file_name_example", "cell", "reference", "must_agree", "max_withdrawn_share",
    "nil_return", "dialect",
}  # fmt: skip
_NEEDED = _TERMS - {"ignored_headers", "file_name", "file_name_example", "reference", "must_agree"}


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One shape a feed's file may have: its pandera schema and the header names of each column."""

    name: str
    schema: Any
    columns: tuple[str, ...]
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One partner's recurring data with its contract; ``columns`` are those of its change rows."""

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
    cell: str
    reference: Mapping[str, str]
    must_agree: Mapping[str, str]
    max_withdrawn_share: float
    nil_return: str | None
    dialect: Mapping[str, Any]
    digest: str
    seeds: Path

    def layout_of(self, header: Sequence[str]) -> tuple[Layout, list[str | None]]:
        """The layout a header row names, and per field the column it fills (None: declared as ignored).

        Raises:
            InputRefused: columns are missing or unknown, with the nearest layout's names.
        """
        fields = [_plain(name) for name in header]
        best: tuple[Layout, list[str], list[str]] | None = None
        for layout in self.layouts:
            columns = [layout.headers.get(field) for field in fields]
            missing = [name for name in layout.columns if name not in columns]
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

    def cell_of(self, file_name: str, layout: Layout) -> tuple[str, dict[str, str]]:
        """The scope cell a file covers, and the values its columns must agree with.

        Raises:
            InputRefused: the file's name does not say which cell it covers, or names an unknown one.
        """
        values = {"layout": layout.name}
        if self.file_name is not None:
            found = self.file_name.search(file_name)
            if found is None:
                raise InputRefused(
                    "The file's name does not say what it covers.",
                    rule="file_name",
                    next_action=f"Name it like {self.file_name_example}.",
                )
            values |= found.groupdict()
        for term, seed in self.reference.items():
            values |= self._looked_up(seed, term, values[term])
        return self.cell.format(**values), {
            column: template.format(**values) for column, template in self.must_agree.items()
        }

    def _looked_up(self, seed: str, term: str, value: str) -> dict[str, str]:
        with (self.seeds / seed).open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                if row[term] == value:
                    return row
        raise InputRefused(
            f"The file's name holds an unknown {term}.",
            rule=term,
            next_action=f"Use one of those in seeds/{seed}; the name should look like {self.file_name_example}.",
        )


def _plain(header: str) -> str:
    """A header without the differences that carry no meaning: case, spaces, underscores."""
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
    """The feeds a project has contracts for."""
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
    """The contract of one feed.

    Raises:
        NotFound: there is no such feed.
        ProjectError: its contract lacks a term, holds an unknown one or contradicts itself.
    """
    require_feed(project, name)
    path = project / "contracts" / "feeds" / f"{name}.py"
    terms = dict(_import(project, name).CONTRACT)
    if lacking := sorted(_NEEDED - terms.keys()):
        raise ProjectError(f"contracts/feeds/{name}.py lacks {', '.join(lacking)}.")
    if unknown := sorted(terms.keys() - _TERMS):
        raise ProjectError(f"contracts/feeds/{name}.py holds unknown terms: {', '.join(unknown)}.")
    layouts = tuple(_layout(key, model) for key, model in terms["layouts"].items())
    columns = list(dict.fromkeys(column for layout in layouts for column in layout.columns))
    if len(layouts) > 1:
        columns.insert(0, "layout")
    for term in ("key", "canonical_order", "causes", "must_agree"):
        if wrong := [column for column in terms.get(term, ()) if column not in columns]:
            raise ProjectError(f"contracts/feeds/{name}.py: {term} names no column of the feed: {', '.join(wrong)}.")
    shared = (project / "contracts" / "fields.py").read_bytes()
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
        cell=terms["cell"],
        reference=dict(terms.get("reference", {})),
        must_agree=dict(terms.get("must_agree", {})),
        max_withdrawn_share=float(terms["max_withdrawn_share"]),
        nil_return=terms["nil_return"],
        dialect=dict(terms["dialect"]),
        digest=hashlib.sha256(path.read_bytes() + shared).hexdigest(),
        seeds=project / "seeds",
    )


def _import(project: Path, name: str) -> ModuleType:
    """The contract's module, from this project even where another one's was imported before."""
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
    return Layout(name=name, schema=schema, columns=tuple(schema.columns), headers=headers)
