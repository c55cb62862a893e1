"""incident.io as a process that records when requests arrive.

A resource whose id begins with `known-` has one attachment. The others have none.
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from pathlib import Path

from evals.stub_connection import StubConnection
from server.settings import KEYS, URLS

_KNOWN_ID = re.compile(rb"[?&]external_id=(known-[\w-]+)[& ]")


class RecordingVendor:
    """The process. `environ` has the settings of a server that uses it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.recording_vendor"],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.environ = {
            URLS["incident_io"]: f"http://127.0.0.1:{json.loads(self._line())}",
            KEYS["incident_io"]: "key-of-incident-io",
        }

    def arrivals(self) -> list[float]:
        """When each request arrived, by `time.monotonic`."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        times: list[float] = json.loads(self._line())
        return times

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()

    def __enter__(self) -> "RecordingVendor":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def _answer(head: bytes) -> bytes:
    """The response to a request with this head."""
    known = _KNOWN_ID.search(head)
    attachments = [_attachment(known[1].decode())] if known else []
    body = json.dumps({"incident_attachments": attachments}).encode()
    length = f"Content-Length: {len(body)}\r\n\r\n".encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + length + body


def _attachment(external_id: str) -> dict[str, object]:
    resource = {
        "external_id": external_id,
        "permalink": f"https://pagerduty.example/{external_id}",
        "resource_type": "pager_duty_incident",
        "title": f"Page {external_id}",
    }
    return {
        "id": f"attachment-{external_id}",
        "incident_id": f"incident-{external_id}",
        "resource": resource,
    }


async def _serve() -> None:
    times: list[float] = []
    loop = asyncio.get_running_loop()

    def answer(head: bytes) -> bytes:
        times.append(time.monotonic())
        return _answer(head)

    server = await loop.create_server(lambda: StubConnection(answer), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(times), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve())
