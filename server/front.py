"""Early answers: what clients ask first is known before the SDK has loaded, and some give up on a server after 0.6 s.

Whatever is not plainly one of these questions waits, in order, for the SDK. It also gets the question that decides the
protocol's era, and the handshake, because it must know of them; what it answers to these is dropped.
Without this file and the call of it in `server.stdio`, all is the same, only later.
"""

import json
import os
import select
import signal
import threading
from collections.abc import Callable, Mapping

from server import __version__
from server.instructions import instructions, offered
from server.settings import Settings
from server.wire import MAX_LINE, Wire

HANDSHAKES = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN = "2026-07-28"
_SERVER = {"name": "incident-desk", "version": __version__}
_PATIENCE_S = 0.02
"""Loading takes the processor from the answers: it begins once the tools are listed, or when nothing was asked for so long."""

Message = Mapping[str, object]


def answer_early(settings: Settings, wire: Wire, load: Callable[[], None]) -> "Front":
    """Answer while *load* runs in a thread: until it is done, a signal comes, or the client has left and waits for nothing."""
    front = Front(settings)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)

    def loading() -> None:
        try:
            load()
        finally:
            os.write(wake, b"loaded")

    thread = threading.Thread(target=loading, daemon=True)
    is_quiet = False
    while not wire.ended or front.owes:
        if not thread.ident and (is_quiet or front.owes or front.has_listed):
            thread.start()
        reading = [woken] if wire.ended or front.kept_bytes > MAX_LINE else [woken, wire.source]
        writing = [wire.sink] if wire.unsent else []
        readable, _, _ = select.select(reading, writing, [], None if thread.ident else _PATIENCE_S)
        if woken in readable:
            break
        for line in wire.read() if wire.source in readable else ():
            if answer := front.take(line):
                wire.write(answer)
        wire.flush()
        is_quiet = not readable
    signal.set_wakeup_fd(-1)
    return front


class Front:
    """Takes lines, and gives the answers that are known. `kept` is for the SDK, whose answers to `dropped` ids are not sent."""

    def __init__(self, settings: Settings) -> None:
        self.kept: list[bytes | None] = []
        self.kept_bytes = 0
        self.dropped: set[str] = set()
        self.owes = self.has_listed = False
        self._settings = settings
        self._era: str | None = None
        self._has_met = self._gives_up = False

    def take(self, line: bytes | None) -> bytes | None:
        if line is not None and not line.strip():
            return None
        message = _message(line)
        method = message.get("method")
        decides = self._era is None or method == "initialize"
        result = (
            self._result(method, message.get("params", {}))
            if "id" in message and not self._gives_up
            else None
        )
        if result is None:
            self.owes |= "id" in message or not message
            # Only the SDK can tell what such a message makes of the connection.
            self._gives_up |= decides or not message
            self._keep(line)
            return None
        if decides:
            alias = f"{message['id']} (answered early)"
            self.dropped.add(alias)
            self._keep(_line({**message, "id": alias}))
        self.has_listed |= method == "tools/list"
        return _line({"jsonrpc": "2.0", "id": message["id"], "result": result})

    def _keep(self, line: bytes | None) -> None:
        self.kept.append(line)
        self.kept_bytes += len(line or b"")

    def _result(self, method: object, params: object) -> Message | None:
        match method, params:
            case _, {
                "_meta": {"io.modelcontextprotocol/protocolVersion": version, **meta},
                **others,
            }:
                is_known = (
                    version == MODERN
                    and self._era in (None, MODERN)
                    and not others
                    and _is_envelope(meta)
                )
                result = self._modern(method) if is_known else None
                self._era = MODERN if result else self._era
                return result
            case _ if self._era == MODERN:
                return None
            case "initialize", {
                "protocolVersion": str(version),
                "capabilities": offers,
                "clientInfo": client,
                **others,
            } if _is_capabilities(offers) and _is_identity(client) and _is_usual(others):
                self._era, self._has_met = HANDSHAKES[-1], True
                chosen = version if version in HANDSHAKES else HANDSHAKES[-1]
                return {"protocolVersion": chosen, "serverInfo": _SERVER, **self._about()}
            case "ping", {**others} if _is_usual(others):
                self._era = HANDSHAKES[-1]
                return {}
            case "tools/list", {**others} if self._has_met and _is_usual(others):
                return self._tools()
        return None

    def _modern(self, method: object) -> Message | None:
        if method == "server/discover":
            result: Message | None = {"supportedVersions": [MODERN], **self._about()}
        else:
            result = self._tools() if method == "tools/list" else None
        stamp = {"_meta": {"io.modelcontextprotocol/serverInfo": _SERVER}}
        return (
            {**result, "resultType": "complete", "ttlMs": 0, "cacheScope": "private", **stamp}
            if result
            else None
        )

    def _about(self) -> Message:
        about = instructions(self._settings, offered(self._settings))
        return {"capabilities": {"tools": {"listChanged": False}}, "instructions": about}

    def _tools(self) -> Message | None:
        """The reviewed snapshots; nothing where the settings change what they say."""
        entries = offered(self._settings)
        variables = [variable for entry in entries for variable in entry.extra_values.values()]
        if any(self._settings.extra_values.get(variable) for variable in variables):
            return None
        try:
            return {"tools": [_snapshot(entry.name) for entry in entries]}
        except FileNotFoundError:  # A new tool, whose snapshot is not written yet.
            return None


def _snapshot(tool: str) -> object:
    # pathlib and importlib.resources would take longer to import than this takes altogether.
    with open(f"{os.path.dirname(__file__)}/snapshots/{tool}.json", encoding="utf-8") as snapshot:  # noqa: PTH120, PTH123
        return json.load(snapshot)


def _message(line: bytes | None) -> Message:
    """The message on *line*; empty where it is not plainly a request or a notification that every parser reads alike."""
    try:
        # Lone surrogates are JSON to some parsers only.
        message: Message = json.loads(line.decode()) if line and b"\\ud" not in line.lower() else {}
    except (ValueError, RecursionError):
        return {}
    match message:
        case {"jsonrpc": "2.0", "method": str(), **others} if others.keys() <= {"id", "params"}:
            id_ = others.get("id", 0)
            if isinstance(id_, str | int) and not isinstance(id_, bool):
                return message
    return {}


def _line(message: Message) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _is_usual(others: Mapping[object, object]) -> bool:
    """Whether the parameters beside a question's own are at most a `_meta` that changes nothing."""
    meta = others.get("_meta", {})
    return (
        others.keys() <= {"_meta"}
        and isinstance(meta, dict)
        and all(type(value) in (str, int) for value in meta.values())
    )


def _is_envelope(meta: Mapping[object, object]) -> bool:
    match meta:
        case {"io.modelcontextprotocol/clientCapabilities": capabilities, **others}:
            client = others.pop("io.modelcontextprotocol/clientInfo", {"name": "", "version": ""})
            return (
                _is_capabilities(capabilities)
                and _is_identity(client)
                and _is_usual({"_meta": others})
                and not any(str(key).startswith("io.modelcontextprotocol/") for key in others)
            )
    return False


def _is_identity(client: object) -> bool:
    match client:
        case {"name": str(), "version": str(), **others}:
            known = others.keys() <= {"title", "description", "websiteUrl"}
            return known and all(isinstance(text, str) for text in others.values())
    return False


def _is_capabilities(capabilities: object) -> bool:
    match capabilities:
        case {"roots": {"listChanged": changes}, **others} if isinstance(changes, bool):
            pass
        case {**others}:
            pass
        case _:
            return False
    return all(_is_objects(value, 3 if name == "tasks" else 1) for name, value in others.items())


def _is_objects(value: object, depth: int) -> bool:
    """Whether *value* is an object, and what is in it *depth* levels down, too."""
    return isinstance(value, dict) and (
        not depth or all(_is_objects(inner, depth - 1) for inner in value.values())
    )
