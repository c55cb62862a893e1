"""Early answers are those of the SDK, in whatever order and pieces the client's lines arrive."""

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
from server.instructions import TTL_MS
from server.settings import KEYS, Settings
from server.stdio.early import HANDSHAKE_VERSIONS, EarlyAnswers
from server.stdio.line_stream import LineStream
from server.stdio.requests import STATELESS_VERSION
from server.stdio.serving import answer_while_loading
from server.stdio.transport import Transport
from tests.server.client import ENVELOPE, Client, initialize, pipes, request

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
LEFT_TO_THE_SDK = {"another resource type": "tools/list", "incident.io's key": "prompts/list"}
"""What is not answered early with some settings: another schema, and an unknown method."""
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}


def stateless(method: str, id_: Any = 1, **meta: Any) -> Message:
    return request(method, id_, _meta={**ENVELOPE, **meta})


def lines_of(messages: Iterable[Message]) -> bytes:
    return b"".join(json.dumps(message).encode() + b"\n" for message in messages)


def converse(
    app: Server[Any], settings: Settings, chunks: Sequence[bytes], loaded_after: int, answers: int
) -> list[str]:
    """The answers to *chunks*, sorted. The SDK has loaded after *loaded_after* of them."""
    received: list[Message] = []
    early = EarlyAnswers(settings)

    async def hand_over(client: Client, stream: LineStream) -> None:
        async with anyio.create_task_group() as running:
            running.start_soon(Transport(stream, early.opening).run, app, early.backlog)
            for chunk in chunks[loaded_after:]:
                client.send_bytes(chunk)
                await anyio.lowlevel.checkpoint()
            while len(received) < answers:
                received.append(await client.receive())
            client.leave()
        assert client.unread() == b""

    with pipes() as (client, stream):
        for chunk in chunks[:loaded_after]:
            client.send_bytes(chunk)
            for line in stream.read():
                if answer := early.take(line):
                    stream.write(answer)
        anyio.run(hand_over, client, stream)
    return sorted(json.dumps(message, sort_keys=True) for message in received)


def answers_with_and_without_early_ones(
    app: Server[Any], settings: Settings, lines: Sequence[tuple[bytes, int]]
) -> tuple[list[str], list[str]]:
    sent = b"".join(text + b"\n" for text, _ in lines)
    answers = sum(count for _, count in lines)
    return (
        converse(app, settings, [sent], 1, answers),
        converse(app, settings, [sent], 0, answers),
    )


def test_the_versions_are_those_of_the_sdk() -> None:
    assert HANDSHAKE_VERSIONS == HANDSHAKE_PROTOCOL_VERSIONS
    assert (STATELESS_VERSION,) == MODERN_PROTOCOL_VERSIONS


OPENINGS = {
    version: [
        request("ping", 1),
        initialize(2, version),
        request("tools/list", 3),
        request("prompts/list", 4),
    ]
    for version in HANDSHAKE_VERSIONS
}
OPENINGS |= {
    "a version of the other era": [
        initialize(1, STATELESS_VERSION),
        INITIALIZED,
        request("tools/list", "x"),
        request("ping", 2),
    ],
    "a version that nobody knows": [
        initialize("a", "1999-01-01"),
        request("tools/list", "b", _meta={"progressToken": 1}),
    ],
    "listed without discovering": [stateless("tools/list", 1), stateless("server/discover", 2)],
    "prompts before anything else": [stateless("prompts/list", 1), stateless("tools/list", 2)],
    STATELESS_VERSION: [
        stateless("server/discover", 1),
        stateless("tools/list", 2, progressToken="x"),
        stateless("prompts/list", 3),
    ],
}


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize("case", SETTINGS)
def test_an_early_answer_is_the_sdks(opening: str, case: str) -> None:
    questions = OPENINGS[opening]
    app = build(Dispatcher(SETTINGS[case]))
    early = EarlyAnswers(SETTINGS[case])
    lines = [json.dumps(question).encode() for question in questions]
    methods = [
        question["method"]
        for question, text in zip(questions, lines, strict=True)
        if early.take(text)
    ]
    expected = [question["method"] for question in questions if "id" in question]
    if case in LEFT_TO_THE_SDK:
        assert LEFT_TO_THE_SDK[case] not in methods
    else:
        assert methods == expected
    counts = [int("id" in question) for question in questions]
    with_early, without = answers_with_and_without_early_ones(
        app, SETTINGS[case], [*zip(lines, counts, strict=True)]
    )
    assert with_early == without


@pytest.mark.parametrize("method", ["tools/list", "prompts/list", "server/discover"])
def test_a_client_may_remember_an_early_answer(method: str) -> None:
    answer = EarlyAnswers(BOTH).take(json.dumps(stateless(method)).encode())
    assert answer
    assert json.loads(answer)["result"]["ttlMs"] == TTL_MS > 0


def handshake(**capabilities: Any) -> Message:
    return {
        "protocolVersion": STATELESS_VERSION,
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
    {"sampling": 5},
    {"tasks": {"requests": {"elicitation": {"create": {}}}}},
    {"unread-of": True},
    {"unread-of": {"x": 1}},
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
    {"io.modelcontextprotocol/clientCapabilities": {"roots": {"listChanged": "perhaps"}}},
    {"io.modelcontextprotocol/clientCapabilities": {"extensions": {"x/y": {"z": [1]}}}},
]
PARAMS: list[Any] = [
    None,
    {},
    {"_meta": {}},
    {"_meta": {"progressToken": 1}},
    {"_meta": {"progressToken": []}},
    {"_meta": {"io.modelcontextprotocol/logLevel": "loud"}},
    {"_meta": {"io.modelcontextprotocol/clientInfo": 5}},
    {"_meta": 1},
    {"cursor": "c"},
    {"_meta": ENVELOPE, "cursor": "c"},
    {"_meta": ENVELOPE, "cursor": 5},
    {"_meta": {"io.modelcontextprotocol/protocolVersion": STATELESS_VERSION}},
    *({"_meta": {**ENVELOPE, **changed}} for changed in ENVELOPES),
]
CLIENTS: list[Any] = [
    {"name": "c"},
    {"name": "c", "version": "1", "title": "C", "icons": [{"src": "https://example.com"}]},
    {"name": "c", "version": "1", "more": 1},
    {"name": "c", "version": 1},
    5,
    {"name": "c", "version": "1", "description": None},
]
FORGIVEN: list[Message] = [
    handshake(roots={"listChanged": "perhaps"}),
    handshake(elicitation={"form": 5}),
    handshake(experimental={"x": 5}),
    handshake(tasks={"requests": {"sampling": 5}}),
    {**handshake(), "clientInfo": {"name": "c", "version": "1", "icons": [{}]}},
    {**handshake(), "clientInfo": {"name": "c", "version": "1", "title": 5}},
]
"""Handshakes that the SDK refuses, and that are answered early all the same.

The server uses no capability and shows no icon of a client, so nothing depends on what is wrong.
To refuse them early would take a copy of the SDK's validation.
"""
FORGIVEN_ENVELOPES: list[Message] = [
    {"io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": 5}}},
    {"io.modelcontextprotocol/clientCapabilities": {"experimental": {"x": 5}}},
    {"io.modelcontextprotocol/clientInfo": {"name": "c", "version": "1", "icons": [{}]}},
    {"io.modelcontextprotocol/clientInfo": {"name": "c", "version": "1", "title": 5}},
]
"""The same for requests of the stateless era. The SDK refuses such a client's first call."""
CALLS: list[Message] = [
    {"name": "list_incidents", "arguments": {"page_size": 0}},
    {"name": "nothing"},
    {},
]
COMPLETION = {
    "ref": {"type": "ref/prompt", "name": "handover"},
    "argument": {"name": "since", "value": "-1"},
}
QUESTIONS: list[tuple[str, Any]] = [
    *(("initialize", handshake(**capabilities)) for capabilities in CAPABILITIES),
    *(("initialize", {**handshake(), "clientInfo": client}) for client in CLIENTS),
    ("initialize", None),
    ("initialize", {}),
    ("initialize", {**handshake(), "capabilities": []}),
    ("initialize", {**handshake(), "protocolVersion": 1}),
    ("initialize", {**handshake(), "more": 1}),
    ("initialize", {**handshake(), "_meta": ENVELOPE}),
    ("initialize", {**handshake(), "_meta": {"a": 1}}),
    *(
        (method, params)
        for method in ("ping", "tools/list", "prompts/list", "server/discover")
        for params in PARAMS
    ),
    *(("tools/call", {**call, **meta}) for call in CALLS for meta in ({}, {"_meta": ENVELOPE})),
    ("prompts/get", {"name": "triage"}),
    ("prompts/get", {"name": "triage", "_meta": ENVELOPE}),
    ("completion/complete", COMPLETION),
    ("completion/complete", {**COMPLETION, "_meta": ENVELOPE}),
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
    (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":NaN}}', 1),
    (
        b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",'
        b'"capabilities":{"extensions":{"x/y":{"z":NaN}}},"clientInfo":{"name":"c","version":"1"}}}',
        1,
    ),
    (
        b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",'
        b'"capabilities":{"extensions":{"x/y":{"z":"\\ud83d"}}},'
        b'"clientInfo":{"name":"c","version":"1"}}}',
        1,
    ),
    (b'{"jsonrpc":"2.0","id":"\xff","method":"ping"}', 1),
    (b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"ping"}', 1),
    (b'{"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"ping"}', 1),
]
"""Lines that are not requests, or odd ones, and how many answers each gets."""

BEGINNINGS: list[list[tuple[Any, Any]]] = [
    [],
    [("initialize", handshake())],
    [("ping", None)],
    [("server/discover", {"_meta": ENVELOPE})],
    [("tools/list", {"_meta": ENVELOPE})],
    [("prompts/list", {"_meta": ENVELOPE})],
]


def line(message: tuple[Any, Any], id_: Any, *, ensure_ascii: bool = True) -> tuple[bytes, int]:
    """The line of a message, and how many answers it gets."""
    if isinstance(message[0], bytes):
        return message
    method, params = message
    content = {"jsonrpc": "2.0", "id": id_, "method": method}
    if params is not None:
        content["params"] = params
    return json.dumps(content, ensure_ascii=ensure_ascii).encode(), 1


@st.composite
def openings(draw: st.DrawFn) -> list[tuple[bytes, int]]:
    messages = [*draw(st.sampled_from(BEGINNINGS))]
    messages += draw(st.lists(st.sampled_from(QUESTIONS) | st.sampled_from(OTHERS), max_size=7))
    lines = []
    for index, message in enumerate(messages):
        id_ = draw(st.sampled_from([index, f"{index}", 'ü"\n']))
        lines.append(line(message, id_, ensure_ascii=draw(st.booleans())))
    return lines


@pytest.fixture(scope="module")
def app() -> Server[Any]:
    return build(Dispatcher(BOTH))


@pytest.mark.slow
@pytest.mark.parametrize("is_first", [True, False], ids=["first", "second"])
@pytest.mark.parametrize(
    "beginning", BEGINNINGS, ids=lambda beginning: beginning[0][0] if beginning else "nothing"
)
def test_every_question_before_and_after_every_beginning_is_answered_as_by_the_sdk_alone(
    app: Server[Any], beginning: list[tuple[Any, Any]], is_first: bool
) -> None:
    for question in (*QUESTIONS, *OTHERS):
        messages = [question, *beginning] if is_first else [*beginning, question]
        messages += [("tools/list", None), ("tools/list", {"_meta": ENVELOPE})]
        lines = [line(message, index) for index, message in enumerate(messages)]
        with_early, without = answers_with_and_without_early_ones(app, BOTH, lines)
        assert with_early == without, lines


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    lines=openings(),
    cuts=st.lists(st.integers(0, 1_500), max_size=6),
    loaded_after=st.integers(0, 7),
)
def test_whatever_comes_first_is_answered_as_by_the_sdk_alone(
    app: Server[Any], lines: list[tuple[bytes, int]], cuts: list[int], loaded_after: int
) -> None:
    sent = b"".join(text + b"\n" for text, _ in lines)
    answers = sum(count for _, count in lines)
    ends = sorted({0, len(sent), *(min(cut, len(sent)) for cut in cuts)})
    chunks = [sent[begin:end] for begin, end in pairwise(ends)]
    without = converse(app, BOTH, [sent], 0, answers)
    assert converse(app, BOTH, chunks, loaded_after, answers) == without


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "c", STATELESS_VERSION]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["name", "form", "listChanged", "src"]), inner, max_size=2
        )
    ),
    max_leaves=4,
)
OFFERS = st.dictionaries(
    st.sampled_from(["roots", "sampling", "elicitation", "experimental", "extensions", "tasks"]),
    JSON,
    max_size=2,
)
IDENTITIES = st.fixed_dictionaries(
    {"name": st.just("c") | JSON, "version": st.just("1") | JSON},
    optional={"title": JSON, "description": JSON, "icons": JSON, "websiteUrl": JSON},
)
HANDSHAKES = st.fixed_dictionaries(
    {
        "protocolVersion": st.sampled_from([*HANDSHAKE_VERSIONS, STATELESS_VERSION, "x", 5]),
        "capabilities": OFFERS | JSON,
        "clientInfo": IDENTITIES | JSON,
    },
    optional={"_meta": st.dictionaries(st.sampled_from(["progressToken", "a"]), JSON), "x": JSON},
)
AFTERWARDS: list[tuple[Any, Any]] = [
    OTHERS[0],
    ("tools/list", None),
    ("tools/call", CALLS[0]),
    ("tools/list", {"_meta": ENVELOPE}),
    ("initialize", handshake()),
    ("ping", None),
]


def plain(params: Any) -> Any:
    """The handshake of *params* without what the server does not use."""
    match params:
        case {"protocolVersion": version, "clientInfo": {"name": name, "version": number}}:
            client = {"name": name, "version": number}
            return {"protocolVersion": version, "capabilities": {}, "clientInfo": client}
    return params


@settings(max_examples=150, deadline=None, derandomize=True)
@given(params=HANDSHAKES, count=st.integers(0, len(AFTERWARDS)))
def test_a_handshake_is_answered_as_by_the_sdk_or_as_a_plain_one(
    app: Server[Any], params: Any, count: int
) -> None:
    def lines(params: Any) -> list[tuple[bytes, int]]:
        messages = [("initialize", params), *AFTERWARDS[:count]]
        return [line(message, index) for index, message in enumerate(messages)]

    with_early, without = answers_with_and_without_early_ones(app, BOTH, lines(params))
    if with_early != without:
        assert EarlyAnswers(BOTH).take(lines(params)[0][0])
        _, without = answers_with_and_without_early_ones(app, BOTH, lines(plain(params)))
    assert with_early == without


@pytest.mark.parametrize("params", FORGIVEN, ids=str)
def test_a_handshake_that_is_wrong_where_nothing_depends_on_it_is_answered_early_as_a_plain_one(
    app: Server[Any], params: Message
) -> None:
    def lines(params: Any) -> list[tuple[bytes, int]]:
        messages = [("initialize", params), *AFTERWARDS]
        return [line(message, index) for index, message in enumerate(messages)]

    with_early, without = answers_with_and_without_early_ones(app, BOTH, lines(params))
    _, plainly = answers_with_and_without_early_ones(app, BOTH, lines(plain(params)))
    assert '"error"' in without[0]
    assert with_early == plainly


ENVELOPED = st.fixed_dictionaries(
    {
        "io.modelcontextprotocol/protocolVersion": st.just(STATELESS_VERSION) | JSON,
        "io.modelcontextprotocol/clientCapabilities": OFFERS | JSON,
    },
    optional={
        "io.modelcontextprotocol/clientInfo": IDENTITIES | JSON,
        "io.modelcontextprotocol/logLevel": JSON,
        "progressToken": JSON,
    },
)
LISTED = [("tools/list", {"_meta": ENVELOPE}), ("tools/list", None), ("initialize", handshake())]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(meta=ENVELOPED, method=st.sampled_from(["server/discover", "tools/list", "prompts/list"]))
def test_an_envelope_is_answered_as_by_the_sdk_or_as_a_plain_one(
    app: Server[Any], meta: Message, method: str
) -> None:
    def lines(meta: Message) -> list[tuple[bytes, int]]:
        messages = [(method, {"_meta": meta}), *LISTED]
        return [line(message, index) for index, message in enumerate(messages)]

    with_early, without = answers_with_and_without_early_ones(app, BOTH, lines(meta))
    if with_early != without:
        assert EarlyAnswers(BOTH).take(lines(meta)[0][0])
        _, without = answers_with_and_without_early_ones(app, BOTH, lines(ENVELOPE))
    assert with_early == without


@pytest.mark.parametrize("wrong", FORGIVEN_ENVELOPES, ids=str)
def test_an_envelope_that_is_wrong_where_nothing_depends_on_it_is_refused_by_the_first_call(
    app: Server[Any], wrong: Message
) -> None:
    def lines(meta: Message) -> list[tuple[bytes, int]]:
        messages = [("server/discover", {"_meta": meta}), ("tools/list", {"_meta": meta})]
        return [line(message, index) for index, message in enumerate(messages)]

    meta = {**ENVELOPE, **wrong}
    call = line(("tools/call", {**CALLS[0], "_meta": meta}), "call")
    with_early, _ = answers_with_and_without_early_ones(app, BOTH, [*lines(meta), call])
    _, plainly = answers_with_and_without_early_ones(app, BOTH, lines(ENVELOPE))
    [refusal] = {*with_early} - {*plainly}
    assert json.loads(refusal)["error"]["code"] == -32602


def test_it_answers_while_the_server_loads_and_leaves_the_rest_to_it() -> None:
    has_answers = threading.Event()
    received: list[Any] = []
    call = request("tools/call", 2, name="list_incidents", arguments={})

    async def converse_early(client: Client) -> None:
        lines = lines_of([initialize(), INITIALIZED, request("tools/list", 1), call])
        client.send_bytes(lines[:50])
        client.send_bytes(lines[50:])
        received.extend([await client.receive(), await client.receive()])
        has_answers.set()

    with pipes() as (client, stream):
        asking = threading.Thread(target=anyio.run, args=(converse_early, client))
        asking.start()
        early = EarlyAnswers(BOTH)
        answer_while_loading(early, stream, lambda: assert_soon(has_answers))
        asking.join()
    assert [answer["id"] for answer in received] == [0, 1]
    assert [json.loads(line or b"") for line in early.backlog] == [INITIALIZED, call]
    assert early.owes_answer


def assert_soon(event: threading.Event) -> None:
    assert event.wait(20)


def test_a_client_that_leaves_and_is_owed_nothing_is_not_waited_for() -> None:
    is_over = threading.Event()
    with pipes() as (client, stream):
        client.send(initialize(), INITIALIZED)
        client.leave()
        early = EarlyAnswers(BOTH)
        answer_while_loading(early, stream, lambda: assert_soon(is_over))
        assert not early.owes_answer
        assert stream.has_ended
    is_over.set()


def test_a_client_that_leaves_but_is_owed_an_answer_gets_it() -> None:
    loaded = []
    with pipes() as (client, stream):
        client.send_bytes(b"nonsense\n")
        client.leave()
        early = EarlyAnswers(BOTH)
        answer_while_loading(early, stream, lambda: loaded.append("all"))
    assert (early.backlog, loaded) == ([b"nonsense"], ["all"])
