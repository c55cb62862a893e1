"""Builds the ASGI application: MCP endpoint, health, metrics, access checks."""

import gc
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import anyio
from mcp.server.lowlevel import Server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.routing import Route

from server import logs
from server.app import build
from server.dispatcher import Dispatcher
from server.http import allocator, tracing
from server.http.access import MCP_PATH, METRICS_PATH, AccessMiddleware
from server.http.accounts import file as accounts_file
from server.http.accounts.verifier import AccountVerifier
from server.http.audit_log import AuditLog
from server.http.authentication import BearerAuthenticator, TokenVerifier
from server.http.board.pages import BoardPages
from server.http.budgets import Budgets, make_budgets
from server.http.call_middleware import CallMiddleware
from server.http.drain import Drain
from server.http.health import Part, Readiness, liveness
from server.http.jwt_verifier import JwtVerifier
from server.http.key_ring import KeyRing
from server.http.line_writer import LineWriter, audit_log_writer, log_writer
from server.http.metrics import Metrics
from server.http.principal import LOCAL, Principal
from server.http.refusal import Refusal, RefusalLog
from server.http.refused_keys import RefusedKeys
from server.http.running_calls import RunningCalls
from server.http.settings import HttpSettings
from server.http.throttle import Throttle
from server.http.tracing import VendorSpans
from server.instructions import offered_tools
from server.prompts import COMPLETE
from server.prompts.catalogue import COMPLETION_SCHEMA
from server.settings import KEYS, Settings
from server.single_flight import SingleFlight
from server.vendor_key import Keys, NamedKey, service_keys
from tools.catalogue import GRANTABLE, VENDORS
from tools.connection import Attempt, Observe
from tools.schema import complete_schema

Reload = Callable[[], None]
"""Reads the accounts file again."""


def create_app(
    settings: Settings,
    http: HttpSettings,
    on_reload: Callable[[Reload], None] = lambda _: None,
    audit_writer: LineWriter | None = None,
) -> AccessMiddleware:
    """Build the ASGI application of one process.

    If there is an accounts file, *on_reload* is called with the function that reloads it.
    *audit_writer* is closed at the end. The default writes to stdout.

    Raises:
        SettingsError: the accounts file cannot be used.
    """
    key_ring = KeyRing(service_keys(settings.keys))
    metrics = Metrics(key_ring)
    refused_keys = RefusedKeys(metrics.record_key)
    drain = Drain(http.drain_s, on_begin=partial(metrics.draining.set, 1))
    audit_writer, stderr_writer = _line_writers(audit_writer, metrics)
    budgets = make_budgets(settings.limits, http, metrics.registry, key_ring)
    observers: list[Observe] = [metrics.record_attempt, VendorSpans().record_attempt]
    dispatcher = Dispatcher(
        settings,
        observe=_to_all(observers),
        make_budget=budgets.budget,
        single_flight=SingleFlight(http.copies.fresh_s, metrics.record_reuse),
    )
    parts: list[Part] = [audit_writer, stderr_writer, budgets]
    readiness = Readiness(
        settings.keys, dispatcher.probe, parts, drain, refused_keys=refused_keys, key_ring=key_ring
    )
    observers.append(readiness.record_attempt)

    shared_keys = dispatcher.service_keys if http.shares_keys else {}
    accounts = _account_verifier(http, dispatcher, shared_keys, key_ring, refused_keys)
    if accounts:
        on_reload(accounts.reload)
    jwt_verifier = JwtVerifier(http.oauth, keys=shared_keys) if http.oauth else None
    throttle = Throttle(http.limits)
    on_refusal = _record_refusals(metrics)
    anonymous = replace(LOCAL, keys=shared_keys)
    board = BoardPages(http, accounts, anonymous, throttle, on_refusal) if http.has_board else None
    public = _public_routes(readiness, jwt_verifier, board)
    running_calls = RunningCalls()
    audit_log = AuditLog(_schemas(dispatcher), audit_writer.write)
    server = build(dispatcher, offered_tools(settings, KEYS, with_pages=True))
    server.middleware.append(CallMiddleware(dispatcher, audit_log, metrics, running_calls))
    app = _mcp_app(server, http, [*public, Route(METRICS_PATH, metrics.respond)])
    _extend_lifespan(app, dispatcher, budgets, audit_writer, stderr_writer)
    return AccessMiddleware(
        app,
        http,
        public_paths=frozenset(route.path for route in public),
        authenticator=_authenticator(accounts, jwt_verifier, anonymous),
        board=board.gate if board else None,
        throttle=throttle,
        running_calls=running_calls,
        drain=drain,
        on_refusal=on_refusal,
    )


def _line_writers(
    audit_writer: LineWriter | None, metrics: Metrics
) -> tuple[LineWriter, LineWriter]:
    """The writers of the audit log and of the log. The metrics count the lines that they lose."""
    audit_writer = audit_writer or audit_log_writer()
    audit_writer.on_lost = metrics.audit_lines_lost.inc
    stderr_writer = log_writer()
    stderr_writer.on_lost = metrics.log_lines_lost.inc
    return audit_writer, stderr_writer


def _to_all(observers: Sequence[Observe]) -> Observe:
    """Calls all *observers*, also those that are added later."""

    def observe(attempt: Attempt) -> None:
        for observer in observers:
            observer(attempt)

    return observe


def _record_refusals(metrics: Metrics) -> Callable[[Refusal], None]:
    refusal_log = RefusalLog()

    def record(refusal: Refusal) -> None:
        metrics.record_refusal(refusal)
        refusal_log.log(refusal)

    return record


def _public_routes(
    readiness: Readiness, jwt_verifier: JwtVerifier | None, board: BoardPages | None
) -> list[Route]:
    """The routes of requests without a token."""
    routes = [Route("/healthz", liveness), Route("/readyz", readiness.respond)]
    if jwt_verifier:
        routes += jwt_verifier.metadata_routes
    if board:
        routes += board.routes
    return routes


def _schemas(dispatcher: Dispatcher) -> dict[str, Mapping[str, object]]:
    """The schemas of the calls in the audit log, by name: tools and completions."""
    schemas: dict[str, Mapping[str, object]] = {
        name: complete_schema(tool.arguments) for name, tool in dispatcher.tools.items()
    }
    return schemas | {COMPLETE: COMPLETION_SCHEMA}


def _account_verifier(
    http: HttpSettings,
    dispatcher: Dispatcher,
    shared_keys: Keys,
    key_ring: KeyRing,
    refused_keys: RefusedKeys,
) -> AccountVerifier | None:
    if not http.accounts_file:
        return None

    def on_load(account_keys: frozenset[NamedKey]) -> None:
        logs.redact(key.value for _, key in account_keys)
        refused_keys.forget(key_ring.replace_account_keys(account_keys))
        dispatcher.retain(account_keys)

    load = partial(
        accounts_file.load,
        http.accounts_file,
        GRANTABLE,
        dispatcher.service_keys,
        is_sandbox=dispatcher.settings.sandbox,
    )
    return AccountVerifier(load, shared_keys=shared_keys, on_load=on_load)


def _authenticator(
    accounts: AccountVerifier | None, jwt_verifier: JwtVerifier | None, anonymous: Principal
) -> BearerAuthenticator:
    verifiers: list[TokenVerifier] = []
    challenge = "Bearer"
    if accounts:
        verifiers.append(accounts)
    if jwt_verifier:
        verifiers.append(jwt_verifier)
        challenge = jwt_verifier.challenge
    return BearerAuthenticator(verifiers, challenge, anonymous)


def _mcp_app(server: Server[Dispatcher], http: HttpSettings, routes: list[Route]) -> Starlette:
    return server.streamable_http_app(
        streamable_http_path=MCP_PATH,
        stateless_http=True,
        max_request_body_size=http.limits.body_bytes,
        # `AccessMiddleware` checks hosts. The SDK's check accepts "localhost:1@evil.example" as
        # localhost, and does not cover the other routes.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        custom_starlette_routes=routes,
    )


def _prepare_budgets(budgets: Budgets, keys: Keys) -> None:
    """Make the budgets of the service's own keys, so that they are ready for the first call."""
    for vendor in VENDORS:
        if vendor.name in keys:
            budgets.budget(vendor, keys[vendor.name])


def _extend_lifespan(
    app: Starlette,
    dispatcher: Dispatcher,
    budgets: Budgets,
    audit_writer: LineWriter,
    stderr_writer: LineWriter,
) -> None:
    """Start and stop our background tasks and log writers with the SDK's own lifespan."""
    sdk_lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        try:
            with tracing.export():
                async with sdk_lifespan(app), budgets, anyio.create_task_group() as tasks:
                    _prepare_budgets(budgets, dispatcher.service_keys)
                    tasks.start_soon(allocator.trim_regularly)
                    # A large body can cause a full garbage collection, which stops all calls. It
                    # takes 10 ms instead of 70 if it skips the objects that exist already.
                    gc.freeze()
                    yield
                    tasks.cancel_scope.cancel()
        finally:
            # First the audit log, because the log reports the lines that the audit log loses.
            await anyio.to_thread.run_sync(audit_writer.close)
            await anyio.to_thread.run_sync(stderr_writer.flush)

    app.router.lifespan_context = lifespan
