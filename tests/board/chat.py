"""A chat program that shows the board, as a test sees it."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Frame, Page

from evals.settings import NOW

_SERVER = Path(__file__).parent / "host/server.mjs"

Members = Mapping[str, Any]

CAPABILITIES: Members = {
    "openLinks": {},
    "serverTools": {},
    "message": {"text": {}},
    "updateModelContext": {"text": {}, "structuredContent": {}},
}
"""What a chat program offers that offers everything."""

CONTEXT: Members = {
    "theme": "light",
    "locale": "en-GB",
    "timeZone": "UTC",
    "styles": {"variables": {"--font-sans": '"DejaVu Sans"', "--font-mono": '"DejaVu Sans Mono"'}},
}
"""The surroundings of the page. The fonts are those of Debian's `fonts-dejavu-core`."""


@dataclass(frozen=True)
class ChatProgram:
    """The addresses of the program's page, and of the sandbox proxy between it and the board."""

    host: str
    proxy: str


@contextmanager
def chat_program() -> Iterator[ChatProgram]:
    """Serve the chat program until the block ends."""
    with subprocess.Popen(
        ["node", str(_SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        addresses = json.loads(process.stdout.readline())
        yield ChatProgram(**addresses)
        process.stdin.close()


@dataclass(frozen=True)
class Chat:
    """A page of the chat program in a browser."""

    page: Page
    failures: list[str]
    """Exceptions that nobody has caught, in any frame."""

    @property
    def board(self) -> Frame:
        """The board itself: a frame in the frame of the sandbox proxy."""
        self.page.wait_for_selector("iframe")
        [proxy] = self.page.main_frame.child_frames
        proxy.wait_for_selector("iframe", state="attached")
        [board] = proxy.child_frames
        return board

    def _read(self, member: str) -> Any:
        return self.page.evaluate(f"chat.{member}")

    @property
    def messages(self) -> list[Members]:
        """Every message that the board has sent, with the time in ms (`at`, `message`)."""
        messages: list[Members] = self._read("messages")
        return messages

    @property
    def problems(self) -> list[str]:
        """What is wrong with the board's messages, by the schemas of the protocol."""
        problems: list[str] = self._read("problems")
        return problems

    @property
    def asked(self) -> list[Members]:
        """The parameters of each `ui/message`."""
        asked: list[Members] = self._read("asked")
        return asked

    @property
    def contexts(self) -> list[Members]:
        """The parameters of each `ui/update-model-context`."""
        contexts: list[Members] = self._read("contexts")
        return contexts

    @property
    def links(self) -> list[str]:
        """The links that the board wanted to open."""
        links: list[str] = self._read("links")
        return links

    @property
    def heights(self) -> list[int]:
        """The heights that the board has told."""
        heights: list[int] = self._read("heights")
        return heights

    def sent(self, method: str) -> list[Members]:
        """The board's messages with this method."""
        messages = [entry["message"] for entry in self.messages]
        return [message for message in messages if message.get("method") == method]

    def hold(self, *tools: str) -> None:
        """Hold the answers of these tools from now on."""
        self.page.evaluate("tools => chat.hold(...tools)", list(tools))

    def release(self) -> None:
        """Pass on the answers that are held, and all later ones."""
        self.page.evaluate("chat.release()")

    def change_context(self, context: Members) -> None:
        """The surroundings of the board change."""
        self.page.evaluate("context => chat.bridge.sendHostContextChange(context)", dict(context))

    def input(self, arguments: Members) -> None:
        """The model has called `show_board`, and there is no result yet."""
        self.page.evaluate("args => chat.bridge.sendToolInput({arguments: args})", dict(arguments))

    def result(self, result: Members) -> None:
        """Hand the board a result of `show_board`, which may have any form."""
        self.page.evaluate("result => chat.result(result)", dict(result))

    def cancel(self, reason: str) -> None:
        """Somebody has cancelled the call of `show_board`."""
        self.page.evaluate("reason => chat.bridge.sendToolCancelled({reason})", reason)

    def post(self, message: Any) -> None:
        """Send the board any message, also one that no chat program should send."""
        self.page.evaluate("message => chat.post(message)", message)

    def close(self) -> None:
        """Close the board, and wait until it has stopped."""
        self.page.evaluate("chat.close()")


_OPTIONS: Members = {
    "arguments": {},
    "era": "auto",
    "capabilities": CAPABILITIES,
    "fit": "follow",
    "height": 400,
    "drop": [],
    "result": "after initialized",
    "refuses": False,
    "hold": [],
}
"""The options of `host/host.ts` that are always there."""

_MORE_OPTIONS = {"html", "introduction", "sandbox"}


def open_chat(
    browser: Browser,
    program: ChatProgram,
    server: str,
    arguments: Members | None = None,
    *,
    width: int = 760,
    window_height: int = 900,
    policy: str = "strict",
    context: Members | None = None,
    is_still: bool = False,
    **options: Any,
) -> Chat:
    """Open the board in a new window of the browser.

    The *context* is added to `CONTEXT`. With the *policy* `none`, the program applies no content
    policy to the board. The browser's clock begins at `NOW`, as that of the sandbox, and
    `chat.page.clock` moves it on; with *is_still*, only its timers run. The other *options* are
    those of `host/host.ts`, and playwright's for a window, such as `color_scheme`.
    """
    names = _OPTIONS.keys() | _MORE_OPTIONS
    ours = {name: value for name, value in options.items() if name in names}
    theirs = {name: value for name, value in options.items() if name not in names}
    page = browser.new_page(**{"viewport": {"width": width, "height": window_height}, **theirs})
    page.clock.install(time=NOW)
    if is_still:
        page.clock.set_fixed_time(NOW)
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto(program.host)
    all_options = {
        **_OPTIONS,
        **ours,
        "server": server,
        "proxy": f"{program.proxy}?policy={policy}",
        "arguments": dict(arguments or {}),
        "context": {**CONTEXT, **(context or {})},
    }
    page.evaluate("options => openBoard(options)", all_options)
    return Chat(page, failures)
