"""Chromium's own log of its network: the requests of all frames, also those of pings."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Request:
    """A request that Chromium has begun: its address, and the origin that wanted it."""

    url: str
    initiator: str

    @property
    def origin(self) -> str:
        url = urlsplit(self.url)
        return f"{url.scheme}://{url.netloc}"


def requests(log: Path) -> Iterator[Request]:
    """The requests in *log*, which is complete once Chromium has ended.

    Those of Chromium itself, for updates of its parts, have no origin and are left out.
    """
    content = json.loads(log.read_text(encoding="utf-8"))
    begins = content["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    for event in content["events"]:
        parameters = event.get("params", {})
        if event["type"] != begins or "url" not in parameters:
            continue
        request = Request(parameters["url"], parameters["initiator"])
        if request.initiator != "not an origin" or request.origin.startswith("http://127.0.0.1:"):
            yield request
