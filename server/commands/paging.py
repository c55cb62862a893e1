"""`incident-desk call --all`: the rows of all pages on stdout, and everything else on stderr."""

import json
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from server.dispatcher import Dispatcher, Result
from server.settings import Settings

MAY_PASS = 75
"""The exit code for a failure that may pass, as in sysexits.h."""
_NO_LIMIT = 2**31


async def print_all_pages(settings: Settings, tool: str, arguments: dict[str, Any]) -> int:
    """Print each row as a line of JSON, page by page.

    At the end print each other member of the answers once. The exit code is 0, 1 where something
    failed, or 75 where everything that failed may pass.
    """
    beside_rows: dict[str, Any] = {}
    # The limit is for what a model reads in one result. Here it would only cut pages and rows.
    limits = replace(settings.limits, max_result_chars=_NO_LIMIT)
    async with Dispatcher(replace(settings, limits=limits)) as dispatcher:
        names = dispatcher.tools[tool].arguments.model_fields.keys()
        count = 0
        while True:
            result = await dispatcher.call(tool, arguments)
            for row in _rows(result, names):
                print(_line(row))
                count += 1
            _merge(beside_rows, _without_rows(result))
            if "count" in beside_rows:
                beside_rows["count"] = count
            if not result.structured or "next" not in result.structured:
                break
            arguments |= result.structured["next"]
    for name, value in beside_rows.items():
        print(_line({name: value}), file=sys.stderr)
    return exit_code(beside_rows)


def exit_code(document: Mapping[str, Any]) -> int:
    """The exit code for an error, or for what failed inside an answer."""
    failures = [*document.get("failed", {}).values()]
    if "error" in document:
        failures.append(document["error"])
    if not failures:
        return 0
    return MAY_PASS if all(failure["retryable"] for failure in failures) else 1


def _rows(result: Result, arguments: Collection[str]) -> Iterator[Mapping[str, Any]]:
    """The rows as objects.

    What the question fixed stands once in an answer, under the argument's name. Here each row
    has it.
    """
    answer = result.structured
    if answer is None:
        return
    fixed = {name: value for name, value in answer.items() if name in arguments}
    for row in answer[result.rows_key]:
        cells = row if isinstance(row, dict) else dict(zip(answer["columns"], row, strict=True))
        yield {**fixed, **cells}


def _without_rows(result: Result) -> dict[str, Any]:
    """The answer without its rows and `next`; an error as a whole."""
    answer = result.structured
    if answer is None:
        error: dict[str, Any] = json.loads(result.text)
        return error
    rows = {result.rows_key, "columns", "next"}
    return {name: value for name, value in answer.items() if name not in rows}


def _merge(beside_rows: dict[str, Any], page: Mapping[str, Any]) -> None:
    """Add what *page* has: lists gain new items, objects new members. Other values are replaced."""
    for name, value in page.items():
        known = beside_rows.get(name)
        if isinstance(known, list) and isinstance(value, list):
            known += [item for item in value if item not in known]
        elif isinstance(known, dict) and isinstance(value, dict):
            known |= value
        else:
            beside_rows[name] = value


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
