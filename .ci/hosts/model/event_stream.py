"""Server-sent events."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from model.api import Reply

Event = Mapping[str, Any]


def stream(events: Iterable[Event]) -> Reply:
    """Events with a `type`, which is also the name of the event."""
    lines = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]
    return Reply("text/event-stream", "".join(lines))


def unnamed_stream(events: Iterable[Event], *, end: str = "") -> Reply:
    """Events without names. *end* is the data of a last one that is not JSON."""
    lines = [f"data: {json.dumps(event)}\n\n" for event in events]
    if end:
        lines.append(f"data: {end}\n\n")
    return Reply("text/event-stream", "".join(lines))


def document(body: Mapping[str, Any]) -> Reply:
    return Reply("application/json", json.dumps(body))
