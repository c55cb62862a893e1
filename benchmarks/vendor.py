"""Rootly with fixed pages: `python -m benchmarks.vendor` prints its port, and serves until stdin ends.

The first segment of a path names a page: `/slim-25/v1/incidents`. What a page is first asked for is asked of the sandbox, and
what that said is the page from then on, whatever is asked. So a page costs its vendor next to nothing, and is the same for all.
Of pages called `unslimmed-…` the sandbox is asked without sparse fieldsets: 20 KB an incident.
"""

import asyncio
import sys
import urllib.request
from urllib.parse import parse_qsl, urlencode, urlsplit

from sandbox.serving import Sandbox, serve


class Pages(asyncio.Protocol):
    def __init__(self, sandbox: Sandbox, pages: dict[str, bytes]) -> None:
        self._sandbox = sandbox
        self._pages = pages
        self._asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._asked += data
        while b"\r\n\r\n" in self._asked:
            head, _, self._asked = self._asked.partition(b"\r\n\r\n")
            _, name, target = head.split()[1].decode().split("/", 2)
            if name not in self._pages:
                self._pages[name] = self._page(
                    f"/{target}", is_slim=not name.startswith("unslimmed")
                )
            self._transport.write(self._pages[name])

    def _page(self, target: str, *, is_slim: bool) -> bytes:
        url = urlsplit(target)
        asked = [
            (key, value)
            for key, value in parse_qsl(url.query)
            if is_slim or key not in ("fields[incidents]", "include")
        ]
        address = f"{self._sandbox.url('rootly')}{url.path}?{urlencode(asked)}"
        request = urllib.request.Request(
            address, headers={"Authorization": "Bearer key", "User-Agent": "benchmark"}
        )
        with urllib.request.urlopen(request) as response:
            body: bytes = response.read()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.api+json\r\nContent-Length: {len(body)}\r\n\r\n"
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
