"""The calls that the model makes, and the answers that are right."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from model.endpoint import Step
from record import Exchange
from root import ROOT

_LONG_FIELDS = (
    "sequential_id title summary status kind severity services environments teams"
    " created_at updated_at started_at resolved_at url"
)
_LONG_CHARS = 38_000


@dataclass(frozen=True)
class Case:
    """A call, and what its answer has to be."""

    title: str
    step: Step
    is_right: Callable[[Exchange], bool]
    may_be_refused: bool = False  # by a host that validates arguments itself


def _step(**arguments: object) -> Step:
    return Step("list_incidents", arguments)


def _is_list(answer: Exchange) -> bool:
    return not answer.is_error and answer.text.startswith('{"incidents":[{')


def _is_similar(answer: Exchange) -> bool:
    return not answer.is_error and answer.text.startswith('{"similar_to":{"sequential_id":4821,')


def _is_long_list(answer: Exchange) -> bool:
    return _is_list(answer) and len(answer.text) >= _LONG_CHARS


def _explains_what_is_wrong(answer: Exchange) -> bool:
    parts = ('"invalid_arguments"', '"did_you_mean":"started"', '"allowed":[')
    return answer.is_error and all(part in answer.text for part in parts)


def _says_what_to_configure(answer: Exchange) -> bool:
    parts = ('"not_configured"', "ROOTLY_API_TOKEN")
    return answer.is_error and all(part in answer.text for part in parts)


CASES = (
    Case(
        "a list, for nested arguments",
        _step(created_at={"gte": "2020-01-01"}, exclude={"status": ["resolved"]}, page_size=2),
        _is_list,
    ),
    Case(
        "incidents in similar words, for conditions two levels deep",
        _step(
            similar_to="4821",
            where={"lasted": {"gte": "2h"}},
            active_during={"gte": "2020-01-01"},
            page_size=2,
        ),
        _is_similar,
    ),
    Case(
        "an error that says what is allowed",
        _step(exclude={"status": ["investigating"]}),
        _explains_what_is_wrong,
    ),
    Case(
        f"a list of {_LONG_CHARS} characters",
        _step(page_size=100, fields=_LONG_FIELDS.split()),
        _is_long_list,
    ),
    Case(
        "a list, for arguments that are null",
        _step(page_size=1, status=None, services=None, created_at={"gte": None}),
        _is_list,
        may_be_refused=True,
    ),
)
WITHOUT_KEYS = (
    Case("an error that says what to configure", _step(page_size=1), _says_what_to_configure),
)


def unlisted() -> list[Step]:
    """A call for each argument that the server takes but does not list, with a wrong value."""
    command = [sys.executable, "-m", "tests.unlisted"]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout  # noqa: S603
    return [Step(call["tool"], call["arguments"]) for call in json.loads(output)]
