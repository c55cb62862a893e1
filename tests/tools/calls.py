"""Calls of list_incidents against a sandbox, through everything but MCP."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from sandbox.serving import Sandbox
from server.dispatcher import Dispatcher
from tests.conftest import NOW, settings_for
from tools.limits import Limits


async def ask(
    sandbox: Sandbox,
    arguments: Mapping[str, Any],
    /,
    options: Mapping[str, str] | None = None,
    **limits: Any,
) -> Any:
    """The answer to a call, or its error. *options* are the sandbox's."""
    settings = replace(
        settings_for(sandbox, **options or {}), limits=Limits(backoff_s=0.001, **limits)
    )
    async with Dispatcher(settings, clock=lambda: NOW) as dispatcher:
        return json.loads((await dispatcher.call("list_incidents", arguments)).text)


async def pages(
    sandbox: Sandbox,
    arguments: Mapping[str, Any],
    /,
    options: Mapping[str, str] | None = None,
    **limits: Any,
) -> AsyncIterator[Any]:
    """The answers from the first page to the last. Each call repeats the arguments."""
    following: Mapping[str, Any] = {}
    for _ in range(100):
        answer = await ask(sandbox, {**arguments, **following}, options, **limits)
        yield answer
        if "next" not in answer:
            return
        following = answer["next"]
    raise AssertionError("the list has no end")


def numbers(answer: Any) -> list[int]:
    return [row["sequential_id"] for row in answer["incidents"]]
