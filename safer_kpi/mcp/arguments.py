"""What is wrong with the arguments of a question, in our own words: which one, what is allowed, and what to do next.

The library's words quote the values that it was given, and a value may be a secret that stands in the wrong place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Names of arguments and tools are shown no longer than this.
_LONGEST = 40
_KINDS = {"string": "a text", "integer": "a whole number"}


def no_tool(name: str, tools: Iterable[str]) -> str:
    """Return the message for a tool that does not exist."""
    return f"No tool {_named(name)} exists. Call one of: {', '.join(tools)}."


def no_argument(tool: str, names: Iterable[str], schema: Mapping[str, Any]) -> str:
    """Return the message for arguments that a tool does not have."""
    told = ", ".join(map(_named, sorted(names)))
    return f"The tool {tool} has no argument {told}. Give only: {', '.join(schema['properties'])}."


def wrong_arguments(tool: str, problems: Iterable[Mapping[str, Any]], schema: Mapping[str, Any]) -> str:
    """Return the message for arguments that are missing or of another type.

    Args:
        tool: the name of the tool.
        problems: what was found, as pydantic lists it; of each the type and the place alone are read.
        schema: the arguments of the tool, as the protocol describes them.
    """
    missing = {str(problem["loc"][0]): problem["type"] == "missing" for problem in problems}
    return " ".join(_problem(tool, name, schema["properties"][name], lacks=lacks) for name, lacks in missing.items())


def _problem(tool: str, name: str, argument: Mapping[str, Any], *, lacks: bool) -> str:
    kind = _allowed(argument)
    said = f"The tool {tool} needs the argument {name}" if lacks else f"The argument {name} of the tool {tool} is not"
    joint = ", " if lacks else " "
    return f"{said}{joint}{kind}. Give {name} as {kind}: {argument['description']}"


def _allowed(argument: Mapping[str, Any]) -> str:
    kinds = [one["type"] for one in argument.get("anyOf", [argument])]
    kind = next(text for name, text in _KINDS.items() if name in kinds)
    limits = f" from {argument['minimum']} to {argument['maximum']}" if "maximum" in argument else ""
    return f"{kind}{limits}"


def _named(name: str) -> str:
    """Return a name that somebody else gave, short and on one line."""
    return ascii(name[:_LONGEST])
