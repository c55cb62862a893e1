"""What the Inspector printed: inspector.py FOLDER

FOLDER has `listed.json` (the tools), `called.json` (the answer to a right call with a nested
condition), `refused.json` (the answer to a call of list_incidents in which every unlisted argument
is wrong), `prompts.json` (the prompts) and `prompt.json` (the prompt `before` for the incident
4821). The variable TOOLS has the names of the tools, and UNLISTED the calls that
`python -m tests.unlisted` prints.
"""
# ruff: noqa: S101

import json
import os
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(sys.argv[1])


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


assert [tool["name"] for tool in read("listed.json")["tools"]] == os.environ["TOOLS"].split()
assert not read("called.json").get("isError")
incidents = json.loads(read("called.json")["content"][0]["text"])["incidents"]
assert min(incident["minutes"]["resolve"] for incident in incidents) >= 120, incidents
prompts = [prompt["name"] for prompt in read("prompts.json")["prompts"]]
assert prompts == ["triage", "before", "handover", "review"], prompts
assert '{"similar_to":"4821"}' in read("prompt.json")["messages"][0]["content"]["text"]
error = json.loads(read("refused.json")["content"][0]["text"])["error"]
unlisted = [call for call in json.loads(os.environ["UNLISTED"]) if call["tool"] == "list_incidents"]
assert error["message"].startswith(f"{len(unlisted)} arguments are wrong"), error["message"]
