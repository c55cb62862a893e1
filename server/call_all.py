"""`incident-desk call --all`: the rows of all pages on stdout, and whatever is no row on stderr."""

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


async def call_all(settings: Settings, tool: str, arguments: dict[str, Any]) -> int:
    """Print each row as a line of JSON, as the pages come, and at the end everything else, each member once.

    The exit code is 0, 1 where something failed, or 75 where all that failed may pass.
    """
    beside: dict[str, Any] = {}
    # The limit is for what a model reads at once: here it would only cut pages and rows.
    limits = replace(settings.limits, max_result_chars=_NO_LIMIT)
    async with Dispatcher(replace(settings, limits=limits)) as dispatcher:
        names = dispatcher.tools[tool].arguments.model_fields.keys()
        printed = 0
        while True:
            result = await dispatcher.call(tool, arguments)
            for row in _rows(result, names):
                print(_line(row))
                printed += 1
            _add(beside, _without_rows(result))
            if "count" in beside:
                beside["count"] = printed
            if not result.structured or "next" not in result.structured:
                break
            arguments |= result.structured["next"]
    for name, value in beside.items():
        print(_line({name: value}), file=sys.stderr)
    return exit_code(beside)


def exit_code(document: Mapping[str, Any]) -> int:
    """For an error, or for what an answer says has failed."""
    failures = [*document.get("failed", {}).values()]
    failures += [document["error"]] if "error" in document else []
    if not failures:
        return 0
    return MAY_PASS if all(failure["retryable"] for failure in failures) else 1


def _rows(result: Result, arguments: Collection[str]) -> Iterator[Mapping[str, Any]]:
    """The rows as objects, with what the question fixed, which stands once under the argument's name."""
    answer = result.structured
    if answer is None:
        return
    fixed = {name: value for name, value in answer.items() if name in arguments}
    for row in answer[result.rows_key]:
        cells = row if isinstance(row, dict) else dict(zip(answer["columns"], row, strict=True))
        yield {**fixed, **cells}


def _without_rows(result: Result) -> dict[str, Any]:
    """What is neither the rows nor the way to the next ones; an error as a whole."""
    answer = result.structured
    if answer is None:
        error: dict[str, Any] = json.loads(result.text)
        return error
    rows = {result.rows_key, "columns", "next"}
    return {name: value for name, value in answer.items() if name not in rows}


def _add(beside: dict[str, Any], page: Mapping[str, Any]) -> None:
    """Lists gain what they do not have yet, objects are merged, and of anything else the last page's word counts."""
    for name, value in page.items():
        known = beside.get(name)
        if isinstance(known, list) and isinstance(value, list):
            known += [item for item in value if item not in known]
        elif isinstance(known, dict) and isinstance(value, dict):
            known |= value
        else:
            beside[name] = value


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
