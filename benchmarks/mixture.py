"""HTTP requests of every kind, in both protocol eras: valid, with mistakes, and refused.

All values that a client can choose are different each time: names, ids, arguments, tokens, hosts.
If the server kept any of them forever, its memory would grow.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from benchmarks.load import META, VERSION
from tools.incident_io.resource_types import RESOURCE_TYPES
from tools.rootly.grouping import DIMENSIONS
from tools.rootly.relations import RELATIONS
from tools.rootly.vocabulary import SORTS, STATUSES

_HANDSHAKE = ("", "2025-03-26", "2025-06-18", "2025-11-25")
"""Versions of the handshake era. An empty one stands for a client without a version header."""


@dataclass(frozen=True)
class Question:
    """A message and how it is sent. A `body` replaces the message, for invalid messages."""

    method: str = "tools/call"
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    target: str = "POST /mcp"


@dataclass(frozen=True)
class Kind:
    """A kind of request: its weight, a function that makes one, and the HTTP statuses allowed."""

    name: str
    weight: int
    make: Callable[[Random], Question]
    statuses: frozenset[int]


def _call(tool: str, **arguments: Any) -> Question:
    return Question(params={"name": tool, "arguments": arguments})


def _word(rng: Random) -> str:
    return f"x{rng.getrandbits(48):x}"


def _small_page(rng: Random) -> Question:
    return _call("list_incidents", page_size=rng.randint(1, 25))


def _large_page(rng: Random) -> Question:
    include = {"include": [rng.choice([*RELATIONS])]}
    view = rng.choice(({"view": "full"}, {"view": "table"}, include))
    return _call("list_incidents", page_size=rng.randint(50, 100), **view)


def _filtered(rng: Random) -> Question:
    filters = {
        "status": rng.sample(STATUSES, 3),
        "created_at": {"gte": f"-{rng.randint(1, 9_999)}h"},
    }
    return _call("list_incidents", sort=rng.choice(SORTS), page_size=5, **filters)


def _searched(rng: Random) -> Question:
    words = rng.choice(("database", "timeout", _word(rng)))
    return _call("list_incidents", search=words, page_size=10)


def _grouped(rng: Random) -> Question:
    return _call("list_incidents", group_by=rng.sample([*DIMENSIONS], rng.randint(1, 2)))


def _attached(rng: Random) -> Question:
    return _call(
        "list_attachments",
        incident_id=f"INC-{rng.randint(1, 400)}",
        include_incident=rng.random() < 0.5,
    )


def _attached_to(rng: Random) -> Question:
    ids = [_word(rng) for _ in range(rng.randint(1, 5))]
    return _call("list_attachments", resource_type=rng.choice(RESOURCE_TYPES), external_id=ids)


def _wrong_arguments(rng: Random) -> Question:
    wrong = {_word(rng): rng.random() for _ in range(rng.randint(1, 20))}
    return _call(
        "list_incidents",
        page_size=rng.randint(101, 999),
        after=_word(rng),
        status=_word(rng),
        **wrong,
    )


def _no_arguments(_: Random) -> Question:
    return _call("list_attachments")


def _unknown_tool(rng: Random) -> Question:
    return _call(_word(rng), **{_word(rng): _word(rng)})


def _unknown_method(rng: Random) -> Question:
    return Question(f"{_word(rng)}/list")


def _initialize(rng: Random) -> Question:
    client = {"name": _word(rng), "version": _word(rng)}
    return Question(
        "initialize", {"protocolVersion": _HANDSHAKE[-1], "capabilities": {}, "clientInfo": client}
    )


def _list_tools(_: Random) -> Question:
    return Question("tools/list")


def _ping(_: Random) -> Question:
    return Question("ping")


def _notification(rng: Random) -> Question:
    cancellation = {"requestId": rng.getrandbits(31), "reason": _word(rng)}
    notifications: tuple[tuple[str, dict[str, Any]], ...] = (
        ("notifications/cancelled", cancellation),
        ("notifications/initialized", {}),
        (f"notifications/{_word(rng)}", {}),
    )
    method, params = rng.choice(notifications)
    return Question(body=json.dumps({"jsonrpc": "2.0", "method": method, "params": params}))


def _answer(rng: Random) -> Question:
    """A response to a request that no server sent."""
    return Question(body=json.dumps({"jsonrpc": "2.0", "id": rng.getrandbits(31), "result": {}}))


def _invalid_json(rng: Random) -> Question:
    bodies = ("{", '{"a":1,"a":2}', f"[{_word(rng)}]", "[" * 50_000, "[]", "NaN")
    return Question(body=rng.choice(bodies))


def _too_long(rng: Random) -> Question:
    return Question(body=f'"{_word(rng) * 30_000}"')


def _wrong_token(rng: Random) -> Question:
    return Question("tools/list", headers={"Authorization": f"Bearer {_word(rng)}"})


def _wrong_host(rng: Random) -> Question:
    return Question("tools/list", headers={"Host": f"{_word(rng)}.example"})


def _wrong_origin(rng: Random) -> Question:
    return Question("tools/list", headers={"Origin": f"https://{_word(rng)}.example"})


def _session(rng: Random) -> Question:
    return Question("tools/list", headers={"Mcp-Session-Id": _word(rng)})


def _wrong_version(rng: Random) -> Question:
    return Question("tools/list", headers={"MCP-Protocol-Version": _word(rng)})


def _wrong_accept(rng: Random) -> Question:
    return Question("tools/list", headers={"Accept": f"text/{_word(rng)}"})


def _other_path(rng: Random) -> Question:
    return Question(target=f"GET /{_word(rng)}")


def _other_verb(rng: Random) -> Question:
    return Question(target=f"{rng.choice(('GET', 'DELETE', 'PUT'))} /mcp")


def _metrics(_: Random) -> Question:
    return Question(target="GET /metrics")


def _readiness(_: Random) -> Question:
    return Question(target="GET /readyz")


KINDS = (
    Kind("a small page", 20, _small_page, frozenset({200})),
    Kind("a large page", 5, _large_page, frozenset({200})),
    Kind("a filtered page", 10, _filtered, frozenset({200})),
    Kind("a search", 5, _searched, frozenset({200})),
    Kind("counts", 2, _grouped, frozenset({200})),
    # 400: one of the two accounts may not call list_attachments.
    Kind("an incident's attachments", 6, _attached, frozenset({200, 400})),
    Kind("a resource's incidents", 4, _attached_to, frozenset({200, 400})),
    Kind("wrong arguments", 8, _wrong_arguments, frozenset({200})),
    Kind("no arguments", 2, _no_arguments, frozenset({200, 400})),
    Kind("an unknown tool", 3, _unknown_tool, frozenset({200, 400})),
    Kind("an unknown method", 3, _unknown_method, frozenset({200, 404})),
    Kind("initialize", 4, _initialize, frozenset({200, 400, 404})),
    Kind("tools/list", 4, _list_tools, frozenset({200})),
    Kind("ping", 1, _ping, frozenset({200, 404})),
    Kind("a notification", 4, _notification, frozenset({202})),
    Kind("an answer", 1, _answer, frozenset({202, 400})),
    Kind("invalid JSON", 3, _invalid_json, frozenset({400})),
    Kind("a body too long", 1, _too_long, frozenset({413})),
    Kind("a wrong token", 2, _wrong_token, frozenset({401})),
    Kind("a wrong host", 2, _wrong_host, frozenset({421})),
    Kind("a wrong origin", 1, _wrong_origin, frozenset({403})),
    Kind("a session", 1, _session, frozenset({404})),
    Kind("a wrong version", 1, _wrong_version, frozenset({400})),
    Kind("a wrong Accept header", 1, _wrong_accept, frozenset({406})),
    Kind("another path", 1, _other_path, frozenset({404})),
    Kind("another verb", 1, _other_verb, frozenset({405})),
    Kind("/metrics", 2, _metrics, frozenset({200})),
    Kind("/readyz", 2, _readiness, frozenset({200, 503})),
)


def draw(rng: Random) -> Kind:
    return rng.choices(KINDS, [kind.weight for kind in KINDS])[0]


def encode(question: Question, rng: Random, *, port: int, token: str) -> bytes:
    """The bytes of the request, in one of the two eras at random."""
    version = VERSION if rng.random() < 0.5 else rng.choice(_HANDSHAKE)
    headers = {
        "Host": f"127.0.0.1:{port}",
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
    }
    if version:
        headers["MCP-Protocol-Version"] = version
    params = dict(question.params)
    if version == VERSION:
        params["_meta"] = META
        headers["Mcp-Method"] = question.method
        if "name" in params:
            headers["Mcp-Name"] = params["name"]
    elif rng.random() < 0.3:
        params["_meta"] = {"progressToken": rng.getrandbits(31)}
    body = question.body
    if not body and question.target == "POST /mcp":
        message = {"jsonrpc": "2.0", "id": rng.getrandbits(31)}
        body = json.dumps({**message, "method": question.method, "params": params})
    headers |= question.headers
    headers["Content-Length"] = str(len(body))
    lines = [f"{question.target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
