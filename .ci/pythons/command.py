"""An installed command as a user meets it: version, demo, board, doctor, a host that calls a tool.

Usage: command.py COMMAND. It runs on the Python that the command is installed in.
"""
# ruff: noqa: S101, S603

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from platform import python_version

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

COMMAND = sys.argv[1]
ENVIRON = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def output(*arguments: str) -> str:
    done = subprocess.run(
        [COMMAND, *arguments], env=ENVIRON, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout


async def call() -> None:
    parameters = StdioServerParameters(command=COMMAND, args=["--sandbox"], env=ENVIRON)
    with open(os.devnull, "w") as log:  # noqa: ASYNC230, PTH123
        for mode in ("legacy", "auto"):
            async with Client(stdio_client(parameters, errlog=log), mode=mode) as client:
                assert (await client.list_tools()).tools
                result = await client.call_tool("list_incidents", {"page_size": 1})
                assert len(json.loads(result.content[0].text)["incidents"]) == 1, result


os.chdir(tempfile.gettempdir())
assert output("--version").startswith("incident-desk ")
assert "list_incidents" in output("demo")
board = output("board", "--sandbox", "--no-browser", "--idle-minutes", "0.001")
assert "http://127.0.0.1:" in board
assert json.loads(output("doctor", "--sandbox", "--json"))["ok"]
asyncio.run(call())
print(f"ok: Python {python_version()} from the wheel: version, demo, board, doctor, stdio")
