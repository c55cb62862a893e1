"""Runs the program of a page with a model of the test: check.py PROGRAM MODEL TOOLS UNLISTED.

MODEL is the module that has the model. TOOLS and UNLISTED are files of JSON: what
`incident-desk tools` and `python -m tests.unlisted` print.
"""

import asyncio
import importlib
import json
import runpy
import sys
from pathlib import Path

from script import Script


def main(program: str, model: str, tools: str, unlisted: str) -> None:
    script = Script(
        expected=json.loads(Path(tools).read_text())["tools"],
        unlisted=json.loads(Path(unlisted).read_text()),
    )
    page = runpy.run_path(program)
    asyncio.run(page["main"](importlib.import_module(model).scripted(script)))
    script.check()
    print(f"ok: {Path(program).stem}, {len(script.results)} calls")


main(*sys.argv[1:])
