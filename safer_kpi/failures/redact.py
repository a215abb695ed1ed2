"""Take secrets and quoted values out of the texts of exceptions, and write a chain of them for ``--debug``."""

from __future__ import annotations

import re
import traceback
from typing import TYPE_CHECKING

from safer_kpi.failures.links import links
from safer_kpi.settings import secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

HIDDEN = "***"
_SHORTEST = 4  # a shorter secret would hide parts of words everywhere; the patterns find it where it is named

_PATTERNS = (
    # A whole connection string in quotes: what is malformed in it cannot be told from the password.
    (re.compile(r"""(["'])((?:ducklake:)?postgres(?:ql)?:).*?\1""", re.DOTALL), rf"\1\2{HIDDEN}\1"),
    (re.compile(r'(Postgres at) ".*?"(?=:)', re.DOTALL), rf'\1 "{HIDDEN}"'),
    (
        re.compile(
            r'(missing "=" after|connection option|port number:|integer value|query parameter:?|host name|address) '
            r'"[^"]*"'
        ),
        rf'\1 "{HIDDEN}"',
    ),
    (re.compile(r"(\w://)[^\s\"'<>]*@"), rf"\1{HIDDEN}@"),
    (
        re.compile(
            r"""((?:password|passwd|passphrase|secret|secret_key|access_key|key_id|session_token|token|pseudonym_key)\w*
            ["']?\s*(?:=>|=|:|\s(?='))\s*)('(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|[^\s,;)"']+)""",
            re.IGNORECASE | re.VERBOSE,
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"((?:X-Amz-[A-Za-z-]+|Signature|AWSAccessKeyId)=)[^&\s\"']+"), rf"\1{HIDDEN}"),
    (re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), HIDDEN),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL), HIDDEN),
)
#: These exceptions quote names of code, files of ours or nothing; the quotes of any other may hold a row's value.
_QUOTES_NAMES = (ImportError, AttributeError, TypeError, NameError, OSError)
_QUOTED = re.compile(r"'[^'\n]*'")
_LINE_OF_SQL = re.compile(r"^LINE \d+:.*$", re.MULTILINE | re.DOTALL)


def redacted(text: str) -> str:
    """Return a text without passwords, keys and connection strings."""
    for secret in sorted((one for one in secrets() if len(one) >= _SHORTEST), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def scrub(problem: BaseException) -> None:
    """Take the secrets out of an exception and those it was raised from, so that no log can print them."""
    for link in links(problem):
        if any(isinstance(one, str) and redacted(one) != one for one in link.args):
            link.args = tuple(redacted(one) if isinstance(one, str) else one for one in link.args)


def debug_text(problem: BaseException) -> str:
    """Return the traceback of an exception and of those it was raised from, without secrets and quoted values."""
    from safer_kpi.errors import SaferKpiError

    whole = traceback.TracebackException.from_exception(problem, compact=True)
    texts: list[str] = []
    for link, shown in _paired(problem, whole):
        message = str(link)
        if not isinstance(link, (SaferKpiError, *_QUOTES_NAMES)):
            message = _LINE_OF_SQL.sub("", _QUOTED.sub("'…'", message)).rstrip()
        frames = "".join(
            traceback.StackSummary.from_list(
                [frame for frame in shown.stack if "/typer/" not in frame.filename]
            ).format()
        )
        texts.append(f"{frames}{type(link).__module__}.{type(link).__qualname__}: {message}\n")
    return redacted("\nThis led to:\n\n".join(reversed(texts)))


def _paired(
    problem: BaseException, whole: traceback.TracebackException
) -> Iterator[tuple[BaseException, traceback.TracebackException]]:
    shown: traceback.TracebackException | None = whole
    for link in links(problem):
        if shown is None:
            return
        yield link, shown
        shown = shown.__cause__ or (None if shown.__suppress_context__ else shown.__context__)
