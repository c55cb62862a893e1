"""`incident-desk board` as a process, and what a browser sends to it."""

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from typing import Self
from urllib.parse import parse_qs, urlsplit

from tests.server.http.served import META, ROOT, Answer, ask, request
from tests.server.shell import COMMAND


class BoardProcess:
    """`incident-desk board`, as a person starts it, without a browser.

    `output` are the first lines that it prints, and `page` is the path of the page.
    """

    def __init__(self, *arguments: str, command: Sequence[str] = COMMAND, **environ: str) -> None:
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self._process = subprocess.Popen(
            [*command, "board", *arguments],
            cwd=ROOT,
            env={**inherited, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Otherwise the lines after those that are read here would stay in a buffer.
            bufsize=0,
        )
        assert self._process.stdout
        self.output = [self._process.stdout.readline().decode() for _ in range(3)]
        self.address = self.output[1].strip()
        parts = urlsplit(self.address)
        self.port = parts.port or 0
        self.page = parts.path
        [self.token] = parse_qs(parts.query)["token"]

    @property
    def mcp(self) -> str:
        """The path of the MCP server."""
        return f"{self.page}/mcp"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def enter(self) -> str:
        """Open the address, as a browser does. Returns the `Cookie` of the session."""
        status, headers, _ = self.get(f"{self.page}?token={self.token}")
        assert status == 303
        return headers["set-cookie"].partition(";")[0]

    def get(self, path: str, **headers: str | None) -> Answer:
        return ask(self.port, self.page_request(path, **headers))

    def page_request(self, path: str, **headers: str | None) -> bytes:
        """The bytes of a request of a browser that opens *path*."""
        defaults = {"Host": self.host, "Connection": "close", "Content_Type": None}
        own = {"method": "GET", **defaults, **headers}
        return request("", path=path, **own)  # type: ignore[arg-type]

    def call_request(self, cookie: str | None, **headers: str | None) -> bytes:
        """The bytes of a call of list_incidents, as the page makes it."""
        params = {"name": "list_incidents", "arguments": {"page_size": 1}, "_meta": META}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        defaults = {
            "path": self.mcp,
            "Host": self.host,
            "Connection": "close",
            "Origin": f"http://{self.host}",
            "Cookie": cookie,
            "Sec_Fetch_Site": "same-origin",
            "Mcp_Method": "tools/call",
            "Mcp_Name": "list_incidents",
        }
        return request(json.dumps(body), **{**defaults, **headers})  # type: ignore[arg-type]

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self) -> tuple[int, str, str]:
        """The exit code, and the rest of stdout and stderr."""
        try:
            stdout, stderr = self._process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        return self._process.returncode, stdout.decode(), stderr.decode()

    def stop(self) -> tuple[int, str, str]:
        self.signal(signal.SIGINT)
        return self.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self.stop()
