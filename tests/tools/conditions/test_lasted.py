"""where.lasted: how long incidents took, and what the argument refuses."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tools.conditions.answers import check, incident, notes
from tests.tools.conditions.test_active_during import ENDED, LIVE_ONE, MAINTENANCE
from tools.arguments import Arguments
from tools.errors import InvalidArguments
from tools.rootly.conditions.condition import Condition
from tools.rootly.conditions.lasted import Lasted
from tools.schema import input_schema
from tools.validation import validate

NOW = datetime(2026, 11, 22, 2, 0, 0, tzinfo=UTC)


class Call(Arguments):
    """The arguments of a tool that has lasted."""

    lasted: Lasted | None = None


def lasted(**bounds: Any) -> Condition:
    argument = validate(Call, {"lasted": bounds}, now=NOW, vendor="Rootly").lasted
    assert argument
    return argument.condition(NOW)


def problem(value: object) -> Mapping[str, Any]:
    with pytest.raises(InvalidArguments) as refusal:
        validate(Call, {"lasted": value}, now=NOW, vendor="Rootly")
    [details] = refusal.value.details
    return details


@pytest.mark.parametrize("attributes", [ENDED, MAINTENANCE])
@pytest.mark.parametrize(
    ("bounds", "holds"),
    [
        ({"gte": "60m"}, True),
        ({"gte": "1h"}, True),
        ({"gt": "1h"}, False),
        ({"gt": "59m"}, True),
        ({"gte": "61m"}, False),
        ({"lte": "1h"}, True),
        ({"lt": "1h"}, False),
        ({"lt": "61m"}, True),
        ({"gte": "1h", "lte": "1h"}, True),
        ({"gt": "0m", "lt": "1w"}, True),
        ({"gte": "3d"}, False),
    ],
)
def test_a_duration_is_compared_exactly(
    attributes: dict[str, Any], bounds: dict[str, str], *, holds: bool
) -> None:
    assert check(lasted(**bounds), incident(**attributes)).holds is holds
    assert not notes(lasted(**bounds), incident(**attributes))


def test_a_live_incident_has_lasted_until_now() -> None:
    assert check(lasted(gte="13h"), incident(**LIVE_ONE)).holds
    assert not check(lasted(gt="13h"), incident(**LIVE_ONE)).holds


def test_a_live_incident_that_starts_after_our_time_has_not_lasted_at_all() -> None:
    just_started = incident(**LIVE_ONE | {"started_at": "2026-11-22T02:00:30.000Z"})
    assert check(lasted(lte="0m"), just_started).holds
    assert not check(lasted(gt="0m"), just_started).holds


@pytest.mark.parametrize(
    "unknown",
    [
        {"started_at": "soon"},
        {"started_at": None, "created_at": None},
        {"resolved_at": None},
        {"resolved_at": "soon"},
        {"resolved_at": "2026-11-21T12:59:59.000Z"},
        {"status": None, "resolved_at": None},
    ],
)
def test_an_unknown_start_or_end_does_not_match_and_is_counted(unknown: dict[str, Any]) -> None:
    one = incident(**ENDED | unknown)
    for bounds in ({"gte": "0m"}, {"lte": "1w"}):
        assert not check(lasted(**bounds), one).holds
        assert notes(lasted(**bounds), one, incident(**ENDED)) == [
            "Left out by where.lasted: 1 of the incidents, because Rootly's answer does not say "
            "when they started or ended."
        ]


@pytest.mark.parametrize(
    ("attributes", "bounds", "holds", "is_certain"),
    [
        ({"resolved_at": "2026-11-21T14:00Z"}, {"gt": "1h"}, True, False),
        ({"resolved_at": "2026-11-21T14:00Z"}, {"gte": "1h"}, True, True),
        ({"resolved_at": "2026-11-21T14:00Z"}, {"gt": "61m"}, False, True),
        ({"started_at": "2026-11-21T13:00Z"}, {"gte": "1h"}, True, False),
        ({"started_at": "2026-11-21T13:00Z"}, {"lt": "1h"}, True, False),
        ({"status": "started"}, {"gte": "2h"}, True, False),
        ({"status": "started"}, {"lte": "1h"}, True, False),
        ({"status": "started"}, {"gt": "13h"}, False, True),
    ],
)
def test_a_duration_is_only_as_exact_as_rootly_shows_the_times(
    attributes: dict[str, Any], bounds: dict[str, str], *, holds: bool, is_certain: bool
) -> None:
    one = incident(**ENDED | attributes)
    assert check(lasted(**bounds), one).holds is holds
    note = (
        "Of these incidents, 1 may not have lasted so long: Rootly's answer does not say exactly "
        "when they started or ended."
    )
    assert notes(lasted(**bounds), one) == ([] if is_certain else [note])


@pytest.mark.parametrize(
    ("value", "argument", "words", "did_you_mean"),
    [
        ({}, "lasted", "is blank: give gt, gte, lt or lte", None),
        ("2h", "lasted", 'must be an object such as {"gte":"2h"}', None),
        ({"gte": "2h", "gt": "2h"}, "lasted", "has both gt and gte", None),
        ({"lte": "2h", "lt": "2h"}, "lasted", "has both lt and lte", None),
        ({"gte": "2h", "lt": "2h"}, "lasted", "is empty", None),
        ({"gt": "2h", "lte": "120m"}, "lasted", "is empty", None),
        ({"gte": "1d", "lte": "23h"}, "lasted", "is empty", None),
        ({"lt": "0m"}, "lasted", "is empty", None),
        ({"gte": "3651d"}, "lasted.gte", "is longer than ten years", None),
        ({"gte": "9999999w"}, "lasted.gte", "is longer than ten years", None),
        ({"gte": "99999999m"}, "lasted.gte", "is not a valid duration", None),
        ({"gte": "-90m"}, "lasted.gte", "is not a valid duration", "90m"),
        ({"gte": "2 hours"}, "lasted.gte", "use 90m, 2h, 3d or 1w, got the string '2 hours'", "2h"),
        ({"gte": "90 min"}, "lasted.gte", "is not a valid duration", "90m"),
        ({"gte": "PT2H"}, "lasted.gte", "is not a valid duration", "2h"),
        ({"gte": "P1DT2H"}, "lasted.gte", "is not a valid duration", "26h"),
        ({"gte": "P3D"}, "lasted.gte", "is not a valid duration", "3d"),
        ({"gte": "1.5h"}, "lasted.gte", "is not a valid duration", "90m"),
        ({"gte": "1h 30m"}, "lasted.gte", "is not a valid duration", "90m"),
        ({"gte": "1 hour and 30 minutes"}, "lasted.gte", "is not a valid duration", "90m"),
        ({"gte": "2H"}, "lasted.gte", "is not a valid duration", "2h"),
        ({"gte": "7 days"}, "lasted.gte", "is not a valid duration", "7d"),
        # Months, minutes? Seconds, or nothing at all.
        ({"gte": "P1M"}, "lasted.gte", "is not a valid duration", None),
        ({"gte": "90"}, "lasted.gte", "is not a valid duration", None),
        ({"gte": "90s"}, "lasted.gte", "is not a valid duration", None),
        ({"gte": "-"}, "lasted.gte", "is not a valid duration", None),
        ({"gte": "1.55m"}, "lasted.gte", "is not a valid duration", None),
        ({"gte": "٣h"}, "lasted.gte", "is not a valid duration", None),
        ({"gte": 90}, "lasted.gte", "is not a valid duration: use 90m, 2h, 3d or 1w, got 90", None),
        ({"over": "2h"}, "lasted.over", "unknown key", None),
        ({"min": "2h"}, "lasted.min", "unknown key", None),
    ],
)
def test_wrong_durations_are_refused_with_a_reason(
    value: object, argument: str, words: str, did_you_mean: str | None
) -> None:
    details = problem(value)
    assert details["argument"] == argument
    assert words in details["problem"]
    assert details.get("did_you_mean") == did_you_mean


@pytest.mark.parametrize("text", ["2h" * 40, "1 " * 10_000, "9" * 10_000, "1h" + "," * 10_000])
def test_a_long_text_is_refused_in_a_short_message(text: str) -> None:
    assert len(problem({"gte": text})["problem"]) < 300


def test_null_is_not_a_bound() -> None:
    assert lasted(gte="2h", lt=None) == lasted(gte="120m")
    assert validate(Call, {"lasted": {"gte": None}}, now=NOW, vendor="Rootly").lasted is None


def test_the_schema_has_two_bounds_and_validation_four() -> None:
    assert [*input_schema(Lasted)["properties"]] == ["gte", "lt"]
    assert [*Lasted.model_fields] == ["gt", "gte", "lt", "lte"]
