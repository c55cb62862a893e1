"""A count is exact for one moment, or there is none: whatever happens while incidents are read."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from evals import truth
from evals.summaries import SummaryPlan, summarise, summarise_together
from sandbox.serving import Sandbox, serve
from sandbox.store import Store
from server.dispatcher import Dispatcher
from tests.conftest import NOW, settings_for
from tests.slow import seeds, slow
from tools.limits import Limits

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    """A sandbox whose world each test replaces."""
    with serve(now=NOW, size=1) as sandbox:
        yield sandbox


def hours_apart(number: int) -> Store:
    """Incident 1 is the oldest."""
    incidents = [
        {"created_at": NOW - timedelta(hours=number - n), "severity": ["sev1"]}
        for n in range(number)
    ]
    return Store.containing(incidents, NOW)


async def ask(
    sandbox: Sandbox,
    arguments: Mapping[str, Any] | None = None,
    dials: Mapping[str, str] | None = None,
    clock: datetime = NOW,
    **limits: Any,
) -> Any:
    all_settings = replace(
        settings_for(sandbox, **(dials or {})),
        limits=Limits(backoff_s=0.001, requests_per_minute=10**6, **limits),
    )
    async with Dispatcher(all_settings, clock=lambda: clock) as dispatcher:
        question = {"group_by": "severity", **(arguments or {})}
        return json.loads((await dispatcher.call("list_incidents", question)).text)


def counts(answer: Any) -> dict[str | None, int]:
    return {row[0]: row[1] for row in answer["rows"]}


@pytest.mark.parametrize("seed", seeds(200, fast=10))
async def test_a_count_is_exact_for_one_moment_or_a_note_or_an_error_says_otherwise(
    seed: int, world: Sandbox
) -> None:
    plan = SummaryPlan.of(seed)
    verdict = await summarise(world, plan)
    assert verdict.faults == [], plan


@pytest.mark.parametrize("seed", seeds(100, fast=5))
async def test_the_counts_of_callers_who_share_requests_are_as_exact(
    seed: int, world: Sandbox
) -> None:
    plan = SummaryPlan.of(seed)
    verdicts = await summarise_together(world, plan, callers=6)
    assert [verdict.faults for verdict in verdicts] == [[]] * 6, plan


@pytest.mark.parametrize("number", [0, 1, 99])
async def test_incidents_that_fit_one_answer_take_one_request(number: int, world: Sandbox) -> None:
    world.load(hours_apart(number))
    before = world.script.count()
    answer = await ask(world)
    assert answer["covered"] == {"incidents": number, "of": number}
    assert world.script.count() == before + 1


@pytest.mark.parametrize("request_number", range(2, 12))
async def test_one_deleted_and_one_declared_between_two_requests_hide_no_other(
    request_number: int, world: Sandbox
) -> None:
    world.load(hours_apart(500))

    def change(store: Store) -> None:
        store.delete_incident(120)
        store.create_incident(severity=["sev2"])

    world.script.before(request_number, change)
    answer = await ask(world)
    # Before the change, or after it.
    assert counts(answer) in ({"sev1": 500}, {"sev1": 499, "sev2": 1})
    assert answer["covered"] == {"incidents": 500, "of": 500}


@pytest.mark.parametrize("request_number", range(2, 14))
async def test_a_change_between_two_requests_is_counted_once(
    request_number: int, world: Sandbox
) -> None:
    world.load(hours_apart(300))

    def change(store: Store) -> None:
        for number in (5, 150, 295):
            store.update_incident(number, severity=["sev2"], updated_at=NOW)

    world.script.before(request_number, change)
    answer = await ask(world)
    assert counts(answer) in ({"sev1": 300}, {"sev1": 297, "sev2": 3})


@pytest.mark.parametrize("request_number", range(2, 14))
async def test_an_incident_that_stops_matching_between_two_requests_is_not_counted(
    request_number: int, world: Sandbox
) -> None:
    world.load(hours_apart(300))
    world.script.before(
        request_number, lambda store: store.update_incident(150, status="cancelled", updated_at=NOW)
    )
    answer = await ask(world, {"status": ["started"]})
    assert counts(answer) in ({"sev1": 300}, {"sev1": 299})
    assert answer["covered"]["incidents"] == answer["covered"]["of"] == counts(answer)["sev1"]


async def test_after_deletions_everything_is_read_again(
    world: Sandbox,
) -> None:
    world.load(hours_apart(300))

    def change(store: Store) -> None:
        for number in range(1, 40):
            store.delete_incident(number)

    world.script.before(8, change)
    answer = await ask(world, max_in_flight=1)
    assert counts(answer) == {"sev1": 261}


@pytest.mark.parametrize(
    "dials",
    [{"clock": "300"}, {"clock": "-300"}, {"updated_clock": "-86400"}, {"updated_clock": "240"}],
)
async def test_the_vendors_clocks_make_no_difference(dials: dict[str, str], world: Sandbox) -> None:
    world.load(hours_apart(300))
    # Another incident has just changed. From its updated_at, the time at Rootly is known.
    world.store.update_incident(299, title="Just now", updated_at=NOW)
    world.script.before(
        5, lambda store: store.update_incident(3, severity=["sev2"], updated_at=NOW)
    )
    answer = await ask(world, dials=dials, max_in_flight=1)
    assert counts(answer) == {"sev1": 299, "sev2": 1}


@pytest.mark.parametrize(
    "clock", [NOW, NOW + timedelta(hours=1), NOW - timedelta(hours=1)], ids=str
)
async def test_an_update_in_the_future_hides_no_change(clock: datetime, world: Sandbox) -> None:
    world.load(hours_apart(300))
    world.store.update_incident(299, updated_at=NOW + timedelta(days=400))
    world.script.before(
        5, lambda store: store.update_incident(3, severity=["sev2"], updated_at=NOW)
    )
    answer = await ask(world, clock=clock, max_in_flight=1)
    assert counts(answer) == {"sev1": 299, "sev2": 1}


@pytest.mark.parametrize("number", [250, *slow([101, 400])])
@pytest.mark.parametrize("seconds", [1, 2, 60])
async def test_more_incidents_of_one_second_than_an_answer_holds_are_counted(
    number: int, seconds: int, world: Sandbox
) -> None:
    step = timedelta(seconds=seconds) / number
    crowd = [
        {"created_at": NOW - timedelta(hours=3) + n * step, "severity": ["sev2"]}
        for n in range(number)
    ]
    others = [{"created_at": NOW - timedelta(hours=n), "severity": ["sev1"]} for n in range(1, 200)]
    world.load(Store.containing([*crowd, *others], NOW))
    assert counts(await ask(world)) == {"sev1": 199, "sev2": number}


@pytest.mark.slow
async def test_a_deletion_within_a_crowded_second_hides_no_other(world: Sandbox) -> None:
    at = NOW - timedelta(hours=3)
    crowd = [
        {"created_at": at + timedelta(milliseconds=n), "severity": [f"sev{n % 2}"]}
        for n in range(250)
    ]
    for request_number in range(2, 20, 3):
        world.load(Store.containing(crowd, NOW))
        world.script.before(request_number, lambda store: store.delete_incident(1))
        assert counts(await ask(world)) in ({"sev0": 125, "sev1": 125}, {"sev0": 124, "sev1": 125})


@pytest.mark.parametrize("limit", ["10", "50", "99"])
@pytest.mark.parametrize("page_limit_told", ["yes", "no"])
async def test_smaller_pages_than_requested_are_all_read(
    limit: str, page_limit_told: str, world: Sandbox
) -> None:
    world.load(hours_apart(230))
    answer = await ask(world, dials={"page_limit": limit, "page_limit_told": page_limit_told})
    assert counts(answer) == {"sev1": 230}
    assert "notes" not in answer


@pytest.mark.parametrize("total", ["zero", "100", "fewer:7", "fewer:130", "more:7", "missing"])
async def test_a_total_that_the_rows_contradict_is_an_error(total: str, world: Sandbox) -> None:
    world.load(hours_apart(230))
    answer = await ask(world, dials={"total": total})
    assert answer["error"]["code"] == "unexpected_response"


async def test_a_total_that_a_crowded_second_contradicts_is_an_error(world: Sandbox) -> None:
    at = NOW - timedelta(hours=3)
    crowd = [{"created_at": at + timedelta(milliseconds=n)} for n in range(150)]
    world.load(Store.containing(crowd, NOW))
    answer = await ask(world, dials={"total": "fewer:7"})
    assert answer["error"]["code"] == "unexpected_response"


async def test_a_page_without_the_rows_that_it_promises_is_an_error(world: Sandbox) -> None:
    world.load(hours_apart(230))
    assert (await ask(world, dials={"empty_page": "1"}))["error"]["code"] == "unexpected_response"
    error = (await ask(world, dials={"empty_page": "1", "total": "zero"}))["error"]
    assert (
        error["message"]
        == "Rootly says that another page follows, but sent no incidents on this one."
    )


FITTING = re.compile(r"created_at from (\S+) on would fit")


@pytest.mark.parametrize(
    "dials",
    [{}, {"compared": "minute", "sorted": "minute"}, {"shown": "minute"}, {"stored": "s"}],
    ids=str,
)
async def test_too_many_incidents_are_an_error_that_says_which_of_them_would_fit(
    dials: Mapping[str, str], world: Sandbox
) -> None:
    incidents = [
        {"created_at": NOW - n * timedelta(seconds=25), "severity": ["sev1"]} for n in range(400)
    ]
    world.load(Store.containing(incidents, NOW))
    error = (await ask(world, dials=dials, summary_max=150))["error"]
    assert error["code"] == "too_large"
    assert "400 incidents match" in error["message"]
    fitting = FITTING.search(error["message"])
    assert fitting
    narrowed = {"created_at": {"gte": fitting[1]}}
    answer = await ask(world, narrowed, dials=dials, summary_max=150)
    # Only incidents of one more minute might fit, too.
    assert 147 <= answer["covered"]["incidents"] <= 150


async def test_an_error_does_not_say_that_all_that_must_be_read_meets_the_conditions(
    world: Sandbox,
) -> None:
    world.load(hours_apart(130))
    where = {"lasted": {"gte": "520w"}}
    error = (await ask(world, {"where": where}, summary_max=110))["error"]
    assert "130 incidents match the filters" in error["message"]


async def test_a_count_of_what_was_active_reads_only_what_may_have_been(world: Sandbox) -> None:
    old = [{"created_at": NOW - timedelta(days=n), "status": "resolved"} for n in range(10, 310)]
    for incident in old:
        incident["resolved_at"] = incident["updated_at"] = incident["created_at"]
    live = [{"created_at": NOW - timedelta(days=400 + n), "status": "started"} for n in range(120)]
    world.load(Store.containing([*old, *live], NOW))
    arguments = {"group_by": "status", "active_during": {"gte": "-1d"}}
    answer = await ask(world, arguments, summary_max=150)
    assert counts(answer) == {"started": 120}
    assert answer["covered"] == {"incidents": 120, "of": 120}
    error = (await ask(world, arguments, summary_max=110))["error"]
    assert "120 incidents match" in error["message"]


@pytest.mark.parametrize("request_number", range(2, 14))
async def test_what_is_active_is_counted_for_one_moment(
    request_number: int, world: Sandbox
) -> None:
    world.load(hours_apart(20))

    def change(store: Store) -> None:
        store.update_incident(7, status="cancelled", updated_at=NOW)
        store.create_incident(severity=["sev2"], status="started")

    world.script.before(world.script.count() + request_number, change)
    answer = await ask(world, {"active_during": {"gte": "-1h"}, "status": ["started"]})
    assert counts(answer) in ({"sev1": 20}, {"sev1": 19, "sev2": 1})


async def test_what_would_fit_respects_the_bounds_of_the_question(world: Sandbox) -> None:
    world.load(hours_apart(300))
    until = {"lt": (NOW - timedelta(hours=100)).isoformat()}
    message = (await ask(world, {"created_at": until}, summary_max=120))["error"]["message"]
    fitting = FITTING.search(message)
    assert fitting
    narrowed = {"created_at": {**until, "gte": fitting[1]}}
    assert (await ask(world, narrowed, summary_max=120))["covered"]["incidents"] == 120


async def test_if_a_minute_alone_is_too_large_the_error_names_no_time(world: Sandbox) -> None:
    at = NOW - timedelta(hours=3)
    crowd = [{"created_at": at + timedelta(milliseconds=n)} for n in range(200)]
    world.load(Store.containing(crowd, NOW))
    error = (await ask(world, summary_max=120))["error"]
    assert error["code"] == "too_large"
    assert "would fit" not in error["message"]


async def test_a_count_by_a_relation_names_its_assumption(world: Sandbox) -> None:
    assumption: Callable[[str], str] = (
        "Assumes that Rootly sets updated_at when {} of an incident change.".format
    )
    world.load(hours_apart(230))
    assert assumption("services") in (await ask(world, {"group_by": "services"}))["notes"]
    assert (
        assumption("teams, causes") in (await ask(world, {"group_by": ["teams", "cause"]}))["notes"]
    )
    world.store.create_incident(services=["ingress"])
    excluded = {"exclude": {"services": ["ingress"]}}
    assert (await ask(world, excluded))["notes"] == [assumption("services")]
    assert "notes" not in await ask(world, {"severity": ["sev1"], "status": ["started"]})


async def test_a_count_from_one_answer_needs_no_assumption(world: Sandbox) -> None:
    world.load(hours_apart(99))
    assert (await ask(world, {"group_by": "services"}))["notes"] == [
        "An incident counts once per service."
    ]


@pytest.mark.slow
async def test_while_everything_changes_there_is_no_count(world: Sandbox) -> None:
    world.load(hours_apart(150))
    changes = count()

    def change(store: Store) -> None:
        number = next(changes)
        store.update_incident(
            number % 150 + 1,
            title=str(number),
            severity=[f"sev{number // 150 % 3}"],
            updated_at=NOW,
        )

    world.script.before_each(change)
    error = (await ask(world, summary_timeout_s=1.0))["error"]
    assert error["code"] == "timeout"
    assert error["retryable"]
    assert "there is no exact count within 1 s" in error["message"]


@pytest.mark.parametrize("back", [9, 10])
@pytest.mark.parametrize("forth", [6, 7, 8])
async def test_an_incident_that_matches_for_a_moment_does_not_replace_a_deleted_one(
    forth: int, back: int, world: Sandbox
) -> None:
    world.load(hours_apart(300))
    world.store.update_incident(20, status="cancelled", severity=["sev2"], updated_at=NOW)
    requests, moments = count(1), []

    def change(store: Store) -> None:
        request = next(requests)
        if request == 4:
            store.delete_incident(150)
            store.update_incident(10, severity=["sev3"], updated_at=NOW)
        if request in (forth, back):
            now = NOW + timedelta(milliseconds=request)
            store.update_incident(
                20, status="started" if request == forth else "cancelled", updated_at=now
            )
        moments.append(
            {
                group: row[0]
                for (group,), row in truth.groups(store, ["severity"], "status = 'started'").items()
            }
        )

    world.script.before_each(change)
    answer = await ask(world, {"status": ["started"]}, max_in_flight=1)
    assert counts(answer) in moments


@pytest.mark.parametrize("group", ["severity", "services"])
@pytest.mark.parametrize("request_number", [2, 5, 8, 11, *slow([3, 4, 6, 7, 9, 10])])
async def test_a_group_that_is_renamed_meanwhile_counts_under_one_name(
    group: str, request_number: int, world: Sandbox
) -> None:
    times = [NOW - timedelta(hours=n + 1) for n in range(300)]
    type_, slug = {"severity": ("severities", "sev1"), "services": ("services", "ingress")}[group]
    world.load(Store.containing([{"created_at": at, group: [slug]} for at in times], NOW))
    world.script.before(request_number, lambda store: store.rename(type_, slug, "renamed"))
    answer = await ask(world, {"group_by": group})
    assert counts(answer) in ({slug: 300}, {"renamed": 300})


async def test_a_total_that_never_agrees_with_the_rows_is_an_error(world: Sandbox) -> None:
    world.load(hours_apart(150))
    error = (await ask(world, dials={"total": "at_most:120"}))["error"]
    assert error["code"] == "unexpected_response"
    assert "counts 120 incidents but sends 150, every time" in error["message"]
