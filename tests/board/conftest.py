"""The board in a browser, shown by a chat program that asks our server."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from sandbox.serving import Sandbox, serve_store
from sandbox.store import Store
from tests.board.browser import chromium, skip_without_chromium, skip_without_npm_packages
from tests.board.chat import Chat, ChatProgram, chat_program, open_chat
from tests.board.desk import desk_for
from tests.conftest import NOW
from tests.process import output, serving_http

OpenBoard = Callable[..., Chat]

_ENVIRON = {
    "INCIDENT_DESK_SANDBOX": "1",
    "INCIDENT_DESK_SANDBOX_NOW": NOW.isoformat(),
    "PYTHONPATH": str(Path(__file__).parents[2]),
}


@pytest.fixture(scope="session")
def program() -> Iterator[ChatProgram]:
    """A chat program that can show the board."""
    skip_without_npm_packages()
    with chat_program() as program:
        yield program


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Other modules of this process may need asyncio, which it would keep for itself."""
    skip_without_chromium()
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def desk() -> Iterator[str]:
    """The address of our server, a process, with the sandbox. Their clocks stand still."""
    with serving_http(sys.executable, "-m", "server", folder=Path("/"), **_ENVIRON) as url:
        yield url


@pytest.fixture
def board(browser: Browser, program: ChatProgram, desk: str) -> Iterator[OpenBoard]:
    """Opens the board in a chat: `board(arguments, **options)`; see `open_chat`.

    The option `server` is the address of another server. At the end, every message that the board
    has sent must fit the protocol, and no exception may have been left uncaught.
    """
    chats: list[Chat] = []

    def open_board(
        arguments: Mapping[str, Any] | None = None, *, server: str | None = None, **options: Any
    ) -> Chat:
        chat = open_chat(browser, program, server or desk, arguments, **options)
        chats.append(chat)
        return chat

    with ExitStack() as stack:
        yield open_board
        for chat in chats:
            stack.callback(chat.page.close)
        assert [problem for chat in chats for problem in chat.problems] == []
        assert [failure for chat in chats for failure in chat.failures] == []


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    """A sandbox for the data of a test: `world.load(store)`."""
    with serve_store(Store.containing([], NOW)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def world_desk(world: Sandbox) -> Iterator[str]:
    """The address of a server that asks the sandbox `world`."""
    with desk_for(world) as url:
        yield url


@pytest.fixture(scope="session")
def full_answer() -> Mapping[str, Any]:
    """An answer of `list_incidents` with everything that the board shows of an incident."""
    arguments = {
        "sequential_id": "4821",
        "view": "full",
        "include": ["roles", "events", "action_items", "alerts", "sub_statuses"],
    }
    command = [sys.executable, "-m", "server", "call", "list_incidents", json.dumps(arguments)]
    answer: dict[str, Any] = json.loads(output(*command, folder=Path("/"), **_ENVIRON))
    return answer
