"""Stands in for the command `incident-desk`: starts the server, and records what is said.

recorder.py SETTINGS ARGUMENTS…: SETTINGS is a JSON file with `command` (the server), `environment`
(variables to add), and `record` (the file to write). A line of the record is a JSON object with
`process`, `from` (`start`, `host` or `server`) and `message`.
"""

import json
import os
import subprocess
import sys
import threading
from typing import Any, BinaryIO


def main(settings_file: str, *arguments: str) -> int:
    with open(settings_file, encoding="utf-8") as file:  # noqa: PTH123 - pathlib starts slowly
        settings = json.load(file)
    record = os.open(settings["record"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    _write(record, "start", {"arguments": arguments, "environment": dict(os.environ)})
    server = subprocess.Popen(  # noqa: S603
        [*settings["command"], *arguments],
        env={**os.environ, **settings["environment"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    sides = (
        ("host", sys.stdin.buffer, server.stdin),
        ("server", server.stdout, sys.stdout.buffer),
    )
    relays = [threading.Thread(target=_relay, args=(record, *side), daemon=True) for side in sides]
    for relay in relays:
        relay.start()
    relays[1].join()
    return server.wait()


def _relay(record: int, speaker: str, source: BinaryIO, target: BinaryIO) -> None:
    for line in source:
        _write(record, speaker, json.loads(line))
        target.write(line)
        target.flush()
    target.close()


def _write(record: int, speaker: str, message: Any) -> None:
    line = {"process": os.getpid(), "from": speaker, "message": message}
    os.write(record, json.dumps(line).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
