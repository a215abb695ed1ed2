"""The term ``source`` of a contract: where the feed's files are fetched from, checked when the contract is loaded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from safer_kpi.catalogue.contract_source import ContractSource
from safer_kpi.catalogue.suggestions import nearest
from safer_kpi.domain.following import periods_from
from safer_kpi.domain.spans import SPAN_KINDS
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping
    from pathlib import Path

WEB = ("http", "https")
#: How an address may begin; the others are opened by fsspec.
PROTOCOLS = (*WEB, "abfs", "file", "ftp", "gs", "s3", "sftp")
EVERY = ("hour", "day", "week", "month")
#: Parts of a period's first day that an address may name beside the period itself.
_PARTS = {"yyyy": "calendar_year", "mm": "month"}
_UNSAFE_NAME = re.compile(r"^\.|[/\\\0]|[\x00-\x1f]|~$")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One thing to ask a source for: the period (empty if the address names none), its address, the file's name."""

    period: str
    address: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the files of a feed are fetched from.

    Attributes:
        address: where they are; ``{month}`` or another kind of period stands for each period, ``*`` (not on the web)
            for any part of a file's name.
        kind: the kind of period that the address names; None if it names none.
        first: the first period that is fetched; empty if the address names none.
        look_back: how many of the newest fetched periods are asked for again, in case they were revised.
        every: how often the source is asked, one of ``EVERY``.
        name: the template of the name that a file gets in the inbox; the last part of the address if empty.
        files: of an archive, the files that are landed; None for all that are named as the contract agrees.
        contact: how the publisher reaches the people who fetch; empty if the contract does not say.
        max_bytes: the largest file.
        pause_seconds: the seconds between two requests.
    """

    address: str
    kind: str | None
    first: str
    look_back: int
    every: str
    name: str
    files: re.Pattern[str] | None
    contact: str
    max_bytes: int
    pause_seconds: int

    @property
    def is_web(self) -> bool:
        """Whether it is asked by HTTP."""
        return urlsplit(self.address).scheme in WEB

    @property
    def is_pattern(self) -> bool:
        """Whether the address stands for any number of files."""
        return "*" in self.address

    @property
    def words(self) -> str:
        """How often it is asked, and where, in a sentence of a contract's page."""
        first = f", from {self.first} on" if self.first else ""
        return f"Fetched every {self.every} from {self.address}{first}."

    @property
    def written(self) -> dict[str, str]:
        """The terms that an exported contract states."""
        told = {
            "address": self.address,
            "from": self.first,
            "every": self.every,
            "files": self.files.pattern if self.files else "",
        }
        return {term: text for term, text in told.items() if text}

    def asked(self, today: dt.date) -> Iterator[Asked]:
        """Return what there is to ask for, the oldest period first: every period that has ended."""
        if self.kind is None:
            yield Asked(period="", address=self.address, name=self.name_in({}))
            return
        for period, starts_on in periods_from(self.kind, self.first, until=today):
            values = {self.kind: period, "yyyy": f"{starts_on:%Y}", "mm": f"{starts_on:%m}"}
            yield Asked(period=period, address=self.address.format(**values), name=self.name_in(values))

    def name_in(self, values: Mapping[str, str]) -> str:
        """Return the name that a file gets in the inbox; ``values`` are those of its period."""
        if self.name:
            return self.name.format(**values)
        return unquote(urlsplit(self.address.format(**values)).path).rsplit("/", 1)[-1]


def stated_source(contract: Path) -> Mapping[str, Any] | None:
    """Return the term ``source`` as a contract's file states it, without loading the contract; None if it has none.

    Whoever only asks which feeds are fetched, such as Airflow every minute, need not load any contract.
    """
    try:
        stated = ContractSource(contract).literal("source")
    except (SyntaxError, ValueError):  # the contract does not load either, which says why
        return None
    return stated if isinstance(stated, dict) else None


def checked_source(terms: Mapping[str, Any], written: ContractSource) -> Source | None:
    """Return the source of a contract whose terms have the right names and types; None if its partner sends files.

    Raises:
        ProjectError: the address, the first period or the name of the file cannot be used.
    """
    told = terms.get("source")
    if told is None:
        return None
    address = told["address"]
    kind = _checked_address(told, written)
    source = Source(
        address=address,
        kind=kind,
        first=told.get("from", ""),
        look_back=told.get("look_back", 12),
        every=told.get("every", "day"),
        name=told.get("name", ""),
        files=re.compile(told["files"]) if told.get("files") else None,
        contact=told.get("contact", ""),
        max_bytes=told.get("max_bytes", 4 * 2**30),
        pause_seconds=told.get("pause_seconds", 2),
    )
    _check_first(source, written)
    _check_name(source, terms, written)
    if source.contact and not (source.contact.isascii() and source.contact.isprintable()):
        raise _wrong(written, "contact", "source.contact holds more than plain letters.", "Write an address in ASCII.")
    if stated_source(written.path) != told:
        raise _wrong(
            written,
            "",
            "source is not written out in the contract itself.",
            "State it there as plain texts and numbers: Airflow reads it without running the contract.",
        )
    return source


def _checked_address(told: Mapping[str, Any], written: ContractSource) -> str | None:
    """Return the kind of period that an address names, after checking the address."""
    address = told["address"]
    try:
        parts = urlsplit(address)
        has_password, user = parts.password is not None, parts.username
    except ValueError:
        raise _wrong(written, "address", "source.address is not an address.", "Write one like https://…") from None
    if parts.scheme not in PROTOCOLS:
        raise _wrong(
            written,
            "address",
            f"source.address begins with {parts.scheme[:20]!r}, which files are not fetched by.",
            nearest(parts.scheme, PROTOCOLS),
        )
    if has_password or (parts.scheme in WEB and user is not None):
        raise _wrong(
            written,
            "address",
            "source.address holds a user name or a password.",
            "Take it out: of a web address they stand in ~/.netrc, of others in an Airflow connection or the variables "
            "of the storage.",
        )
    if parts.scheme in WEB and ("*" in address or not parts.netloc):
        raise _wrong(
            written,
            "address",
            "source.address is a web address without a host, or with a star.",
            "Write the whole address; a period stands in it as {month}.",
        )
    return _kind_in(told, written)


def _kind_in(told: Mapping[str, Any], written: ContractSource) -> str | None:
    allowed = (*SPAN_KINDS, *_PARTS)
    kinds: dict[str, set[str]] = {}
    for term in ("address", "name"):
        try:
            fields = [field for field in Formatter().parse(told.get(term, "")) if field[1] is not None]
        except ValueError:
            raise _wrong(written, term, f"source.{term} has a lone brace.", "Write {month} for a period.") from None
        for _, name, form, conversion in fields:
            if name not in allowed or form or conversion:
                raise _wrong(
                    written, term, f"source.{term} uses {{{name}}}, which nothing says.", nearest(str(name), allowed)
                )
        kinds[term] = {str(name) for _, name, _, _ in fields}
    named = sorted(kinds["address"] - _PARTS.keys())
    if len(named) > 1:
        raise _wrong(written, "address", f"source.address names {' and '.join(named)}.", "Name one kind of period.")
    parts = [kind for part, kind in sorted(_PARTS.items()) if part in kinds["address"]]
    kind = next(iter((*named, *parts)), None)
    if kinds["name"] - ({kind, *_PARTS} if kind else set()):
        raise _wrong(written, "name", "source.name uses a period that source.address does not.", "Use the same one.")
    if kind is not None and "*" in told["address"]:
        raise _wrong(written, "address", "source.address holds a period and a star.", "Keep one of the two.")
    return kind


def _check_first(source: Source, written: ContractSource) -> None:
    if source.kind is None:
        if source.first:
            raise _wrong(written, "from", "source.from is stated, and the address names no period.", "Take it out.")
        return
    kind = SPAN_KINDS[source.kind]
    if kind.read(source.first) is None:
        told = f"{source.first!r} is not one" if source.first else "it is not stated"
        raise _wrong(
            written,
            "from",
            f"source.from must be the first {kind.words} to fetch, and {told}.",
            f'Write it like "from": "{kind.example}".',
        )


def _check_name(source: Source, terms: Mapping[str, Any], written: ContractSource) -> None:
    """Raise if a fetched file would have no name, or one that the contract does not agree."""
    if source.is_pattern:
        if source.name:
            raise _wrong(
                written, "name", "source.name is stated, and the address stands for many files.", "Take it out."
            )
        return
    example = {source.kind: source.first, "yyyy": "2024", "mm": "05"} if source.kind else {}
    name = source.name_in(example)
    where = "name" if source.name else "address"
    if not name or _UNSAFE_NAME.search(name):
        raise _wrong(written, where, "source says no file name.", 'State one, such as "name": "{month}-street.csv".')
    agreed = terms.get("file_name")
    if agreed and not name.lower().endswith(".zip") and re.search(agreed, name) is None:
        raise _wrong(
            written,
            where,
            f"A fetched file would be called {name!r}, which is not named as file_name agrees.",
            f"State source.name so that it is named like {terms.get('file_name_example', 'the example')}.",
        )


def _wrong(written: ContractSource, term: str, what: str, next_action: str) -> ProjectError:
    return ProjectError(f"{written.where(*filter(None, ('source', term)))}: {what}", next_action=next_action)
