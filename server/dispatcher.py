"""Runs tools: the name of a tool and arguments in, a result out. It does not depend on MCP."""

import logging
import secrets
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import anyio
import httpx
from pydantic_core import to_json

from server.caller import Caller
from server.connections import Connections, MakeBudget
from server.instructions import offered_tools
from server.not_configured import how_to_configure
from server.settings import Settings
from server.vendor_key import NamedKey, VendorKey, service_keys
from tools.catalogue import VENDORS, load_tools
from tools.connection import (
    CallRecord,
    Clock,
    Connection,
    Observe,
    Progress,
    ignore_progress,
    utc_now,
)
from tools.errors import NotConfigured, RateLimited, TimedOut, ToolError
from tools.request import get, loads
from tools.tool import Tool
from tools.validation import validate
from tools.vendor import Vendor

if TYPE_CHECKING:
    from server.single_flight import SingleFlight

logger = logging.getLogger(__name__)

MAX_ERROR_CHARS = 4_000


@dataclass(frozen=True)
class Result:
    """The result of a call. `text` is compact JSON.

    `structured` has the same facts, with the rows under `rows_key`. `columns` are the members that
    rows can have, in their order; empty if they are not known. An error has only a text.

    `page` is for a page that shows the result to people. Models do not get it.
    """

    text: str
    structured: dict[str, Any] | None = None
    rows_key: str = ""
    columns: Sequence[str] = ()
    page: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        return self.structured is None


class Dispatcher:
    """Answers calls while its `async with` block runs.

    Connections open with the first request with a vendor key and are kept alive. With a
    *transport*, requests go to that instead of the network. Without *make_budget*, each vendor key
    has a budget of this process alone.

    With *single_flight*, the calls share identical requests with one vendor key.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        observe: Observe = lambda _: None,
        transport: httpx.AsyncBaseTransport | None = None,
        make_budget: MakeBudget | None = None,
        single_flight: "SingleFlight | None" = None,
    ) -> None:
        self.settings = settings
        self.service_keys = service_keys(settings.keys)
        tools = load_tools(settings.extra_values)
        self.tools: Mapping[str, Tool[Any]] = {tool.name: tool for tool in tools}
        self.clock = clock or _clock(settings)
        self._single_flight = single_flight
        self._connections = Connections(
            settings, self.clock, observe, transport, make_budget, single_flight
        )

    async def __aenter__(self) -> Self:
        if self._single_flight:
            await self._single_flight.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._single_flight:
            await self._single_flight.__aexit__()
        await self._connections.close()

    @property
    def own_caller(self) -> Caller:
        """The caller who has the keys of this installation."""
        return Caller(keys=self.service_keys)

    @property
    def offered_tools(self) -> list[Tool[Any]]:
        """The tools that clients see."""
        return [self.tools[entry.name] for entry in offered_tools(self.settings)]

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        progress: Progress = ignore_progress,
        caller: Caller | None = None,
    ) -> Result:
        """Validate the arguments, run the tool, and lay out its answer.

        Every failure becomes a result that an agent can act on. Long calls report to *progress*.
        Without a *caller*, the keys are those of this installation.

        Raises:
            KeyError: there is no such tool.
        """
        tool = self.tools[name]
        caller = caller or self.own_caller
        record = CallRecord(began_at=anyio.current_time())
        try:
            if self.settings.problems:
                raise NotConfigured(how_to_configure(self.settings, tool.vendor))
            return await self._run(tool, arguments, progress, caller, record)
        except ToolError as error:
            logger.info("%s: %s", name, error.code)
            return Result(_error_text(error.code, error), page=self._page(record))
        except Exception:
            request_id = secrets.token_hex(8)
            logger.exception("%s failed; request id %s", name, request_id)
            bug = ToolError(
                f"This is a bug of incident-desk; its log has the request id {request_id}."
            )
            return Result(_error_text("internal", bug), page=self._page(record))

    async def _run(
        self,
        tool: Tool[Any],
        arguments: Mapping[str, Any],
        progress: Progress,
        caller: Caller,
        record: CallRecord,
    ) -> Result:
        vendor, limits = tool.vendor, self.settings.limits
        question = validate(tool.arguments, arguments, now=self.clock(), vendor=vendor.title)
        timeout_s = tool.timeout_s(question, limits)
        try:
            # The one deadline of the call. Everything below reads it from this cancel scope.
            with (
                self.using(vendor, caller, progress, record) as connection,
                anyio.fail_after(timeout_s),
            ):
                answer = await tool.run(question, connection)
                answer.mark(record)
                layout = answer.lay_out(limits.max_result_chars)
        except TimeoutError:
            raise _out_of_time(vendor, record, timeout_s) from None
        except ToolError as error:
            # A failure that may pass says nothing about the answers that the call had before it.
            if not error.retryable:
                for clean_up in record.on_error:
                    clean_up()
            raise
        page = self._page(record, **layout.page)
        return Result(layout.text, layout.structured, answer.rows_key, answer.columns, page)

    def _page(self, record: CallRecord, **answer: Any) -> dict[str, Any]:
        """What a page gets that shows this call; empty if no page does."""
        if not record.page:
            return {}
        is_sandbox = record.is_sandbox or self.settings.sandbox
        return {**record.page, **answer, "sandbox": is_sandbox}

    async def probe(self, name: str) -> None:
        """Send the smallest request of the vendor *name*, with its key.

        The cancel scope around it sets the deadline.

        Raises:
            ToolError: the vendor could not be reached, or refused the request.
        """
        [vendor] = [vendor for vendor in VENDORS if vendor.name == name]
        connection = self.connection(vendor)
        await get(connection, vendor.probe_path, vendor.probe_params, parse=loads)

    def connection(self, vendor: Vendor) -> Connection:
        """The connection to *vendor* with the key of this installation.

        It opens with the first request, and stays open.

        Raises:
            NotConfigured: the vendor has no key, or a setting of the network is wrong.
        """
        return self._connections.get(vendor, self._key(vendor, self.own_caller))

    def using(
        self,
        vendor: Vendor,
        caller: Caller,
        progress: Progress = ignore_progress,
        record: CallRecord | None = None,
    ) -> AbstractContextManager[Connection]:
        """The connection to *vendor* for a call of *caller*, which ends with the block.

        Raises:
            NotConfigured: the caller has no key, or a setting of the network is wrong.
        """
        key = self._key(vendor, caller)
        return self._connections.using(vendor, key, caller.identity, progress, record)

    def _key(self, vendor: Vendor, caller: Caller) -> VendorKey:
        if vendor.name in caller.keys:
            return caller.keys[vendor.name]
        raise NotConfigured(
            how_to_configure(self.settings, vendor, can_configure=caller.can_configure)
        )

    def retain(self, keys: Collection[NamedKey]) -> None:
        """Close the connections that have neither a key of this installation nor one of *keys*.

        Running calls end first.
        """
        self._connections.retain([*keys, *self.service_keys.items()])


def _clock(settings: Settings) -> Clock:
    """The clock of the settings: made-up data may have its own."""
    now = settings.sandbox_now
    if now is None or not settings.sandbox:
        return utc_now
    return lambda: now


def _out_of_time(vendor: Vendor, record: CallRecord, timeout_s: float) -> ToolError:
    message = record.timeout_message(timeout_s) if record.timeout_message else ""
    if message:
        return TimedOut(message)
    if record.was_sent is False:
        return RateLimited(
            "Too many calls at once: "
            f"a request to {vendor.title} did not have its turn within {timeout_s:g} s."
        )
    reason = f": {record.stall}" if record.stall else ""
    return TimedOut(f"{vendor.title} did not answer within {timeout_s:g} s{reason}.")


def _error_text(code: str, error: ToolError) -> str:
    """An error as compact JSON of at most `MAX_ERROR_CHARS` characters.

    Details that do not fit are only counted.
    """
    facts: dict[str, Any] = {"code": code, "message": str(error)}
    if error.retry_after_s is not None:
        facts["retry_after_s"] = error.retry_after_s
    if error.request_id is not None:
        facts["request_id"] = error.request_id
    facts["retryable"] = error.retryable
    room = MAX_ERROR_CHARS - len(_json({"error": facts}))
    number = _number_that_fit(error.details, room)
    more_details = error.more_details + len(error.details) - number
    if more_details:
        facts["more_details"] = more_details
    if number:
        facts["details"] = error.details[:number]
    return _json({"error": facts})


def _number_that_fit(details: Sequence[Any], room: int) -> int:
    """How many of the first *details* fit into *room* characters of JSON."""
    # Their brackets, and the count of those that do not fit, take room, too.
    room -= len(',"more_details":1000000,"details":[]')
    for number, detail in enumerate(details):
        room -= len(_json(detail)) + 1
        if room < 0:
            return number
    return len(details)


def _json(value: Any) -> str:
    return to_json(value).decode()
