"""A stub of Rootly with fixed pages. `python -m benchmarks.vendor` prints its port.

The first segment of a path is the name of a page, as in `/slim-25/v1/incidents`. The first request
for a page goes to the sandbox. All later requests for this page get the same answer, even if their
query is different. So an answer takes almost no time, and all programs get the same one. Pages with
names like `unslimmed-…` are requested without sparse fieldsets: 20 KB for each incident. The stub
ends when stdin ends.
"""

import asyncio
import sys
import urllib.request
from urllib.parse import parse_qsl, urlencode, urlsplit

from evals.stub_connection import StubConnection
from sandbox.serving import Sandbox, serve


class Pages:
    """Pages of the sandbox, each fetched once."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._pages: dict[str, bytes] = {}

    def answer(self, head: bytes) -> bytes:
        """The response to a request with this head."""
        _, name, target = head.split()[1].decode().split("/", 2)
        if name not in self._pages:
            is_slim = not name.startswith("unslimmed")
            self._pages[name] = self._fetch(f"/{target}", is_slim=is_slim)
        return self._pages[name]

    def _fetch(self, target: str, *, is_slim: bool) -> bytes:
        """The sandbox's answer, as the bytes of a response."""
        url = urlsplit(target)
        query = dict(parse_qsl(url.query))
        if not is_slim:
            query.pop("fields[incidents]", None)
            query.pop("include", None)
        request = urllib.request.Request(
            f"{self._sandbox.url('rootly')}{url.path}?{urlencode(query)}",
            headers={"Authorization": "Bearer key", "User-Agent": "benchmark"},
        )
        with urllib.request.urlopen(request) as response:
            body: bytes = response.read()
        head = (
            "HTTP/1.1 200 OK\r\n"
            "Content-Type: application/vnd.api+json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def main() -> None:
    with serve() as sandbox:
        pages = Pages(sandbox)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: StubConnection(pages.answer), "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await loop.run_in_executor(None, sys.stdin.read)
        server.close()


if __name__ == "__main__":
    asyncio.run(main())
