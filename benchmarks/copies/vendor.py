"""A stub of Rootly that records when each request arrives. `--delay` is its time for an answer.

`python -m benchmarks.copies.vendor` prints its port, and ends when stdin ends. A search gets the
same page each time, whatever its words are: so each call can ask another question, and an answer
takes almost no time. All other requests go to a sandbox with 5,000 incidents. `GET /arrivals` has
all requests so far: the time (of the clock that all processes of a machine share), the key, and
the target.
"""

import argparse
import asyncio
import json
import sys
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from sandbox.serving import serve

SIZE = 5_000
_PAGE = "/v1/incidents?page[size]=5"


class Recorder:
    """Answers requests from a sandbox, and remembers when they came."""

    def __init__(self, origin: str, delay_s: float) -> None:
        self._origin = origin
        self._delay_s = delay_s
        self._page = fetch(f"{origin}{_PAGE}")
        self._arrivals: list[tuple[float, str, str]] = []

    async def serve_client(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                writer.write(await self._answer(head.decode("latin-1")))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, head: str) -> bytes:
        target = head.split(" ", 2)[1]
        if target == "/arrivals":
            return response(json.dumps(self._arrivals).encode())
        key = head.lower().partition("authorization: bearer ")[2].partition("\r\n")[0]
        self._arrivals.append((time.monotonic(), key, target))
        await asyncio.sleep(self._delay_s)
        if "search" in target:
            return self._page
        return await asyncio.to_thread(fetch, self._origin + target)


def fetch(url: str) -> bytes:
    """The sandbox's answer, as the bytes of a response."""
    request = Request(url, headers={"Authorization": "Bearer key", "User-Agent": "copies"})
    try:
        with urlopen(request) as answer:
            return response(answer.read(), answer.status, answer.headers["Date"])
    except HTTPError as error:
        return response(error.read(), error.code)


def response(body: bytes, status: int = 200, date: str = "") -> bytes:
    lines = [
        f"HTTP/1.1 {status} Status",
        "Content-Type: application/vnd.api+json",
        f"Content-Length: {len(body)}",
    ]
    if date:
        lines.append(f"Date: {date}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


async def main(delay_s: float) -> None:
    with serve(size=SIZE) as sandbox:
        recorder = Recorder(sandbox.url("rootly"), delay_s)
        server = await asyncio.start_server(recorder.serve_client, "127.0.0.1", 0, limit=2**20)
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds for each answer")
    asyncio.run(main(parser.parse_args().delay))
