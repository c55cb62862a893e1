"""The service put together: the MCP server, its neighbours, and the front door before them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.routing import Route

from server.app import build
from server.desk import Desk
from server.http import allocator, tracing
from server.http.accounts import Accounts
from server.http.audit import Audit
from server.http.callers import Reception, Register
from server.http.calls import Calls
from server.http.front_door import MCP_PATH, FrontDoor
from server.http.health import Readiness, alive
from server.http.metrics import Metrics
from server.http.oauth import ResourceServer
from server.http.settings import HttpSettings
from server.http.throttle import Throttle
from server.http.tracing import VendorSpans
from server.settings import Settings
from tools import TOOLS
from tools.connection import Attempt
from tools.schema import input_schema


def service(settings: Settings, http: HttpSettings) -> FrontDoor:
    """The ASGI application of one process.

    Raises:
        SettingsError: the accounts file cannot be used.
    """
    urls = {tool.vendor.name: tool.vendor.base_url for tool in TOOLS} | {**settings.urls}
    metrics, spans = Metrics(), VendorSpans()
    readiness = Readiness({vendor: urls[vendor] for vendor in settings.keys})

    def observe(attempt: Attempt) -> None:
        metrics.attempted(attempt)
        readiness.attempted(attempt)
        spans.attempted(attempt)

    desk = Desk(settings, observe=observe)
    schemas = {name: input_schema(tool.arguments) for name, tool in desk.tools.items()}
    server = build(desk)
    server.middleware.append(Calls(frozenset(desk.tools), Audit(schemas), metrics))

    registers: list[Register] = []
    routes = [
        Route("/healthz", alive),
        Route("/readyz", readiness.answer),
        Route("/metrics", metrics.answer),
    ]
    challenge = "Bearer"
    if http.accounts_file:
        registers.append(Accounts.read(http.accounts_file, frozenset(desk.tools)))
    if http.oauth:
        issued = ResourceServer(http.oauth)
        registers.append(issued)
        routes += issued.metadata_routes
        challenge = issued.challenge
    app = server.streamable_http_app(
        streamable_http_path=MCP_PATH,
        stateless_http=True,
        max_request_body_size=http.limits.body,
        # The SDK's own check takes "localhost:1@evil.example" for localhost, and leaves other routes out: the front door checks.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        custom_starlette_routes=routes,
    )
    running = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app_: Starlette) -> AsyncIterator[None]:
        with tracing.exported():
            async with running(app_), anyio.create_task_group() as tasks:
                tasks.start_soon(allocator.trim_regularly)
                yield
                tasks.cancel_scope.cancel()

    app.router.lifespan_context = lifespan
    return FrontDoor(app, http, Reception(registers, challenge), Throttle(http.limits), metrics.refused)
