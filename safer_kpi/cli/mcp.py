"""``mcp``: answer programs that speak the Model Context Protocol."""

from typing import Annotated

import typer

from safer_kpi.cli.options import Home


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("mcp")(mcp)


def mcp(
    home: Home = None,
    json: Annotated[
        bool, typer.Option("--json", help='Print {"rows": [...]} of the tools, with their arguments, and stop.')
    ] = False,
) -> None:
    """Serve a lake's or a release's numbers, read-only, to an assistant that starts this command (MCP over stdio)."""
    from safer_kpi.cli.options import open_lake
    from safer_kpi.failures.extras import require_extra

    require_extra("mcp")
    open_lake(home).close()  # a place that holds no lake is told of here, before anybody asks
    from safer_kpi.mcp.server import described, server

    if json:
        from safer_kpi.cli.output import print_json

        print_json(described(home))
        return
    server(home).run("stdio")
