"""Early answers: the first requests of a client are answered before the SDK has loaded.

Loading takes about 0.7 s, and some clients give up on a server after 0.6 s.

Only requests of the usual shape are answered here. All other lines wait for the SDK, in their
order. The client's first request may have been answered early, so the SDK has not seen it. Then the
SDK first gets a request of our own, the opening. It brings the SDK's session into the same state.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence

from server import __version__
from server.instructions import TTL_MS, instructions, offered_tools
from server.mcp_apps import CLIENT_CAPABILITIES, EXTENSION, have_pages, shows_pages
from server.prompts import are_offered
from server.settings import Settings
from server.stdio.conversation import Conversation, Era
from server.stdio.requests import (
    RESERVED,
    STATELESS_VERSION,
    JsonObject,
    Request,
    are_capabilities,
    is_identity,
    parse,
)
from tools.catalogue import ToolEntry

_Offered = Sequence[ToolEntry]
HANDSHAKE_VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
_SERVER = {"name": "incident-desk", "version": __version__}
_CLOSED = {"code": -32000, "message": "Connection closed"}


class EarlyAnswers:
    """Takes the client's lines while the SDK is loading, and answers those that it can.

    * `backlog`: the lines that are left to the SDK. None stands for a line that was too long.
    * `owes_answer`: whether the client waits for an answer to a line of the backlog.
    * `opening`: the request that opens the SDK's session before the backlog. It is None if no
      request that opens a session was answered early.
    """

    def __init__(self, settings: Settings) -> None:
        self.backlog: list[bytes | None] = []
        self.backlog_bytes = 0
        self.owes_answer = False
        self.opening: JsonObject | None = None
        self._settings = settings
        self._conversation = Conversation()
        self._has_initialized_with_pages = False
        """Whether the client said in the handshake that it shows pages."""

    def take(self, line: bytes | None) -> bytes | None:
        """The answer to *line*. None if there is no answer, or if the SDK must give it."""
        if line is not None and not line.strip():
            return None
        request = parse(line)
        if request is None:
            self._defer(line, None)
            return None
        if request.id is None:
            self._add_to_backlog(line)
            return None
        result = self._result(request)
        if result is None:
            self._defer(line, request.method)
            return None
        self._advance(request)
        return _to_line({"jsonrpc": "2.0", "id": request.id, "result": result})

    def refusals(self) -> list[bytes]:
        """An error for each request of the backlog, if the server ends before the SDK has loaded.

        The SDK sends the same error for a call that the end of the server cancels.
        """
        requests = map(parse, self.backlog)
        ids = [request.id for request in requests if request and request.id is not None]
        return [_to_line({"jsonrpc": "2.0", "id": id_, "error": _CLOSED}) for id_ in ids]

    def _defer(self, line: bytes | None, method: str | None) -> None:
        self._conversation.defer(method)
        self.owes_answer = True
        self._add_to_backlog(line)

    def _add_to_backlog(self, line: bytes | None) -> None:
        self.backlog.append(line)
        self.backlog_bytes += len(line or b"")

    def _result(self, request: Request) -> JsonObject | None:
        """The result for *request*. None if only the SDK can answer."""
        if not request.has_usual_meta:
            return None
        if not self._conversation.may_answer(request.era, request.method):
            return None
        if request.params and request.method != "initialize":
            return None
        offered = offered_tools(self._settings, with_pages=self._shows_pages(request))
        make_result = _RESULTS[request.era, request.method]
        result = make_result(self._settings, request.params, offered)
        if result is not None and request.era is Era.STATELESS:
            return _stateless(result)
        return result

    def _shows_pages(self, request: Request) -> bool:
        """Whether the client shows pages, as far as it has said until *request*."""
        if request.era is Era.STATELESS:
            return shows_pages(request.capabilities)
        if request.method == "initialize":
            return shows_pages(request.params.get("capabilities"))
        return self._has_initialized_with_pages

    def _advance(self, request: Request) -> None:
        state = self._conversation.state
        self._has_initialized_with_pages = self._shows_pages(request)
        self._conversation.answer(request.era, request.method)
        if self._conversation.state is not state:
            self.opening = _opening(request)


def _initialize(settings: Settings, params: JsonObject, offered: _Offered) -> JsonObject | None:
    match params:
        case {
            "protocolVersion": str(version),
            "capabilities": capabilities,
            "clientInfo": client,
        } if are_capabilities(capabilities) and is_identity(client):
            return {
                "protocolVersion": _agreed_version(version),
                "serverInfo": _SERVER,
                **_description(settings, offered),
            }
    return None


def _agreed_version(version: str) -> str:
    return version if version in HANDSHAKE_VERSIONS else HANDSHAKE_VERSIONS[-1]


def _description(settings: Settings, offered: _Offered) -> JsonObject:
    capabilities: JsonObject = {"tools": {"listChanged": False}}
    if are_offered(offered):
        capabilities |= {"prompts": {"listChanged": False}, "completions": {}}
    if have_pages(offered):
        resources = {"subscribe": False, "listChanged": False}
        capabilities |= {"resources": resources, "extensions": {EXTENSION: {}}}
    return {"capabilities": capabilities, "instructions": instructions(settings, offered)}


def _ping(*_: object) -> JsonObject:
    return {}


def _list_tools(settings: Settings, _: JsonObject, offered: _Offered) -> JsonObject | None:
    """The committed snapshots. None if a setting changes a schema, or if a snapshot is missing."""
    tools = []
    for entry in offered:
        if any(settings.extra_values.get(variable) for variable in entry.extra_values.values()):
            return None
        try:
            tools.append(_snapshot(entry.name))
        except FileNotFoundError:
            return None
    return {"tools": tools}


def _snapshot(tool: str) -> object:
    # Importing pathlib or importlib.resources takes longer than all early answers together.
    path = f"{os.path.dirname(os.path.dirname(__file__))}/snapshots/{tool}.json"  # noqa: PTH120
    with open(path, encoding="utf-8") as snapshot:  # noqa: PTH123
        return json.load(snapshot)


def _list_prompts(_: Settings, __: JsonObject, offered: _Offered) -> JsonObject | None:
    """The prompts. None if there are none: then the SDK says that there is no such method."""
    if not are_offered(offered):
        return None
    # The handshake needs no prompts.
    from server.prompts.catalogue import listing

    return {"prompts": listing()}


def _discover(settings: Settings, _: JsonObject, offered: _Offered) -> JsonObject:
    return {"supportedVersions": [STATELESS_VERSION], **_description(settings, offered)}


def _stateless(result: JsonObject) -> JsonObject:
    """*result* with the members that every result of the stateless era has."""
    return {
        **result,
        "resultType": "complete",
        "ttlMs": TTL_MS,
        "cacheScope": "private",
        "_meta": {f"{RESERVED}serverInfo": _SERVER},
    }


_MakeResult = Callable[[Settings, JsonObject, _Offered], "JsonObject | None"]
"""Makes a result from the request's params and the tools that the client is offered."""
_RESULTS: Mapping[tuple[Era, str], _MakeResult] = {
    (Era.HANDSHAKE, "ping"): _ping,
    (Era.HANDSHAKE, "initialize"): _initialize,
    (Era.HANDSHAKE, "tools/list"): _list_tools,
    (Era.HANDSHAKE, "prompts/list"): _list_prompts,
    (Era.STATELESS, "server/discover"): _discover,
    (Era.STATELESS, "tools/list"): _list_tools,
    (Era.STATELESS, "prompts/list"): _list_prompts,
}
"""The function for each era and method. It returns None if only the SDK can answer."""

_ENVELOPE = {f"{RESERVED}protocolVersion": STATELESS_VERSION, f"{RESERVED}clientCapabilities": {}}


def _opening(request: Request) -> JsonObject:
    """A request of our own that brings the SDK's session into the state after *request*.

    It is valid even if parts of *request* are not. Of the client's capabilities, it has the one
    that the server uses.
    """
    if request.era is Era.STATELESS:
        return {"method": "server/discover", "params": {"_meta": _ENVELOPE}}
    match request.params:
        case {
            "protocolVersion": str(version),
            "capabilities": capabilities,
            "clientInfo": {"name": client_name, "version": client_version},
        }:
            params = {
                "protocolVersion": _agreed_version(version),
                "capabilities": CLIENT_CAPABILITIES if shows_pages(capabilities) else {},
                "clientInfo": {"name": client_name, "version": client_version},
            }
            return {"method": "initialize", "params": params}
    return {"method": "ping"}


def _to_line(message: JsonObject) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
