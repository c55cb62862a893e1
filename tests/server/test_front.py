"""What the front answers early is what the SDK answers, whatever comes first and however it arrives."""

import json
import threading
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp.server.lowlevel import Server
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from server.app import build
from server.dispatcher import Dispatcher
from server.front import HANDSHAKES, MODERN, Front, answer_early
from server.settings import KEYS, Settings
from server.transport import Transport
from server.wire import Wire
from tests.server.client import ENVELOPE, Client, initialize, piped, request

Message = dict[str, Any]
BOTH = Settings(keys=dict.fromkeys(KEYS, "key"))
SETTINGS = {
    "both keys": BOTH,
    "Rootly's key": Settings(keys={"rootly": "key"}),
    "incident.io's key": Settings(keys={"incident_io": "key"}),
    "no key": Settings(),
    "sandbox": Settings(sandbox=True),
    "another resource type": Settings(
        keys=dict.fromkeys(KEYS, "key"),
        extra_values={"INCIDENT_IO_EXTRA_RESOURCE_TYPES": ("figma_file",)},
    ),
    "another resource type that is not offered": Settings(
        keys={"rootly": "key"}, extra_values={"INCIDENT_IO_EXTRA_RESOURCE_TYPES": ("figma_file",)}
    ),
}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}


def modern(method: str, id_: Any = 1, **meta: Any) -> Message:
    return request(method, id_, _meta={**ENVELOPE, **meta})


def lines_of(messages: Iterable[Message]) -> bytes:
    return b"".join(json.dumps(message).encode() + b"\n" for message in messages)


def converse(
    app: Server[Any], settings: Settings, chunks: Sequence[bytes], early: int, answers: int
) -> list[str]:
    """What is answered to *chunks*, of which the front gets the first *early*; the SDK has loaded by then. Sorted."""
    heard: list[Message] = []
    front = Front(settings)

    async def hand_over(client: Client, wire: Wire) -> None:
        async with anyio.create_task_group() as running:
            running.start_soon(Transport(wire, front.dropped).run, app, front.kept)
            for chunk in chunks[early:]:
                client.say_bytes(chunk)
                await anyio.lowlevel.checkpoint()
            while len(heard) < answers:
                heard.append(await client.hear())
            client.leave()
        assert client.unheard() == b""

    with piped() as (client, wire):
        for chunk in chunks[:early]:
            client.say_bytes(chunk)
            for line in wire.read():
                if answer := front.take(line):
                    wire.write(answer)
        anyio.run(hand_over, client, wire)
    return sorted(json.dumps(message, sort_keys=True) for message in heard)


def test_the_front_speaks_the_versions_that_there_are() -> None:
    assert (HANDSHAKES, (MODERN,)) == (HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS)


OPENINGS = {
    **{
        version: [request("ping", 1), initialize(2, version), request("tools/list", 3)]
        for version in HANDSHAKES
    },
    "a version of the other era": [
        initialize(1, MODERN),
        INITIALIZED,
        request("tools/list", "x"),
        request("ping", 2),
    ],
    "a version that nobody knows": [
        initialize("a", "1999-01-01"),
        request("tools/list", "b", _meta={"progressToken": 1}),
    ],
    "listed without discovering": [modern("tools/list", 1), modern("server/discover", 2)],
    MODERN: [modern("server/discover", 1), modern("tools/list", 2, progressToken="x")],
}


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize("case", SETTINGS)
def test_an_early_answer_is_the_sdks(opening: str, case: str) -> None:
    questions, app = OPENINGS[opening], build(Dispatcher(SETTINGS[case]))
    front = Front(SETTINGS[case])
    answered = [
        question["method"] for question in questions if front.take(json.dumps(question).encode())
    ]
    if case == "another resource type":
        assert "tools/list" not in answered
    else:
        assert answered == [question["method"] for question in questions if "id" in question]
    sent, answers = [lines_of(questions)], sum("id" in question for question in questions)
    assert converse(app, SETTINGS[case], sent, 1, answers) == converse(
        app, SETTINGS[case], sent, 0, answers
    )


def given_capabilities(**capabilities: Any) -> Message:
    return {
        "protocolVersion": MODERN,
        "capabilities": capabilities,
        "clientInfo": {"name": "c", "version": "1"},
    }


CAPABILITIES: list[Message] = [
    {},
    {
        "roots": {"listChanged": True},
        "sampling": {},
        "elicitation": {"form": {"applyDefaults": True}},
    },
    {"roots": {"listChanged": "perhaps"}},
    {"sampling": 5},
    {"elicitation": {"form": 5}},
    {"experimental": {"x": 5}},
    {"tasks": {"requests": {"elicitation": {"create": {}}}}},
    {"tasks": {"requests": {"sampling": 5}}},
    {"unheard-of": True},
    {"extensions": {"x/y": {"z": [1]}}},
    {"experimental": None},
    {"roots": {"listChanged": None}},
]
ENVELOPES: list[Message] = [
    {},
    {"progressToken": 1.5},
    {"traceparent": "00-0-0-00"},
    {"io.modelcontextprotocol/logLevel": "loud"},
    {"io.modelcontextprotocol/protocolVersion": "2025-11-25"},
    {"io.modelcontextprotocol/protocolVersion": 5},
    {"io.modelcontextprotocol/clientInfo": 5},
    {"io.modelcontextprotocol/clientInfo": None},
    {"io.modelcontextprotocol/clientCapabilities": {"sampling": 5}},
]
PARAMS: list[Any] = [
    None,
    {},
    {"_meta": {}},
    {"_meta": {"progressToken": 1}},
    {"_meta": {"progressToken": []}},
    {"_meta": 1},
    {"cursor": "c"},
    {"_meta": ENVELOPE, "cursor": "c"},
    {"_meta": ENVELOPE, "cursor": 5},
    {"_meta": {"io.modelcontextprotocol/protocolVersion": MODERN}},
    *({"_meta": {**ENVELOPE, **changed}} for changed in ENVELOPES),
]
CLIENTS: list[Any] = [
    {"name": "c"},
    {"name": "c", "version": "1", "title": "C", "icons": [{}]},
    5,
    {"name": "c", "version": "1", "description": None},
]
CALLS: list[Message] = [
    {"name": "list_incidents", "arguments": {"page_size": 0}},
    {"name": "nothing"},
    {},
]
QUESTIONS: list[tuple[str, Any]] = [
    *(("initialize", given_capabilities(**capabilities)) for capabilities in CAPABILITIES),
    *(("initialize", {**given_capabilities(), "clientInfo": client}) for client in CLIENTS),
    ("initialize", None),
    ("initialize", {}),
    ("initialize", {**given_capabilities(), "capabilities": []}),
    ("initialize", {**given_capabilities(), "protocolVersion": 1}),
    ("initialize", {**given_capabilities(), "more": 1}),
    ("initialize", {**given_capabilities(), "_meta": ENVELOPE}),
    ("initialize", {**given_capabilities(), "_meta": {"a": 1}}),
    *(
        (method, params)
        for method in ("ping", "tools/list", "server/discover")
        for params in PARAMS
    ),
    *(("tools/call", {**call, **meta}) for call in CALLS for meta in ({}, {"_meta": ENVELOPE})),
    ("resources/list", None),
    ("made/up", {"_meta": ENVELOPE}),
    ("", {}),
]
"""Methods and parameters, right and wrong, of both eras."""
OTHERS = [
    (b'{"jsonrpc":"2.0","method":"notifications/initialized"}', 0),
    (b'{"jsonrpc":"2.0","method":"notifications/initialized","params":{"_meta":{"a":1}}}', 0),
    (b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"nobody"}}', 0),
    (b'{"jsonrpc":"2.0","id":1,"result":{}}', 0),
    (b" \r", 0),
    (b"nonsense", 1),
    (b"[]", 1),
    (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', 1),
    (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', 1),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":null}', 1),
    (b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', 1),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"a":NaN}}}', 1),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"a":"\\uD800"}}}', 1),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}', 1),
    (b'{"jsonrpc":"2.0","id":"\xff","method":"ping"}', 1),
    (b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"ping"}', 1),
    (b'{"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"ping"}', 1),
]
"""Lines that are no requests, or odd ones, and how many answers each gets."""


BEGINNINGS: list[list[tuple[Any, Any]]] = [
    [],
    [("initialize", given_capabilities())],
    [("ping", None)],
    [("server/discover", {"_meta": ENVELOPE})],
    [("tools/list", {"_meta": ENVELOPE})],
]


def line(chosen: tuple[Any, Any], id_: Any, *, ensure_ascii: bool = True) -> tuple[bytes, int]:
    """A question or another line, and how many answers it gets."""
    if isinstance(chosen[0], bytes):
        return chosen
    method, params = chosen
    message = {
        "jsonrpc": "2.0",
        "id": id_,
        "method": method,
        **({} if params is None else {"params": params}),
    }
    return json.dumps(message, ensure_ascii=ensure_ascii).encode(), 1


@st.composite
def openings(draw: st.DrawFn) -> list[tuple[bytes, int]]:
    chosen = draw(st.lists(st.sampled_from(QUESTIONS) | st.sampled_from(OTHERS), max_size=7))
    return [
        line(
            each,
            draw(st.sampled_from([index, f"{index}", 'ü"\n'])),
            ensure_ascii=draw(st.booleans()),
        )
        for index, each in enumerate([*draw(st.sampled_from(BEGINNINGS)), *chosen])
    ]


@pytest.fixture(scope="module")
def app() -> Server[Any]:
    return build(Dispatcher(BOTH))


@pytest.mark.parametrize("is_first", [True, False], ids=["first", "second"])
@pytest.mark.parametrize(
    "beginning", BEGINNINGS, ids=lambda beginning: beginning[0][0] if beginning else "nothing"
)
def test_every_question_before_and_after_every_beginning_is_answered_as_by_the_sdk_alone(
    app: Server[Any], beginning: list[tuple[Any, Any]], is_first: bool
) -> None:
    for question in (*QUESTIONS, *OTHERS):
        asked = [question, *beginning] if is_first else [*beginning, question]
        after = [("tools/list", None), ("tools/list", {"_meta": ENVELOPE})]
        lines = [line(each, index) for index, each in enumerate([*asked, *after])]
        sent, answers = (
            b"".join(text + b"\n" for text, _ in lines),
            sum(count for _, count in lines),
        )
        assert converse(app, BOTH, [sent], 1, answers) == converse(app, BOTH, [sent], 0, answers), (
            sent
        )


@settings(max_examples=150, deadline=None, derandomize=True)
@given(lines=openings(), cuts=st.lists(st.integers(0, 1_500), max_size=6), early=st.integers(0, 7))
def test_whatever_comes_first_is_answered_as_by_the_sdk_alone(
    app: Server[Any], lines: list[tuple[bytes, int]], cuts: list[int], early: int
) -> None:
    sent, answers = b"".join(text + b"\n" for text, _ in lines), sum(count for _, count in lines)
    ends = sorted({0, len(sent), *(min(cut, len(sent)) for cut in cuts)})
    chunks = [sent[begin:end] for begin, end in pairwise(ends)]
    assert converse(app, BOTH, chunks, early, answers) == converse(app, BOTH, [sent], 0, answers)


def test_it_answers_while_the_rest_loads_and_keeps_what_is_for_the_rest() -> None:
    has_heard = threading.Event()
    heard: list[Any] = []
    call = request("tools/call", 2, name="list_incidents", arguments={})

    async def converse_early(client: Client) -> None:
        said = lines_of([initialize(), INITIALIZED, request("tools/list", 1), call])
        client.say_bytes(said[:50])
        client.say_bytes(said[50:])
        heard.extend([await client.hear(), await client.hear()])
        has_heard.set()

    with piped() as (client, wire):
        asking = threading.Thread(target=anyio.run, args=(converse_early, client))
        asking.start()
        front = answer_early(BOTH, wire, lambda: assert_soon(has_heard))
        asking.join()
    assert [answer["id"] for answer in heard] == [0, 1]
    assert [json.loads(line or b"") for line in front.kept[1:]] == [INITIALIZED, call]
    assert front.owes


def assert_soon(event: threading.Event) -> None:
    assert event.wait(20)


def test_a_client_that_leaves_and_is_owed_nothing_is_not_waited_for() -> None:
    is_over = threading.Event()
    with piped() as (client, wire):
        client.say(initialize(), INITIALIZED)
        client.leave()
        assert not answer_early(BOTH, wire, lambda: assert_soon(is_over)).owes
        assert wire.ended
    is_over.set()


def test_a_client_that_leaves_but_is_owed_an_answer_gets_it() -> None:
    loaded = []
    with piped() as (client, wire):
        client.say_bytes(b"nonsense\n")
        client.leave()
        front = answer_early(BOTH, wire, lambda: loaded.append("all"))
    assert (front.kept, loaded) == ([b"nonsense"], ["all"])
