"""The reference of the Python interface, made from the docstrings of what ``safer_kpi`` exports."""

from __future__ import annotations

import inspect
import re
from typing import Any

import safer_kpi

INTRODUCTION = """# Python

`pip install safer-kpi` installs the reading library. Reads are local and read-only, need no lock, and never see an
incomplete build.

```python
import safer_kpi

lake = safer_kpi.open("lake")
for row in lake.metric("1a.robbery", area="E06000058", by="year").rows():
    print(row["period"], row["value"], row["status"])
```

Every call returns a `Table`. Times are UTC.
"""
#: Sections of a docstring and how they are headed.
_HEADS = {"Args": "Arguments", "Returns": "Returns", "Raises": "Raises", "Warns": "Warns", "Attributes": "Attributes"}


def python_page() -> str:
    """Return the page."""
    return "\n".join([INTRODUCTION, *(_section(name) for name in safer_kpi.__all__)])


def members(one: type) -> dict[str, Any]:
    """Return the public methods and properties of a class, inherited ones included."""
    found = inspect.getmembers(one, lambda value: inspect.isfunction(value) or isinstance(value, property))
    return {name: value for name, value in found if not name.startswith("_")}


def _section(name: str) -> str:
    value = getattr(safer_kpi, name)
    if not inspect.isclass(value):
        return _function(f"safer_kpi.{name}", value, level=2) if callable(value) else _version(name)
    text = [f"## safer_kpi.{name}", "", _body(value.__doc__)]
    if not issubclass(value, Exception):
        text += [_member(name, word, each) for word, each in members(value).items()]
    return "\n".join(text)


def _version(name: str) -> str:
    return f"## safer_kpi.{name}\n\nThe version of the package, as text.\n"


def _member(owner: str, name: str, value: Any) -> str:
    if isinstance(value, property):
        return f"### {owner}.{name}\n\n{_body(value.__doc__)}"
    return _function(f"{owner}.{name}", value, level=3)


def _function(name: str, value: Any, *, level: int) -> str:
    signature = inspect.signature(value)
    parameters = [one for one in signature.parameters.values() if one.name != "self"]
    shown = signature.replace(parameters=parameters)
    return f"{'#' * level} {name}\n\n```text\n{_wrapped(name, shown)}\n```\n\n{_body(value.__doc__)}"


def _wrapped(name: str, signature: inspect.Signature) -> str:
    """Return the signature on one line, or an argument a line where it is long."""
    line = _unquoted(f"{name}{signature}")
    if len(line) <= 88:
        return line
    inside = [_unquoted(str(one)) for one in signature.parameters.values()]
    keyword = [one.kind is inspect.Parameter.KEYWORD_ONLY for one in signature.parameters.values()]
    if any(keyword):
        inside.insert(keyword.index(True), "*")
    told = str(signature.return_annotation).strip("'")
    return "\n".join([f"{name}(", *(f"    {one}," for one in inside), f") -> {told}"])


def _unquoted(signature: str) -> str:
    """Return annotations without the quotes that stand around them; a default keeps its own."""
    return re.sub(r"(: |-> )'([^']*)'", r"\1\2", signature)


def _body(docstring: str | None) -> str:
    """Return a docstring in Markdown: its arguments as a list, its code in backticks as Markdown writes it."""
    text = inspect.cleandoc(docstring or "")
    text = re.sub(r":\w+:`([^`]+)`", r"`\1`", text).replace("``", "`")
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        head = line.removesuffix(":")
        if line.endswith(":") and head in _HEADS:
            lines += [f"**{_HEADS[head]}**", ""]
            inside = head != "Returns"
            continue
        entry = re.match(r" {4}([\w*]+): (.*)", line)
        if inside and entry:
            lines.append(f"- `{entry[1]}`: {entry[2]}")
        elif line.startswith("    "):
            lines.append(f"  {line.strip()}" if inside else line.strip())
        else:
            inside = inside and not line.strip()
            lines.append(line)
    return "\n".join(lines).strip() + "\n"
