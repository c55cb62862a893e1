"""The least that Python can do for a client, to compare with.

It answers the handshake and `tools/list` with fixed JSON, and imports only `json`. It is run in the
project's folder.
"""

import json
import sys
from collections.abc import Iterator

TOOLS = ("list_incidents", "list_attachments")


def tool(name: str) -> object:
    with open(f"server/snapshots/{name}.json", encoding="utf-8") as snapshot:  # noqa: PTH123
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
            result = {"tools": [*map(tool, TOOLS)]}
        else:
            continue
        yield {"jsonrpc": "2.0", "id": question["id"], "result": result}


for answer in answers():
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
