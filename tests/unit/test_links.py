"""Each link of each page leads to a file and a heading that exist, and each snippet can be read.

`make docs-site` checks the same and more, with tools that are installed for it alone.
"""

from __future__ import annotations

import ast
import json
import re
import shlex
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from typer.core import TyperGroup as Group
from typer.main import get_command

from safer_kpi.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md")), *sorted((ROOT / "seeds").glob("*.md"))]
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)
_ELSEWHERE = re.compile(r"[a-z]+:")


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", _BLOCK.sub("", text))


def anchors_of(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub and MyST make them; a repeated one has a number."""
    found: set[str] = set()
    for heading in _HEADING.findall(_BLOCK.sub("", text)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        name = re.sub(r"[^\w\s-]", "", words).replace(" ", "-")
        number = 1
        while (anchor := name if number == 1 else f"{name}-{number - 1}") in found:
            number += 1
        found.add(anchor)
    return found


@cache
def anchors(page: Path) -> set[str]:
    return anchors_of(page.read_text(encoding="utf-8"))


def broken_links(page: Path, text: str) -> Iterator[str]:
    for link, picture in _LINK.findall(without_code(text)):
        target, _, anchor = unquote(link or picture).partition("#")
        if _ELSEWHERE.match(target):
            continue
        file = page if not target else (page.parent / target).resolve()
        if not file.exists():
            yield f"{target} does not exist"
        elif anchor and file.suffix == ".md" and anchor not in anchors(file):
            yield f"{target}#{anchor} is no heading"


def parsed(source: str) -> ast.AST:
    """Read Python: a module, or some terms of a contract, which stand inside a dictionary."""
    try:
        return ast.parse(textwrap.dedent(source))
    except SyntaxError:
        return ast.parse(f"{{\n{source}\n}}")


def unread_snippets(text: str) -> Iterator[str]:
    """Yield what is wrong with each snippet that its language cannot read."""
    readers = {"python": parsed, "json": json.loads, "yaml": lambda source: list(yaml.safe_load_all(source))}
    for language, source in _BLOCK.findall(text):
        try:
            readers.get(language, str)(source)
        except (SyntaxError, ValueError, yaml.YAMLError) as problem:
            yield f"{language}: {str(problem).splitlines()[0]}"


def test_every_link_leads_somewhere() -> None:
    texts = {page: page.read_text(encoding="utf-8") for page in PAGES}
    assert sum(len(_LINK.findall(text)) for text in texts.values()) > 300, "the links are seen"
    broken = {str(page.relative_to(ROOT)): list(broken_links(page, text)) for page, text in texts.items()}
    assert {page: links for page, links in broken.items() if links} == {}


def test_every_snippet_can_be_read() -> None:
    unread = {str(page.relative_to(ROOT)): list(unread_snippets(page.read_text(encoding="utf-8"))) for page in PAGES}
    assert {page: found for page, found in unread.items() if found} == {}


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("See [it](nowhere.md).", ["nowhere.md does not exist"]),
        ("See [it](CHANGELOG.md#nothing).", ["CHANGELOG.md#nothing is no heading"]),
        ("![a picture](nothing.png)", ["nothing.png does not exist"]),
        ("[it](CHANGELOG.md#added), [there](https://example.org/x), `[code](x.md)`", []),
    ],
)
def test_a_broken_link_is_found(text: str, broken: list[str]) -> None:
    assert list(broken_links(ROOT / "README.md", text)) == broken


def test_a_broken_snippet_is_found() -> None:
    text = "```python\nx = (\n```\n\n```json\n{1}\n```\n\n```yaml\na: [1\n```\n\n```sh\n(\n```\n"
    assert [problem.partition(":")[0] for problem in unread_snippets(text)] == ["python", "json", "yaml"]


def unknown_in(line: str) -> list[str]:
    """Return what of a command line the program does not know: its command, or options of it."""
    command, words = get_command(app), shlex.split(line, comments=True)[1:]
    while isinstance(command, Group) and words:
        if words[0] not in command.commands:
            return [words[0]]
        command, words = command.commands[words[0]], words[1:]
    options = {"--help", *(option for one in command.params for option in one.opts + one.secondary_opts)}
    return [word for word in words if word.startswith("--") and word.partition("=")[0] not in options]


def test_every_command_of_a_snippet_is_known() -> None:
    lines = [
        (str(page.relative_to(ROOT)), line)
        for page in PAGES
        for language, source in _BLOCK.findall(page.read_text(encoding="utf-8"))
        if language in {"sh", "bash"}
        for line in source.splitlines()
        if line.startswith("safer-kpi ")
    ]
    assert len(lines) > 50, "the commands are seen"
    assert [(page, line, unknown) for page, line in lines if (unknown := unknown_in(line))] == []


def test_an_unknown_command_or_option_is_found() -> None:
    assert unknown_in("safer-kpi release drft 2024-25-Q4") == ["drft"]
    assert unknown_in("safer-kpi show 1a.robbery --aera E06000058 --by=month") == ["--aera"]


def test_headings_have_the_anchors_of_github() -> None:
    page = "# Read `a.b` in one line\n\n## Twice\n\n```sh\n# no heading\n```\n\n## Twice\n"
    assert anchors_of(page) == {"read-ab-in-one-line", "twice", "twice-1"}
