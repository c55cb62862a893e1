"""Early answers: what clients ask first is answered before the SDK has loaded.

Loading takes about 0.7 s, and some clients give up on a server after 0.6 s.

Only a request of the plain, expected shape is answered here. Every other line waits, in order, for
the SDK. Once loaded, the SDK gets a request of our own that opens its session in the state that
was agreed on with the client: the client's own opening has been answered.
"""

import json
import os
from collections.abc import Callable, Mapping

from server import __version__
from server.instructions import instructions, offered
from server.settings import Settings
from server.stdio.conversation import Conversation, Era
from server.stdio.requests import (
    RESERVED,
    STATELESS_VERSION,
    Message,
    Request,
    are_capabilities,
    is_identity,
    plain_message,
)

HANDSHAKE_VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
_SERVER = {"name": "incident-desk", "version": __version__}

Answer = Callable[[Settings, Message], Message | None]


class EarlyAnswers:
    """Takes the client's lines while the SDK is loading, and answers what it can.

    `backlog` has the lines that are left to the SDK (None: a line that was too long), and
    `is_owed` says whether the client waits for an answer to one of them. `opening` is the request
    that opens the SDK's session before the backlog; None if no opening was answered early.
    """

    def __init__(self, settings: Settings) -> None:
        self.backlog: list[bytes | None] = []
        self.backlog_bytes = 0
        self.is_owed = False
        self.opening: Message | None = None
        self._settings = settings
        self._conversation = Conversation()

    def take(self, line: bytes | None) -> bytes | None:
        """The answer to *line*; None if there is none, or not yet."""
        if line is not None and not line.strip():
            return None
        message = plain_message(line)
        if message is None:
            self._defer(line)
            return None
        if "id" not in message:
            self._keep(line)
            return None
        request = Request(message)
        result = self._result(request)
        if result is None:
            self._defer(line)
            return None
        self._advance(request)
        return _to_line({"jsonrpc": "2.0", "id": request.id, "result": result})

    def _defer(self, line: bytes | None) -> None:
        self._conversation.defer()
        self.is_owed = True
        self._keep(line)

    def _keep(self, line: bytes | None) -> None:
        self.backlog.append(line)
        self.backlog_bytes += len(line or b"")

    def _result(self, request: Request) -> Message | None:
        if not request.is_plain or not self._conversation.may_answer(request.era, request.method):
            return None
        if request.params and request.method != "initialize":
            return None
        return _ANSWERS[request.era, request.method](self._settings, request.params)

    def _advance(self, request: Request) -> None:
        before = self._conversation.state
        self._conversation.answer(request.era, request.method)
        if self._conversation.state is not before:
            self.opening = _opening(request)


def _initialize(settings: Settings, params: Message) -> Message | None:
    match params:
        case {"protocolVersion": str(), "capabilities": capabilities, "clientInfo": client} if (
            are_capabilities(capabilities) and is_identity(client)
        ):
            version = _agreed_version(params)
            return {"protocolVersion": version, "serverInfo": _SERVER, **_about(settings)}
    return None


def _agreed_version(params: Message) -> str:
    version: str = params["protocolVersion"]
    return version if version in HANDSHAKE_VERSIONS else HANDSHAKE_VERSIONS[-1]


def _about(settings: Settings) -> Message:
    text = instructions(settings, offered(settings))
    return {"capabilities": {"tools": {"listChanged": False}}, "instructions": text}


def _ping(_: Settings, __: Message) -> Message:
    return {}


def _list_tools(settings: Settings, _: Message) -> Message | None:
    """The reviewed snapshots. None if a setting changes a schema, or a snapshot is missing."""
    tools = []
    for entry in offered(settings):
        if any(settings.extra_values.get(variable) for variable in entry.extra_values.values()):
            return None
        try:
            tools.append(_snapshot(entry.name))
        except FileNotFoundError:
            return None
    return {"tools": tools}


def _snapshot(tool: str) -> object:
    # pathlib and importlib.resources take longer to import than all answers take together.
    path = f"{os.path.dirname(os.path.dirname(__file__))}/snapshots/{tool}.json"  # noqa: PTH120
    with open(path, encoding="utf-8") as snapshot:  # noqa: PTH123
        return json.load(snapshot)


def _discover(settings: Settings, _: Message) -> Message:
    return _stateless({"supportedVersions": [STATELESS_VERSION], **_about(settings)})


def _list_tools_stateless(settings: Settings, params: Message) -> Message | None:
    result = _list_tools(settings, params)
    return None if result is None else _stateless(result)


def _stateless(result: Message) -> Message:
    return {
        **result,
        "resultType": "complete",
        "ttlMs": 0,
        "cacheScope": "private",
        "_meta": {f"{RESERVED}serverInfo": _SERVER},
    }


_ANSWERS: Mapping[tuple[Era, str], Answer] = {
    (Era.HANDSHAKE, "ping"): _ping,
    (Era.HANDSHAKE, "initialize"): _initialize,
    (Era.HANDSHAKE, "tools/list"): _list_tools,
    (Era.STATELESS, "server/discover"): _discover,
    (Era.STATELESS, "tools/list"): _list_tools_stateless,
}
"""The results, by era and method. A result is None where only the SDK can answer."""

_ENVELOPE = {f"{RESERVED}protocolVersion": STATELESS_VERSION, f"{RESERVED}clientCapabilities": {}}


def _opening(request: Request) -> Message:
    """A request of our own that brings the SDK's session to where *request* brought the client's.

    It is plain and valid, whatever else the client's request had in it. It passes no capabilities
    on, because the server uses none.
    """
    if request.era is Era.STATELESS:
        return {"method": "server/discover", "params": {"_meta": _ENVELOPE}}
    if request.method == "ping":
        return {"method": "ping"}
    client = request.params["clientInfo"]
    params = {
        "protocolVersion": _agreed_version(request.params),
        "capabilities": {},
        "clientInfo": {"name": client["name"], "version": client["version"]},
    }
    return {"method": "initialize", "params": params}


def _to_line(message: Message) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
