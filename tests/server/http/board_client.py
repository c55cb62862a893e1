"""The bytes of requests to the board, and a login."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from tests.server.http.served import META, Answer, ask, request

FORM = "application/x-www-form-urlencoded"
ORIGIN = "http://localhost"
"""Of our own page, as `request` names the host."""
_NO_MESSAGE: Mapping[str, str | None] = {"MCP_Protocol_Version": None, "Mcp_Method": None}
"""What only programs send."""


def page(path: str = "/board", *, method: str = "GET", **headers: str | None) -> bytes:
    """The bytes with which a browser asks for a page."""
    own = {"Accept": "text/html", "Content_Type": None, **_NO_MESSAGE, **headers}
    return request("", method=method, path=path, **own)


def form(path: str, fields: Mapping[str, str] | str = "", **headers: str | None) -> bytes:
    """The bytes with which a browser sends a form of our own page."""
    body = fields if isinstance(fields, str) else urlencode(fields)
    own = {"Accept": "text/html", "Content_Type": FORM, "Origin": ORIGIN, **_NO_MESSAGE, **headers}
    return request(body, method="POST", path=path, **own)


def login(token: str, **headers: str | None) -> bytes:
    return form("/board/login", {"token": token}, **headers)


def message(**headers: str | None) -> bytes:
    """The bytes with which our own page asks for the list of tools."""
    own = {"Origin": ORIGIN, **headers}
    return request(method="POST", path="/board/mcp", **own)


def board_call(tool: str, arguments: Mapping[str, Any], **headers: str | None) -> bytes:
    """The bytes with which our own page calls a tool."""
    params = {"name": tool, "arguments": arguments, "_meta": META}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    own = {"Origin": ORIGIN, "Mcp_Method": "tools/call", "Mcp_Name": tool, **headers}
    return request(json.dumps(body), method="POST", path="/board/mcp", **own)


def cookie_of(answer: Answer) -> str:
    """What a browser sends back after an answer that sets a cookie."""
    return answer[1]["set-cookie"].partition(";")[0]


def session(port: int, token: str, **headers: str | None) -> str:
    """The cookie of a person who has logged in."""
    answer = ask(port, login(token, **headers))
    assert answer[0] == 303
    return cookie_of(answer)
