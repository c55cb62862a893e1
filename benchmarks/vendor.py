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

from sandbox.serving import Sandbox, serve


class Pages(asyncio.Protocol):
    """A connection to this vendor."""

    def __init__(self, sandbox: Sandbox, pages: dict[str, bytes]) -> None:
        self._sandbox = sandbox
        self._pages = pages
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            _, name, target = head.split()[1].decode().split("/", 2)
            if name not in self._pages:
                is_slim = not name.startswith("unslimmed")
                self._pages[name] = self._fetch(f"/{target}", is_slim=is_slim)
            self._transport.write(self._pages[name])

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
    pages: dict[str, bytes] = {}
    with serve() as sandbox:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Pages(sandbox, pages), "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await loop.run_in_executor(None, sys.stdin.read)
        server.close()


if __name__ == "__main__":
    asyncio.run(main())
