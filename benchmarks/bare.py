"""The smallest possible server in Python, for comparison.

It answers the handshake and `tools/list` with fixed JSON. It imports only `json` and modules that
Python always loads. It must be run in the project's folder.
"""

import json
import os
import sys
from collections.abc import Iterator

SNAPSHOTS = "server/snapshots"


def tool(name: str) -> object:
    with open(f"{SNAPSHOTS}/{name}", encoding="utf-8") as snapshot:  # noqa: PTH123
        return json.load(snapshot)


def answers() -> Iterator[dict[str, object]]:
    for line in sys.stdin.buffer:
        question = json.loads(line)
        if question["method"] == "initialize":
            version = question["params"]["protocolVersion"]
            result = {
                "protocolVersion": version,
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "bare", "version": "1"},
            }
        elif question["method"] == "tools/list":
            result = {"tools": [*map(tool, os.listdir(SNAPSHOTS))]}  # noqa: PTH208
        else:
            continue
        yield {"jsonrpc": "2.0", "id": question["id"], "result": result}


for answer in answers():
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
