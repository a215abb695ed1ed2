"""Find the error of this package for an exception of the system or of another one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import MissingExtra, SaferKpiError
from safer_kpi.failures.causes import CAUSES, Cause
from safer_kpi.failures.extras import EXTRA_OF, EXTRA_OF_EXTENSION
from safer_kpi.failures.links import links

if TYPE_CHECKING:
    from collections.abc import Sequence

_S3 = ("botocore", "aiobotocore")
_QUOTED = re.compile(r"'[^'\n]*'")
#: Exceptions of DuckDB that are about a row's value or the text of a statement.
_ABOUT_VALUES = ("ConversionException", "ParserException", "SyntaxException", "BinderException", "ConstraintException")
#: But for this one: DuckLake asks its catalogue while a statement is planned.
_OF_THE_CATALOGUE = re.compile(r"Binder Error: Failed to [a-z ]+ DuckLake: ")
_FILE = re.compile(r'(?:file|database|path) "(/[^"]+)"')
_EXTENSION = re.compile(
    r'(?:download extension|extension|load(?:ed)?:?) [\'"](?:[^\'"]*/)?(\w+?)(?:\.duckdb_extension)?[\'"]',
    re.IGNORECASE,
)
_ABOUT_EXTENSIONS = re.compile(r"failed to download|not found|not (?:be )?(?:installed|loaded)|install ", re.IGNORECASE)


def error_for(problem: BaseException, places: Sequence[Path]) -> SaferKpiError | None:
    """Return our error for an exception, or None if its cause is not known, as ``known`` documents."""
    for link in links(problem):
        if isinstance(link, SaferKpiError):
            return link
        if isinstance(link, ImportError) and (extra := EXTRA_OF.get((link.name or "").partition(".")[0])):
            return MissingExtra((link.name or "").partition(".")[0], extra=extra)
        if (extension := _missing_extension(link)) is not None:
            return extension
        for cause in CAUSES if not _is_disguise(link) else ():
            if _shows(link, cause):
                return cause.made(_shown_path(link, places))
    return None


def _shows(link: BaseException, cause: Cause) -> bool:
    if isinstance(link, OSError) and link.errno in cause.numbers:
        return True
    if any(base.__name__ in cause.types and _package_of(base) in cause.packages for base in type(link).__mro__):
        return True
    if type(link).__name__ in cause.exact and _package(link) in cause.packages:
        return True
    speaks = _package(link) in cause.packages and (_package(link) != "builtins" or isinstance(link, OSError))
    if not speaks or cause.text is None:
        return False
    if type(link).__name__ in _ABOUT_VALUES and not _OF_THE_CATALOGUE.match(str(link)):
        return False
    # Quotes hold names of files and values of rows, which may read like anything.
    return cause.text.search(_QUOTED.sub("", str(link))) is not None


def _is_disguise(link: BaseException) -> bool:
    """Return whether an error of the system stands for one of the object storage: s3fs chooses its number freely."""
    return _package(link) == "builtins" and any(_package(one) in _S3 for one in links(link))


def _package(link: BaseException) -> str:
    return _package_of(type(link))


def _package_of(kind: type[Any]) -> str:
    return kind.__module__.partition(".")[0]


def _missing_extension(link: BaseException) -> MissingExtra | None:
    """Return our error if DuckDB lacks one of its extensions."""
    if _package(link) not in {"duckdb", "_duckdb"}:
        return None
    text = str(link)
    found = _EXTENSION.search(text)
    if found is None or not _ABOUT_EXTENSIONS.search(text):
        return None
    extra = EXTRA_OF_EXTENSION.get(found[1])
    return MissingExtra(f"The DuckDB extension {found[1]}", extra=extra) if extra else None


def _shown_path(link: BaseException, places: Sequence[Path]) -> str:
    """Return the file that an exception names, if it lies in one of the ``places``; never a file in an inbox."""
    if isinstance(link, OSError):
        named = next((name for name in (link.filename2, link.filename) if isinstance(name, str)), "")
    else:
        match = _FILE.search(str(link))
        named = match[1] if match else ""
    if not named.startswith("/"):
        return ""
    path = Path(named)
    within = [place for place in places if path.is_relative_to(place)]
    if not within or "inbox" in path.relative_to(within[0]).parts or not named.isprintable():
        return ""
    return named
