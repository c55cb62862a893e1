"""`incident-desk call --all`: prints the rows of all pages on stdout, and the rest on stderr."""

import json
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from server.dispatcher import Dispatcher, Result
from server.settings import Settings

MAY_PASS = 75
"""The exit code for a failure that may pass: EX_TEMPFAIL of sysexits.h."""
_NO_LIMIT = 2**31


async def print_all_pages(settings: Settings, tool: str, arguments: dict[str, Any]) -> int:
    """Print each row as a line of JSON, page by page. At the end, print all other members.

    The exit code is 0, or 1 if something failed, or 75 if all failures may pass.
    """
    other_members: dict[str, Any] = {}
    # The limit is for a model, which reads a whole result. Here it would only cut pages and rows.
    limits = replace(settings.limits, max_result_chars=_NO_LIMIT)
    async with Dispatcher(replace(settings, limits=limits)) as dispatcher:
        names = dispatcher.tools[tool].arguments.model_fields.keys()
        count = 0
        while True:
            result = await dispatcher.call(tool, arguments)
            for row in _rows(result, names):
                print(_line(row))
                count += 1
            _merge(other_members, _without_rows(result))
            if "count" in other_members:
                other_members["count"] = count
            if not result.structured or "next" not in result.structured:
                break
            arguments |= result.structured["next"]
    for name, value in other_members.items():
        print(_line({name: value}), file=sys.stderr)
    return exit_code(other_members)


def exit_code(document: Mapping[str, Any]) -> int:
    """The exit code for *document*: an error, or an answer in which some parts may have failed."""
    failures = [*document.get("failed", {}).values()]
    if "error" in document:
        failures.append(document["error"])
    if not failures:
        return 0
    may_pass = all(failure["retryable"] for failure in failures)
    return MAY_PASS if may_pass else 1


def _rows(result: Result, arguments: Collection[str]) -> Iterator[Mapping[str, Any]]:
    """The rows as objects, each with the values that all rows share.

    An answer has such a value only once, under the name of an argument.
    """
    answer = result.structured
    if answer is None:
        return
    shared = {name: value for name, value in answer.items() if name in arguments}
    for row in answer[result.rows_key]:
        if isinstance(row, dict):
            yield {**shared, **row}
        else:
            yield {**shared, **dict(zip(answer["columns"], row, strict=True))}


def _without_rows(result: Result) -> dict[str, Any]:
    """The answer without its rows and `next`; for an error, the whole error."""
    answer = result.structured
    if answer is None:
        error: dict[str, Any] = json.loads(result.text)
        return error
    rows = {result.rows_key, "columns", "next"}
    return {name: value for name, value in answer.items() if name not in rows}


def _merge(other_members: dict[str, Any], page: Mapping[str, Any]) -> None:
    """Add the members of *page*. Lists and objects are merged; other values are replaced."""
    for name, value in page.items():
        earlier = other_members.get(name)
        if isinstance(earlier, list) and isinstance(value, list):
            earlier += [item for item in value if item not in earlier]
        elif isinstance(earlier, dict) and isinstance(value, dict):
            earlier |= value
        else:
            other_members[name] = value


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
