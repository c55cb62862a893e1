"""The model: an HTTP server on loopback that calls tools as a script says, and keeps requests."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from model.api import Api, Body
from model.turn import SEARCH, Call, Turn

_SEARCH = {"query": "incidents"}
_FAREWELL = "That is all."
_CONVERSATION = {"messages", "input", "contents"}  # one of them is in each request for a turn


@dataclass(frozen=True)
class Step:
    """A call that the model is to make: the name of our tool, and its arguments."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass
class Endpoint:
    """A scripted model.

    * `script`: the calls that it makes, one a turn.
    * `url`: where it listens.
    * `requests`: what it was sent.

    The number of results in a request says which call is next. So a host may repeat a request. A
    request without our tools, such as one for the title of the session, gets a short text.
    """

    api: Api
    script: Sequence[Step]
    url: str = ""
    requests: list[Body] = field(default_factory=list)

    def turn(self, body: Body) -> Turn:
        number = len(self.api.results(body))
        if number >= len(self.script):
            return _FAREWELL
        step = self.script[number]
        tools = self.api.tools(body)
        for tool in tools:
            if tool.name.endswith(step.tool):
                return Call(f"call_{number}", tool, step.arguments)
        for tool in tools:
            if tool.name == SEARCH:
                return Call("search", tool, _SEARCH)
        return _FAREWELL


@contextmanager
def serve(api: Api, script: Sequence[Step]) -> Iterator[Endpoint]:
    """Answer as *script* says until the block ends."""
    endpoint = Endpoint(api, script)

    class Handler(_Handler):
        model = endpoint

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        endpoint.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield endpoint
        server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: Endpoint

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = json.loads(content or "{}")
        if not isinstance(body, dict) or _CONVERSATION.isdisjoint(body):
            self.do_GET()
            return
        self.model.requests.append(body)
        reply = self.model.api.reply(urlsplit(self.path).path, body, self.model.turn(body))
        self._send(200, reply.content_type, reply.text)

    def do_GET(self) -> None:
        self._send(404, "application/json", "{}")

    do_HEAD = do_GET  # noqa: N815

    def _send(self, status: int, content_type: str, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Write no access log."""
