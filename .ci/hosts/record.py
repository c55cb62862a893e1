"""What a host and our server said to each other."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fault import Fault


@dataclass(frozen=True)
class Exchange:
    """A call that reached the server, and the text of its answer."""

    arguments: Mapping[str, Any]
    text: str
    is_error: bool


@dataclass(frozen=True)
class Record:
    """The record of one session.

    * `environments`: of each process of the server.
    * `_requests`: those of the host, in their order, each with a key for its result.
    * `_results`: what the server answered, by key.
    """

    environments: list[Mapping[str, str]]
    _requests: list[tuple[Any, Mapping[str, Any]]]
    _results: Mapping[Any, Mapping[str, Any]]

    def last_result(self, *methods: str) -> Mapping[str, Any]:
        """The last result of a request with one of these methods.

        Raises:
            Fault: there is none.
        """
        for key, request in reversed(self._requests):
            if request["method"] in methods and key in self._results:
                return self._results[key]
        raise Fault(f"the server answered none of {methods}: it got {self._methods()}")

    def exchanges(self) -> list[Exchange]:
        return [
            _exchange(request, self._results[key])
            for key, request in self._requests
            if request["method"] == "tools/call" and key in self._results
        ]

    def has(self, method: str) -> bool:
        """Whether the host sent a request with this method."""
        return method in self._methods()

    def _methods(self) -> list[str]:
        return [request["method"] for _, request in self._requests]


def _exchange(request: Mapping[str, Any], result: Mapping[str, Any]) -> Exchange:
    [content] = result["content"]
    arguments = request["params"].get("arguments", {})
    return Exchange(arguments, content["text"], result.get("isError", False))


def read(file: Path) -> Record:
    """Read what recorder.py wrote."""
    environments: list[Mapping[str, str]] = []
    requests: list[tuple[Any, Mapping[str, Any]]] = []
    results: dict[Any, Mapping[str, Any]] = {}
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    for line in lines:
        entry = json.loads(line)
        message = entry["message"]
        key = (entry["process"], message.get("id"))
        if entry["from"] == "start":
            environments.append(message["environment"])
        elif entry["from"] == "host" and "id" in message:
            requests.append((key, message))
        elif "result" in message:
            results[key] = message["result"]
    return Record(environments, requests, results)
