"""What a host and our server said to each other."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Exchange:
    """A call that reached the server, and the text of its answer."""

    arguments: Mapping[str, Any]
    text: str
    is_error: bool


@dataclass(frozen=True)
class Record:
    """The record of one session: environments of the server, requests, and their answers."""

    environments: list[Mapping[str, str]]
    _requests: list[tuple[Any, Mapping[str, Any]]]
    _results: Mapping[Any, Mapping[str, Any]]

    def results(self, *methods: str) -> list[Mapping[str, Any]]:
        """The results of the requests with one of these methods."""
        return [
            self._results[key]
            for key, request in self._requests
            if request["method"] in methods and key in self._results
        ]

    def exchanges(self) -> list[Exchange]:
        return [
            _exchange(request, self._results[key])
            for key, request in self._requests
            if request["method"] == "tools/call" and key in self._results
        ]


def _exchange(request: Mapping[str, Any], result: Mapping[str, Any]) -> Exchange:
    [content] = result["content"]
    arguments = request["params"].get("arguments", {})
    return Exchange(arguments, content["text"], result.get("isError", False))


def read(file: Path) -> Record:
    record = Record([], [], {})
    results: dict[Any, Mapping[str, Any]] = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        entry = json.loads(line)
        message = entry["message"]
        if entry["from"] == "start":
            record.environments.append(message["environment"])
        elif entry["from"] == "host" and "id" in message:
            record._requests.append(((entry["process"], message["id"]), message))
        elif "result" in message:
            results[entry["process"], message["id"]] = message["result"]
    return Record(record.environments, record._requests, results)
