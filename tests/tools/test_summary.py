"""`group_by` gives exactly what SQL gives, in flat memory, and never a part of a total."""

import json
import re
import tracemalloc
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

import anyio
import pytest
from mcp import Client

from evals import truth
from evals.question import groups
from sandbox.serving import Sandbox, serve
from sandbox.store import Store
from server.app import build
from server.dispatcher import Dispatcher
from tests.conftest import NOW, settings_for
from tools.connection import connect
from tools.limits import Limits
from tools.rootly import ROOTLY
from tools.rootly.continuation import Continuation
from tools.rootly.group_counts import percentile
from tools.rootly.grouping import DIMENSIONS
from tools.rootly.list_arguments import ListIncidents
from tools.rootly.list_incidents import TOOL
from tools.rootly.position import Offset
from tools.validation import validate

pytestmark = pytest.mark.anyio

MEASURED = [
    "incidents",
    "live",
    "acknowledge_p50",
    "acknowledge_p90",
    "mitigate_p50",
    "mitigate_p90",
    "resolve_p50",
    "resolve_p90",
    "detect_to_acknowledge_p50",
    "detect_to_acknowledge_p90",
]
SHAPES = {"nested": {}, "references": {"shape": "references", "cursor": "off"}}


@pytest.fixture(scope="module")
def large() -> Iterator[Sandbox]:
    with serve(now=NOW, size=5_000) as running:
        yield running


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    """A sandbox whose world each test replaces."""
    with serve(now=NOW, size=1) as running:
        yield running


@pytest.fixture
def own() -> Iterator[Sandbox]:
    """For a test that changes the data."""
    with serve(now=NOW, size=350) as running:
        yield running


async def ask(
    sandbox: Sandbox,
    arguments: Mapping[str, Any],
    /,
    options: Mapping[str, str] | None = None,
    **limits: Any,
) -> Any:
    all_settings = replace(
        settings_for(sandbox, **options or {}),
        limits=Limits(backoff_s=0.001, max_result_chars=1_000_000, **limits),
    )
    async with Dispatcher(all_settings, clock=lambda: NOW) as dispatcher:
        return json.loads((await dispatcher.call("list_incidents", arguments)).text)


def columns_of(figures: Mapping[tuple[Any, ...], Sequence[Any]]) -> list[str]:
    """The columns of which at least one group has a value."""
    columns = zip(*figures.values(), strict=True)
    return [
        name
        for name, values in zip(MEASURED, columns, strict=True)
        if any(value is not None for value in values)
    ]


async def check(
    sandbox: Sandbox, by: Sequence[str], where: str = "1", shape: str = "nested", **arguments: Any
) -> Any:
    answer = await ask(sandbox, {"group_by": [*by], **arguments}, SHAPES[shape])
    expected = truth.groups(sandbox.store, by, where)
    assert groups(answer, by) == expected
    assert answer["columns"] == [*by, *columns_of(expected)]
    assert len(answer["rows"]) == len(expected) > 0
    total = truth.count(sandbox.store, where)
    assert answer["covered"] == {"incidents": total, "of": total}
    return answer


@pytest.mark.slow
@pytest.mark.parametrize("group", DIMENSIONS)
async def test_each_group_over_5000_incidents_is_what_sql_gives(large: Sandbox, group: str) -> None:
    await check(large, [group])


@pytest.mark.slow
async def test_a_pair_over_5000_incidents_is_what_sql_gives(large: Sandbox) -> None:
    await check(large, ["month", "severity"])


PAIRS = [
    ("severity", "status"),
    ("services", "environments"),
    ("cause", "services"),
    ("week", "teams"),
    ("day", "kind"),
    ("functionalities", "types"),
    ("status", "month"),
    ("services", "functionalities"),
]


@pytest.mark.parametrize(("by", "shape"), [*zip(PAIRS, cycle(SHAPES), strict=False)])
async def test_pairs_in_both_shapes_are_what_sql_gives(
    sandbox: Sandbox, by: Sequence[str], shape: str
) -> None:
    await check(sandbox, by, shape=shape)


FILTERED: list[tuple[dict[str, Any], str]] = [
    (
        {"services": ["checkout-api", "ingress"]},
        truth.having("services", "checkout-api", "ingress"),
    ),
    (
        {"severity": "sev1", "environments": "production"},
        f"{truth.having('severity', 'sev1')} AND {truth.having('environments', 'production')}",
    ),
    ({"exclude": {"kind": ["test", "scheduled"]}}, "kind NOT IN ('test', 'scheduled')"),
    (
        {"exclude": {"causes": "bad-deploy", "teams": ["mobile"]}},
        f"NOT {truth.having('causes', 'bad-deploy')} AND NOT {truth.having('groups', 'mobile')}",
    ),
    ({"search": "certificate"}, "(title LIKE '%certificate%' OR summary LIKE '%certificate%')"),
    (
        {"started_at": {"gte": "-30d", "lt": "2026-11-20"}},
        "started_at >= '2026-10-23T02:00:00.000Z' AND started_at < '2026-11-20'",
    ),
    ({"private": True}, "private"),
]


@pytest.mark.parametrize(("filters", "where"), FILTERED)
async def test_only_what_matches_the_filters_is_counted(
    sandbox: Sandbox, filters: dict[str, Any], where: str
) -> None:
    await check(sandbox, ["services", "week"], where, **filters)


async def test_without_matches_there_are_no_groups(sandbox: Sandbox) -> None:
    answer = await ask(sandbox, {"group_by": "status", "services": "no-such-service"})
    assert (answer["rows"], answer["covered"]) == ([], {"incidents": 0, "of": 0})


async def test_the_largest_groups_come_first_and_times_in_their_order(sandbox: Sandbox) -> None:
    counts = [row[1] for row in (await ask(sandbox, {"group_by": "teams"}))["rows"]]
    assert counts == sorted(counts, reverse=True)
    weeks = [row[0] for row in (await ask(sandbox, {"group_by": "week"}))["rows"]]
    assert weeks == sorted(weeks)
    by_month = [
        (row[0], -row[2]) for row in (await ask(sandbox, {"group_by": ["month", "teams"]}))["rows"]
    ]
    assert by_month == sorted(by_month)


async def test_an_incident_with_several_services_counts_under_each_and_the_answer_says_so(
    sandbox: Sandbox,
) -> None:
    answer = await check(sandbox, ["services"])
    assert sum(row[1] for row in answer["rows"]) > answer["covered"]["incidents"]
    assert "An incident counts once per service." in answer["notes"]
    both = await check(sandbox, ["cause", "services"])
    assert "An incident counts once per cause and service." in both["notes"]
    assert not any(
        "once per" in note for note in (await check(sandbox, ["severity"])).get("notes", [])
    )


async def test_incidents_without_a_value_are_a_group_of_their_own(sandbox: Sandbox) -> None:
    for by in ("severity", "services", "cause", "functionalities"):
        assert (None,) in groups(await check(sandbox, [by]), [by])


async def test_incidents_that_never_started_count_by_created_at_and_the_answer_says_so(
    sandbox: Sandbox,
) -> None:
    unstarted = truth.count(sandbox.store, "started_at IS NULL")
    note = f"{unstarted} incidents without started_at count by created_at."
    assert note in (await check(sandbox, ["month"]))["notes"]
    assert note not in (await check(sandbox, ["kind"])).get("notes", [])


async def test_days_weeks_and_months_are_those_of_utc(own: Sandbox) -> None:
    # The sandbox shows times at -08:00: there, each of these is another day, and two another month.
    for at in (
        "2026-09-01T00:00:00.000Z",
        "2026-08-31T23:59:59.999Z",
        "2026-11-02T07:59:59.000Z",
        "2026-11-01T23:59:59.000Z",
    ):
        own.store.create_incident(
            created_at=at, started_at=at, kind="backfilled", title="On the edge"
        )
    edge = {"search": "On the edge"}
    days, weeks, months = [
        {row[0]: row[1] for row in (await ask(own, {**edge, "group_by": by}))["rows"]}
        for by in ("day", "week", "month")
    ]
    assert days == {"2026-08-31": 1, "2026-09-01": 1, "2026-11-01": 1, "2026-11-02": 1}
    assert weeks == {"2026-08-31": 2, "2026-10-26": 1, "2026-11-02": 1}
    assert months == {"2026-08": 1, "2026-09": 1, "2026-11": 2}


@pytest.mark.parametrize(
    ("seconds", "median", "ninth"),
    [
        ([], None, None),
        ([60], 1, 1),
        ([60, 120], 1, 2),
        ([60, 120, 180], 2, 3),
        ([60 * n for n in range(1, 11)], 5, 9),
        ([60 * n for n in range(1, 12)], 6, 10),
        ([3], 0.1, 0.1),
        ([2.999], 0, 0),
        ([9], 0.2, 0.2),
        ([64.999, 65], 1.1, 1.1),
        ([60 * 60 * 24 * 400], 576_000, 576_000),
    ],
)
def test_percentiles_are_of_the_nearest_rank(
    seconds: list[float], median: float | None, ninth: float | None
) -> None:
    milliseconds = [round(1_000 * second) for second in seconds]
    assert (percentile(milliseconds, 50), percentile(milliseconds, 90)) == (median, ninth)


async def test_what_ended_before_it_started_is_not_measured_and_the_answer_says_so(
    own: Sandbox,
) -> None:
    at = NOW - timedelta(days=3)
    early = NOW - timedelta(days=4)
    own.store.create_incident(
        title="Time travel", started_at=at, acknowledged_at=early, resolved_at=at
    )
    answer = await ask(own, {"group_by": "kind", "search": "Time travel"})
    assert answer["columns"] == ["kind", "incidents", "live", "resolve_p50", "resolve_p90"]
    assert answer["rows"] == [["normal", 1, 1, 0, 0]]
    assert (
        "Left out of the minutes, because the end is before the start: acknowledge (1)."
        in answer["notes"]
    )


async def test_a_measure_without_any_value_has_no_column(own: Sandbox) -> None:
    at = NOW - timedelta(days=3)
    own.store.create_incident(title="Never over", severity="sev1", started_at=at)
    own.store.create_incident(
        title="Never over", severity="sev2", detected_at=at, acknowledged_at=at
    )
    answer = await ask(own, {"group_by": "severity", "search": "Never over"})
    measured = ["detect_to_acknowledge_p50", "detect_to_acknowledge_p90"]
    assert answer["columns"] == ["severity", "incidents", "live", *measured]
    assert answer["rows"] == [["sev1", 1, 1, None, None], ["sev2", 1, 1, 0, 0]]


@pytest.mark.parametrize(
    ("group", "bounds", "partial"),
    [
        ("day", {}, ["2026-11-22"]),
        ("week", {}, ["2026-11-16"]),
        ("month", {}, ["2026-11"]),
        ("day", {"gte": "2026-11-10T12:00:00Z", "lt": "2026-11-12T00:00:00Z"}, ["2026-11-10"]),
        ("day", {"gte": "2026-11-10", "lte": "2026-11-12T06:00:00Z"}, ["2026-11-12"]),
        ("month", {"gte": "2026-09-15", "lt": "2026-11-01"}, ["2026-09"]),
        ("day", {"gte": "2026-11-10", "lt": "2026-11-12"}, None),
        ("day", {"gte": "2026-11-10", "lte": "2026-11-12T00:00:00Z"}, ["2026-11-12"]),
        ("day", {"gt": "2026-11-10T00:00:00Z", "lt": "2026-11-12"}, ["2026-11-10"]),
        ("day", {"gt": "2026-11-09", "lte": "2026-11-11"}, None),
    ],
)
async def test_a_period_that_has_not_ended_or_is_cut_is_partial(
    group: str, bounds: dict[str, str], partial: list[str] | None, world: Sandbox
) -> None:
    instants = [NOW - timedelta(days=n / 4) for n in range(4 * 90)]
    instants.append(datetime(2026, 11, 12, tzinfo=UTC))
    world.load(Store.containing([{"started_at": instant} for instant in instants], NOW))
    answer = await ask(world, {"group_by": group, **({"started_at": bounds} if bounds else {})})
    assert answer.get("partial") == partial


async def test_with_bounds_on_another_time_it_is_not_known_which_periods_are_cut(
    sandbox: Sandbox,
) -> None:
    answer = await ask(sandbox, {"group_by": "day", "created_at": {"gte": "-7d"}})
    assert (
        "Periods go by started_at: it is not known whether created_at cuts some of them."
        in answer["notes"]
    )


@pytest.mark.slow
async def test_memory_stays_flat(large: Sandbox) -> None:
    arguments = {"group_by": ["day", "kind"]}
    await ask(large, arguments | {"created_at": {"gte": "-7d"}})
    tracemalloc.start()
    try:
        answer = await ask(large, arguments)
        # The sandbox in this process counts, too.
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer["covered"] == {"incidents": 5_000, "of": 5_000}
    assert most < 30 * 2**20


async def test_too_many_incidents_are_an_error_that_says_how_many_and_how_to_narrow(
    sandbox: Sandbox,
) -> None:
    answer = await ask(sandbox, {"group_by": "status"}, summary_max=399)
    assert answer["error"]["code"] == "too_large"
    assert not answer["error"]["retryable"]
    assert "400 incidents match" in answer["error"]["message"]
    assert "at most 399" in answer["error"]["message"]
    assert "created_at" in answer["error"]["message"]
    assert (await ask(sandbox, {"group_by": "status"}, summary_max=400))["covered"] == {
        "incidents": 400,
        "of": 400,
    }


@pytest.mark.slow
async def test_a_timeout_says_how_many_incidents_were_read(sandbox: Sandbox) -> None:
    # Deterministic for the seed: the first requests are answered at once, a later one far too late.
    late = {"fault": "delay:60", "rate": "0.3", "seed": "4"}
    answer = await ask(
        sandbox, {"group_by": "status"}, late, summary_timeout_s=1.5, max_in_flight=1
    )
    assert answer["error"]["code"] == "timeout"
    assert answer["error"]["retryable"]
    assert re.match(
        r"Only [123]?\d\d of 400 incidents could be read within 1.5 s: narrow",
        answer["error"]["message"],
    )


async def test_a_count_that_cannot_have_all_its_turns_says_how_many_it_needs(
    sandbox: Sandbox,
) -> None:
    # Two requests at once, and then one in six seconds.
    answer = await ask(sandbox, {"group_by": "status"}, requests_per_minute=10, summary_timeout_s=9)
    error = answer["error"]
    assert (error["code"], error["retryable"]) == ("rate_limited", True)
    assert "The count needs about 6 requests: narrow" in error["message"]
    assert "created_at" in error["message"]
    # The turns of at least three requests. The next turn alone is earlier.
    assert error["retry_after_s"] >= 18


async def test_a_timeout_says_if_no_incident_was_read(sandbox: Sandbox) -> None:
    answer = await ask(
        sandbox, {"group_by": "status"}, {"fault": "delay:60"}, summary_timeout_s=0.2
    )
    assert answer["error"]["code"] == "timeout"
    assert "of 0" not in answer["error"]["message"]


@pytest.mark.slow
async def test_a_summary_has_a_time_of_its_own(sandbox: Sandbox) -> None:
    slow = {"fault": "delay:0.2"}
    assert (await ask(sandbox, {"page_size": 1}, slow, timeout_s=0.1))["error"]["code"] == "timeout"
    answer = await ask(sandbox, {"group_by": "status"}, slow, timeout_s=0.1, summary_timeout_s=60)
    assert answer["covered"] == {"incidents": 400, "of": 400}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("status:403", "forbidden"),
        ("status:422", "rejected"),
        ("malformed", "unexpected_response"),
        ("missing-rows", "unexpected_response"),
        ("redirect", "unexpected_response"),
    ],
)
async def test_a_failure_of_one_page_is_an_error_and_never_a_part_of_a_total(
    sandbox: Sandbox, fault: str, code: str
) -> None:
    seen = set()
    for seed in "1234":
        answer = await ask(
            sandbox, {"group_by": "status"}, {"fault": fault, "rate": "0.5", "seed": seed}
        )
        if "error" in answer:
            seen.add(answer["error"]["code"])
        else:
            assert groups(answer, ["status"]) == truth.groups(sandbox.store, ["status"])
    assert seen == {code}


async def test_ignored_filters_are_an_error_and_not_counted(sandbox: Sandbox) -> None:
    ignored = {"fault": "ignore-filters"}
    answer = await ask(sandbox, {"group_by": "status", "services": "ingress"}, ignored)
    assert answer["error"]["code"] == "unexpected_response"
    assert answer["error"]["message"].startswith("Rootly ignored the filter services:")


async def test_without_a_count_of_all_there_is_no_summary(sandbox: Sandbox) -> None:
    answer = await ask(sandbox, {"group_by": "status"}, {"meta": "none"})
    assert answer["error"]["code"] == "unexpected_response"


@pytest.mark.parametrize("fault", ["duplicates", "numeric-ids", "surrogates", "content-type"])
async def test_odd_answers_are_counted_once_each(sandbox: Sandbox, fault: str) -> None:
    answer = await ask(sandbox, {"group_by": "status"}, {"fault": fault})
    assert groups(answer, ["status"]) == truth.groups(sandbox.store, ["status"])
    assert answer["covered"] == {"incidents": 400, "of": 400}


@pytest.mark.parametrize("fault", ["nulls", "wrong-types"])
async def test_incidents_without_a_readable_id_count_too_or_there_is_no_count(
    fault: str, world: Sandbox
) -> None:
    world.load(Store.containing([{"created_at": NOW - timedelta(hours=n)} for n in range(60)], NOW))
    counts = set()
    for seed in "12345678":
        answer = await ask(world, {"group_by": "kind"}, {"fault": fault, "seed": seed})
        if "error" in answer:
            assert answer["error"]["code"] == "unexpected_response"
        else:
            counts.add(answer["covered"]["of"])
            assert sum(row[1] for row in answer["rows"]) == 60
    assert counts == {60}


@pytest.fixture(params=["auto", "legacy"])
async def client(
    sandbox: Sandbox, anyio_backend: str, request: pytest.FixtureRequest
) -> AsyncIterator[Client]:
    async with Client(
        build(Dispatcher(settings_for(sandbox, page_limit="50"), clock=lambda: NOW)),
        mode=request.param,
    ) as client:
        yield client


async def test_progress_is_reported_to_a_client_that_asks(client: Client) -> None:
    reports: list[tuple[float, float | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        reports.append((progress, total))

    arguments = {"group_by": "status", "created_at": {"gte": "-150d"}}
    result = await client.call_tool("list_incidents", arguments, progress_callback=note)
    assert result.structured_content
    total = result.structured_content["covered"]["of"]
    assert len(reports) > 2
    assert [of for _, of in reports] == [total] * len(reports)
    done = [progress for progress, _ in reports]
    assert done == sorted({*done})
    assert done[-1] == total
    assert (
        await client.call_tool("list_incidents", arguments)
    ).structured_content == result.structured_content


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("view", "table"),
        ("fields", ["title"]),
        ("sort", "created_at"),
        ("page_size", 10),
        ("page_number", 2),
        ("include", "roles"),
        ("after", str(Continuation("abcdefgh", Offset(25)))),
    ],
)
async def test_arguments_of_lists_are_refused_with_group_by(
    sandbox: Sandbox, name: str, value: object
) -> None:
    error = (await ask(sandbox, {"group_by": "status", name: value}))["error"]
    assert error["code"] == "invalid_arguments"
    assert [
        (detail["argument"], "group_by" in detail["problem"]) for detail in error["details"]
    ] == [(name, True)]


@pytest.mark.parametrize("by", [[], ["status", "severity", "kind"], ["hour"], ["service"], 7])
async def test_other_groups_are_refused(sandbox: Sandbox, by: object) -> None:
    error = (await ask(sandbox, {"group_by": by}))["error"]
    assert error["code"] == "invalid_arguments"
    assert error["details"][0]["argument"].startswith("group_by")


async def test_more_groups_than_fit_are_cut_and_a_note_says_so(sandbox: Sandbox) -> None:
    async with Dispatcher(
        replace(settings_for(sandbox), limits=Limits(max_result_chars=5_000)), clock=lambda: NOW
    ) as dispatcher:
        result = await dispatcher.call("list_incidents", {"group_by": ["day", "services"]})
    answer = json.loads(result.text)
    assert len(result.text) <= 5_000
    assert "next" not in answer
    assert answer["covered"] == {"incidents": 400, "of": 400}
    number = len(truth.groups(sandbox.store, ["day", "services"]))
    assert (
        f"{len(answer['rows'])} of {number} rows fit here: narrow the question." in answer["notes"]
    )


async def test_a_client_that_gives_up_stops_the_summary(sandbox: Sandbox) -> None:
    connection = connect(ROOTLY, sandbox.url("rootly", fault="delay:60"), "key", clock=lambda: NOW)
    arguments = validate(ListIncidents, {"group_by": "status"}, now=NOW, vendor="Rootly")
    with anyio.move_on_after(0.2) as scope:
        await TOOL.run(arguments, connection)
    assert scope.cancelled_caught
    await connection.http.aclose()
