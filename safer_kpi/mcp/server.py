"""The server: its tools by name, and each error as the error of a tool, with what to do next and no traceback."""

import json
from collections.abc import Callable
from typing import Annotated, Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.types import CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import Field, ValidationError

from safer_kpi.errors import SaferKpiError
from safer_kpi.failures import known
from safer_kpi.mcp import answers
from safer_kpi.mcp.arguments import no_argument, no_tool, wrong_arguments
from safer_kpi.reading.lake import Lake, open_lake
from safer_kpi.reading.plain import plain
from safer_kpi.version import package_version

INSTRUCTIONS = """Key performance indicators of a community safety partnership, each certified, dated and traceable.

A null value is not zero: `status` and `in_words` say why there is none. Say `provisional`, `uncertified` or `withdrawn`
whenever you give such a number. Give its area, period and release with it, and its interval if it has one. Do not judge
a change yourself: `verdicts` says what the test found. Where `note` says that counts are sensitive, pass none on.
`more` says that an answer is not whole. Everything here only reads."""

Metric = Annotated[str, Field(description="A metric's id, such as 1a.robbery; the tool metrics lists them.")]
Area = Annotated[str | None, Field(description="An area's code or exact name; default: every area.")]
OneArea = Annotated[str, Field(description="An area's code or exact name.")]
Period = Annotated[
    str | None, Field(description="2024-05, 2024-25-Q1, 2024-25, 2024-Q1, 2024 or 2025-03-R12; default: every period.")
]
OnePeriod = Annotated[str, Field(description="2024-05, 2024-25-Q1, 2024-25, 2024-Q1, 2024 or 2025-03-R12.")]
By = Annotated[
    str | None,
    Field(description="month, quarter, calendar_quarter, year, calendar_year, rolling12 or rolling36."),
]
Breakdown = Annotated[str | None, Field(description="One part of the metric, such as sex:F; default: its total.")]
Release = Annotated[
    str | None, Field(description='A release id, or "now" for the live, uncertified balance; default: the latest.')
]
KnownAt = Annotated[str | None, Field(description="A day such as 2024-06-30: the numbers as known then, uncertified.")]
Side = Annotated[str, Field(description='A release id, a day such as 2024-06-30, or "now".')]
#: Said in the schema and checked with the answer, so that the error is one of ours.
Limit = Annotated[
    int, Field(description="The most rows.", json_schema_extra={"minimum": 1, "maximum": answers.MOST_ROWS})
]


class _Server(MCPServer[Any]):
    """A server whose every error has our words: the library's quote the values of wrong arguments."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool by its name.

        Raises:
            ToolError: no such tool or argument exists, an argument is wrong, or the tool refused the question.
        """
        schemas = {tool.name: tool.input_schema for tool in await self.list_tools()}
        if name not in schemas:
            raise ToolError(no_tool(name, schemas))
        schema = schemas[name]
        if unknown := arguments.keys() - schema["properties"].keys():
            raise ToolError(no_argument(name, unknown, schema))
        try:
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError as problem:
            raise ToolError(_fault(problem.__cause__ or problem)) from None
        except ToolError as refused:
            if isinstance(refused.__cause__, ValidationError):
                raise ToolError(wrong_arguments(name, refused.__cause__.errors(), schema)) from None
            raise ToolError(str(refused.__cause__)) from None  # ours, without the prefix of the library


def server(home: str | None) -> MCPServer[Any]:
    """Return the server of a lake, a read file or a release, by path or URL; each call opens it as it then is."""
    made = _Server("safer-kpi", instructions=INSTRUCTIONS, version=package_version(), log_level="ERROR")
    only_reads = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    for tool in _tools(home):
        made.add_tool(tool, annotations=only_reads)
    return made


def described(home: str | None) -> list[dict[str, Any]]:
    """Return each tool's name, description and arguments, as the protocol gives them."""
    import anyio

    tools = anyio.run(server(home).list_tools)
    return [{"name": tool.name, "description": tool.description, "arguments": tool.input_schema} for tool in tools]


def _tools(home: str | None) -> list[Callable[..., dict[str, Any]]]:
    def ask(answer: Callable[[Lake], answers.Answer]) -> dict[str, Any]:
        return _told(home, answer)

    def releases(limit: Limit = 20) -> dict[str, Any]:
        """List the published releases, the newest first, with their status and who approved them."""
        return ask(lambda lake: answers.releases(lake, limit=limit))

    def metrics(
        search: Annotated[str | None, Field(description="A word of the metric's title or statement.")] = None,
        limit: Limit = 50,
    ) -> dict[str, Any]:
        """List the metrics, and without a search the strategy's KPIs; one without data is `not measured`."""
        return ask(lambda lake: answers.metrics(lake, search=search, limit=limit))

    def definition(metric: Metric, release: Release = None) -> dict[str, Any]:
        """Say what a metric counts, what it does not, its caveats, owner and rules, today or in a release."""
        return ask(lambda lake: answers.definition(lake, metric, release=release))

    def values(
        metric: Metric,
        *,
        area: Area = None,
        by: By = None,
        period: Period = None,
        breakdown: Breakdown = None,
        release: Release = None,
        known_at: KnownAt = None,
        limit: Limit = 24,
    ) -> dict[str, Any]:
        """Give a metric's numbers, the newest first, with unit, interval, status, verdicts and a sentence each."""
        return ask(
            lambda lake: answers.values(
                lake, metric, area=area, by=by, period=period, breakdown=breakdown, release=release,
                known_at=known_at, limit=limit,
            )
        )  # fmt: skip

    def compare(
        a: Side,
        b: Side,
        *,
        metric: Annotated[str | None, Field(description="One metric's id; default: all.")] = None,
        area: Area = None,
        period: Period = None,
        by: By = None,
        limit: Limit = 10,
    ) -> dict[str, Any]:
        """Explain why the numbers of A became those of B, by cause and delivery, to the last unit."""
        return ask(
            lambda lake: answers.compare(lake, a, b, metric=metric, area=area, period=period, by=by, limit=limit)
        )

    def trace(
        metric: Metric,
        area: OneArea,
        period: OnePeriod,
        *,
        breakdown: Breakdown = None,
        release: Release = None,
        known_at: KnownAt = None,
        limit: Limit = 20,
    ) -> dict[str, Any]:
        """Trace a number to the deliveries, files and row numbers that it is made of."""
        return ask(
            lambda lake: answers.trace(
                lake, metric, area=area, period=period, breakdown=breakdown, release=release, known_at=known_at,
                limit=limit,
            )
        )  # fmt: skip

    return [releases, metrics, definition, values, compare, trace]


def _told(home: str | None, answer: Callable[[Lake], answers.Answer]) -> dict[str, Any]:
    """Return an answer as plain JSON.

    Raises:
        ToolError: the question or the lake is at fault; the message says what to do next.
    """
    try:
        with open_lake(home) as lake:
            told: dict[str, Any] = json.loads(json.dumps(answer(lake), default=plain))
            return told
    except SaferKpiError as error:
        raise ToolError(str(error)) from None
    except Exception as problem:  # noqa: BLE001 (what it says may quote a row, so nobody is told more than its kind)
        raise ToolError(str(known(problem) or _fault(problem))) from None


def _fault(problem: BaseException) -> str:
    return f"This is a fault of safer-kpi, not of the question: {type(problem).__name__}. Report it to the maintainers."
