"""The command ``demo``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from safer_kpi.cli.options import Home, Json

if TYPE_CHECKING:
    from safer_kpi.demo.answers import Story


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    home: Home = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Remove a demo's lake that is there, and make it anew.")
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Remove a demo's lake that is there.")] = False,
    json: Json = False,
) -> None:
    """Land, build and publish two years of made-up partners' files, make the report of them, and show the result.

    A demo's lake that is there already is only shown. --replace and --remove refuse where anything is in it that the
    demo did not make: a delivery, a release, a draft, a file in the inbox or beside it. With --json the rows are the
    scorecard; receipts, statement and trace follow.
    """
    from safer_kpi.cli.output import console, print_json
    from safer_kpi.demo import own
    from safer_kpi.demo.run import demo_settings, make, run
    from safer_kpi.errors import UsageError
    from safer_kpi.settings import Settings

    folder = Settings.load(home).home
    if replace and remove:
        raise UsageError("--replace and --remove exclude each other.", next_action="Give one of them.")
    if remove:
        own.remove(demo_settings(folder))
        if json:
            print_json([{"home": str(folder), "action": "removed"}])
        else:
            typer.echo(f"The demo's lake at {folder} was removed.")
    elif json:
        story, is_new = make(folder, console(stderr=True), replace_it=replace)
        _print_json(story, is_new=is_new)
    else:
        run(folder, console(), replace_it=replace)


def _print_json(story: Story, *, is_new: bool) -> None:
    from safer_kpi.cli.output import print_json
    from safer_kpi.demo.answers import answers
    from safer_kpi.demo.report import first_page

    found = answers(story)
    page = first_page(story.home)
    demo = {
        "home": str(story.home),
        "area_code": story.area_code,
        "releases": [story.first_release, story.second_release],
        "report": None if page is None else str(page),
        "is_new": is_new,
    }
    print_json(found.scorecard, demo=demo, receipts=found.receipts, statement=found.statement, trace=found.trace)
