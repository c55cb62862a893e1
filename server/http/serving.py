"""The service put together: the MCP server, its neighbours, and the front door before them."""

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.routing import Route

from server.app import build
from server.dispatcher import Dispatcher
from server.http import allocator, tracing
from server.http.accounts import AccountsFile
from server.http.audit import Audit
from server.http.callers import Reception, Register
from server.http.calls import Calls
from server.http.cancellation import Cancellations
from server.http.front_door import MCP_PATH, METRICS_PATH, FrontDoor
from server.http.health import Readiness, alive
from server.http.lines import audit_lines, log_lines
from server.http.metrics import Metrics
from server.http.oauth import ResourceServer
from server.http.refusal import Refusal, RefusalLog
from server.http.settings import HttpSettings
from server.http.throttle import Throttle
from server.http.tracing import VendorSpans
from server.settings import Settings
from tools.connection import Attempt
from tools.schema import input_schema

Reload = Callable[[], None]


def service(
    settings: Settings, http: HttpSettings, on_reload: Callable[[Reload], None] = lambda _: None
) -> FrontDoor:
    """The ASGI application of one process. *on_reload* is given what reads the accounts again, if there are any.

    Raises:
        SettingsError: the accounts file cannot be used.
    """
    metrics, spans, refusal_log = Metrics(), VendorSpans(), RefusalLog()
    audit, log = audit_lines(), log_lines()
    audit.on_lost, log.on_lost = metrics.audit_lines_lost.inc, metrics.log_lines_lost.inc

    def observe(attempt: Attempt) -> None:
        metrics.attempted(attempt)
        readiness.attempted(attempt)
        spans.attempted(attempt)

    def refused(refusal: Refusal) -> None:
        metrics.refused(refusal)
        refusal_log.refused(refusal)

    dispatcher = Dispatcher(settings, observe=observe)
    readiness = Readiness(settings.keys, dispatcher.probe, (audit, log))
    schemas = {name: input_schema(tool.arguments) for name, tool in dispatcher.tools.items()}
    server = build(dispatcher)
    cancellations = Cancellations()
    server.middleware.append(Calls(dispatcher, Audit(schemas, audit.write), metrics, cancellations))

    registers: list[Register] = []
    public = [Route("/healthz", alive), Route("/readyz", readiness.answer)]
    challenge = "Bearer"
    if http.accounts_file:
        accounts = AccountsFile(http.accounts_file, frozenset(dispatcher.tools))
        registers.append(accounts)
        on_reload(accounts.reload)
    if http.oauth:
        issued = ResourceServer(http.oauth)
        registers.append(issued)
        public += issued.metadata_routes
        challenge = issued.challenge
    app = server.streamable_http_app(
        streamable_http_path=MCP_PATH,
        stateless_http=True,
        max_request_body_size=http.limits.body,
        # The SDK's own check takes "localhost:1@evil.example" for localhost, and leaves other routes out: the front door checks.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        custom_starlette_routes=[*public, Route(METRICS_PATH, metrics.answer)],
    )
    running = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app_: Starlette) -> AsyncIterator[None]:
        try:
            with tracing.exported():
                async with running(app_), anyio.create_task_group() as tasks:
                    tasks.start_soon(allocator.trim_regularly)
                    # What is loaded by now stays. The collection that a large body can set off need not
                    # look at it, and holds up all calls for 10 ms rather than 70.
                    gc.freeze()
                    yield
                    tasks.cancel_scope.cancel()
        finally:
            # In this order: what is lost of the audit log is told in the log.
            await anyio.to_thread.run_sync(audit.close)
            await anyio.to_thread.run_sync(log.flush)

    app.router.lifespan_context = lifespan
    return FrontDoor(
        app,
        http,
        frozenset(route.path for route in public),
        Reception(registers, challenge),
        Throttle(http.limits),
        cancellations,
        refused,
    )
