"""Following `next` while incidents are declared, changed and deleted between the pages."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import anyio
import httpx
import pytest

from evals import draw
from evals.walks import BY_CREATED_AT, MAY_MOVE, Plan, judge, walk
from sandbox.drift import drift
from sandbox.rootly.dials import DIALS
from sandbox.serving import Sandbox, serve
from sandbox.store import Store
from server.dispatcher import Dispatcher
from tests.conftest import NOW, settings_for
from tests.slow import seeds, slow
from tests.tools.mocked import reply
from tools.limits import Limits

OTHER_SORTS = ("updated_at", "-updated_at", "started_at", "-resolved_at")


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    """A sandbox whose world each test replaces."""
    with serve(now=NOW, size=1) as sandbox:
        yield sandbox


def minutes_apart(count: int, **columns: Any) -> Store:
    return Store.containing(
        [
            {"created_at": NOW - timedelta(minutes=n + 1), "title": "x" * 150, **columns}
            for n in range(count)
        ],
        NOW,
    )


@pytest.mark.anyio
@pytest.mark.parametrize("seed", seeds(150, fast=20))
async def test_by_created_at_every_incident_is_shown_exactly_once_or_a_note_says_otherwise(
    seed: int, world: Sandbox
) -> None:
    plan = Plan.of(seed, sorts=BY_CREATED_AT)
    assert judge(plan, await walk(world, plan)).faults == []


@pytest.mark.anyio
@pytest.mark.parametrize("seed", seeds(100, fast=20))
async def test_by_anything_else_every_page_that_goes_on_says_what_may_happen(
    seed: int, world: Sandbox
) -> None:
    plan = Plan.of(seed, sorts=draw.SORTS)
    assert judge(plan, await walk(world, plan)).faults == []


def test_every_dial_is_drawn_or_it_is_said_why_not() -> None:
    assert {*draw.DIAL_VALUES, *draw.NOT_DRAWN} == DIALS.keys()
    for name, values in draw.DIAL_VALUES.items():
        assert all(DIALS[name].allows(value) for value in values)


def answers(
    sandbox: Sandbox,
    arguments: Mapping[str, Any],
    *,
    limit: int = 40_000,
    transport: httpx.AsyncBaseTransport | None = None,
    **dials: str,
) -> list[dict[str, Any]]:
    """The answers of a list that is followed to its end."""

    async def follow() -> list[dict[str, Any]]:
        settings = replace(
            settings_for(sandbox, **dials),
            limits=Limits(max_result_chars=limit, requests_per_minute=10**6),
        )
        question, results = dict(arguments), []
        async with Dispatcher(settings, clock=lambda: NOW, transport=transport) as dispatcher:
            while True:
                results.append(json.loads((await dispatcher.call("list_incidents", question)).text))
                if "next" not in results[-1] or len(results) == 100:
                    return results
                question |= results[-1]["next"]

    return anyio.run(follow)


def numbers(results: list[dict[str, Any]]) -> list[int]:
    return [row["sequential_id"] for answer in results for row in answer["incidents"]]


FIELDS = ["sequential_id", "title"]


@pytest.mark.parametrize("sort", ["created_at", "-created_at", *OTHER_SORTS])
@pytest.mark.parametrize("cursor", ["on", "off"])
@pytest.mark.parametrize("limit", [10_000, 40_000])
def test_without_changes_every_sort_reaches_everything_once(
    sort: str, cursor: str, limit: int, world: Sandbox
) -> None:
    world.load(minutes_apart(130, started_at=NOW, resolved_at=NOW))
    results = answers(
        world,
        {"sort": [sort], "page_size": 100, "fields": [*FIELDS, "url"]},
        limit=limit,
        cursor=cursor,
    )
    assert sorted(numbers(results)) == [*range(1, 131)]
    assert results[0]["total"] == 130


@pytest.mark.parametrize("stored", ["s", "ms"])
def test_many_incidents_of_one_second_are_all_shown(stored: str, world: Sandbox) -> None:
    times = [NOW - timedelta(hours=1, milliseconds=n * 3) for n in range(320)] + [
        NOW - timedelta(hours=n) for n in range(2, 9)
    ]
    world.load(Store.containing([{"created_at": at} for at in times], NOW))
    results = answers(world, {"page_size": 30, "fields": ["sequential_id"]}, stored=stored)
    assert sorted(numbers(results)) == [*range(1, 328)]
    crowded = [answer for answer in results if MAY_MOVE in answer.get("notes", [])]
    assert crowded


def shuffled(count: int, **apart: int) -> Store:
    """Incidents whose numbers say nothing of their order, as after an import."""
    step = timedelta(**apart)
    places = Random(3).sample(range(count), count)
    return Store.containing(
        [{"created_at": NOW - timedelta(hours=1) + place * step} for place in places], NOW
    )


@pytest.mark.parametrize(
    ("by", "to"), [("minute", "stored"), ("stored", "minute"), ("minute", "minute")]
)
@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
@pytest.mark.parametrize("size", [1, 10])
def test_nothing_is_missed_where_rootly_sorts_or_compares_to_the_minute(
    by: str, to: str, sort: str, size: int, world: Sandbox
) -> None:
    world.load(shuffled(40, seconds=7))
    results = answers(
        world,
        {"sort": [sort], "page_size": size, "fields": ["sequential_id"]},
        sorted=by,
        compared=to,
    )
    assert sorted(numbers(results)) == [*range(1, 41)]


@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
def test_a_minute_with_more_incidents_than_an_answer_is_read_by_its_seconds(
    sort: str, world: Sandbox
) -> None:
    world.load(shuffled(250, milliseconds=150))
    results = answers(world, {"sort": [sort], "page_size": 30, "fields": ["sequential_id"]})
    assert sorted(numbers(results)) == [*range(1, 251)]
    assert all("notes" not in answer for answer in results)


@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
def test_a_note_says_that_rows_may_be_missing_where_such_a_minute_cannot_be_read_by_its_seconds(
    sort: str, world: Sandbox
) -> None:
    world.load(shuffled(250, milliseconds=150))
    results = answers(
        world, {"sort": [sort], "page_size": 30, "fields": ["sequential_id"]}, compared="minute"
    )
    notes = [note for answer in results for note in answer.get("notes", [])]
    lacking = ("did not go on exactly where the last page ended", "the list may be incomplete")
    assert any(text in note for text in lacking for note in notes) or "error" in results[-1]


def seconds_of(*counts: int) -> Store:
    """As many incidents in each second of one minute, and one an hour before and after."""
    begun = NOW - timedelta(hours=2)
    times = [
        begun + timedelta(seconds=second, milliseconds=n)
        for second, count in enumerate(counts)
        for n in range(count)
    ]
    times += [begun - timedelta(hours=1), begun + timedelta(hours=1)]
    return Store.containing([{"created_at": at} for at in times], NOW)


TIES = ("number", "page_size", "request")


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
@pytest.mark.parametrize("size", [7, 100, *slow([5, 25, 50, 99])])
def test_a_crowded_minute_is_read_exactly_whatever_the_order_within_its_seconds(
    ties: str, sort: str, size: int, world: Sandbox
) -> None:
    world.load(seconds_of(*[22] * 5))
    question = {"sort": [sort], "page_size": size, "fields": ["sequential_id"]}
    results = answers(world, question, sorted="s", ties=ties)
    assert sorted(numbers(results)) == [*range(1, 113)]
    assert all("notes" not in answer for answer in results)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
@pytest.mark.parametrize("size", [7, 100, *slow([20])])
def test_a_minute_that_rootly_cuts_is_read_exactly_by_its_seconds(
    ties: str, sort: str, size: int, world: Sandbox
) -> None:
    world.load(seconds_of(3, 19, 0, 19, 19, 1))
    question = {"sort": [sort], "page_size": size, "fields": ["sequential_id"]}
    results = answers(world, question, sorted="s", ties=ties, page_limit="20")
    assert sorted(numbers(results)) == [*range(1, 64)]
    assert not any(MAY_MOVE in answer.get("notes", []) for answer in results)


@pytest.mark.slow
@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
@pytest.mark.parametrize(
    ("count", "limit"), [(30, "20"), (75, "20"), (60, "50"), (95, "50"), (110, "100")]
)
@pytest.mark.parametrize("size", [8, 100])
def test_a_note_says_that_a_second_has_more_incidents_than_rootly_sends_at_once(
    ties: str, sort: str, count: int, limit: str, size: int, world: Sandbox
) -> None:
    world.load(seconds_of(count))
    question = {"sort": [sort], "page_size": size, "fields": ["sequential_id"]}
    results = answers(world, question, sorted="s", ties=ties, page_limit=limit)
    assert any(MAY_MOVE in answer.get("notes", []) for answer in results)
    assert ties != "number" or sorted(numbers(results)) == [*range(1, count + 3)]


@pytest.mark.parametrize("limit", [20, 50])
@pytest.mark.parametrize("seed", range(10))
def test_incidents_that_go_while_such_a_second_is_read_are_covered_by_the_note(
    limit: int, seed: int, world: Sandbox
) -> None:
    world.load(seconds_of(limit + 10))
    world.script.before_each(drift(seed, ["delete"]))
    results = answers(world, {"page_size": 100, "fields": ["sequential_id"]}, page_limit=str(limit))
    assert any(MAY_MOVE in answer.get("notes", []) for answer in results)


NOTHING = {"fault": 'root:{"data":[]}'}
DID_NOT_COME_BACK = (
    "Rootly sent no incidents here, not even the last ones shown: "
    "they were deleted or changed, or the list may be incomplete."
)


@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
def test_an_answer_that_is_empty_by_mistake_is_asked_for_once_more(
    sort: str, world: Sandbox
) -> None:
    world.load(minutes_apart(60))
    world.script.turn(world.script.count() + 3, **NOTHING)
    results = answers(world, {"sort": [sort], "page_size": 7, "fields": ["sequential_id"]})
    assert sorted(numbers(results)) == [*range(1, 61)]
    assert all("notes" not in answer for answer in results)


@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
def test_a_list_that_ends_without_the_last_incidents_shown_says_that_it_may_be_incomplete(
    sort: str, world: Sandbox
) -> None:
    world.load(minutes_apart(60))
    for number in (3, 4):
        world.script.turn(world.script.count() + number, **NOTHING)
    *before, last = answers(world, {"sort": [sort], "page_size": 7, "fields": ["sequential_id"]})
    assert last["incidents"] == []
    assert last["notes"] == [DID_NOT_COME_BACK]
    assert all("notes" not in answer for answer in before)


def test_a_note_says_that_a_list_may_be_incomplete_if_its_last_incidents_were_deleted(
    world: Sandbox,
) -> None:
    world.load(minutes_apart(10))
    for number in range(7, 11):
        world.script.before(world.script.count() + 2, partial(Store.delete_incident, number=number))
    *_, last = answers(world, {"page_size": 7, "fields": ["sequential_id"]})
    assert last["notes"] == [DID_NOT_COME_BACK]


@pytest.mark.parametrize("cursor", ["on", "off"])
def test_a_page_number_starts_there_and_next_goes_on_after_it(cursor: str, world: Sandbox) -> None:
    world.load(minutes_apart(40))
    results = answers(world, {"page_number": 3, "page_size": 7, "fields": FIELDS}, cursor=cursor)
    assert numbers(results) == [*range(15, 41)]
    assert results[0]["total"] == 40


def test_after_alone_is_enough_and_the_window_does_not_move(world: Sandbox) -> None:
    world.load(minutes_apart(60))
    now = [NOW]

    async def follow() -> list[dict[str, Any]]:
        arguments: dict[str, Any] = {
            "created_at": {"gte": "-30m"},
            "page_size": 7,
            "fields": ["sequential_id"],
        }
        results = []
        async with Dispatcher(settings_for(world), clock=lambda: now[0]) as dispatcher:
            while True:
                results.append(
                    json.loads((await dispatcher.call("list_incidents", arguments)).text)
                )
                if "next" not in results[-1]:
                    return results
                assert results[-1]["next"].keys() == {"after"}
                arguments["after"] = results[-1]["next"]["after"]
                now[0] += timedelta(minutes=5)

    results = anyio.run(follow)
    assert numbers(results) == [*range(1, 31)]
    assert {answer["notes"][0] for answer in results} == {
        "created_at.gte -30m means 2026-11-22T01:30:00Z."
    }


QUESTION = {"status": ["started", "resolved"], "created_at": {"gte": "2026-11-01"}, "page_size": 5}


def after_of(sandbox: Sandbox, arguments: Mapping[str, Any]) -> str:
    after: str = answers(sandbox, arguments)[0]["next"]["after"]
    return after


@pytest.mark.parametrize(
    "same",
    [
        {"status": ["resolved", "started"]},
        {"created_at": {"gte": "2026-11-01T00:00:00Z"}},
        {"sort": "-created_at"},
        {"page_size": 50, "view": "table"},
        {"fields": ["title"], "include": ["roles"]},
    ],
    ids=json.dumps,
)
def test_a_question_may_be_spelled_in_another_way_and_shown_in_another_view(
    same: dict[str, Any], world: Sandbox
) -> None:
    world.load(minutes_apart(20))
    after = after_of(world, QUESTION)
    assert "error" not in answers(world, {**QUESTION, **same, "after": after})[0]


@pytest.mark.parametrize(
    "other",
    [
        {"status": ["started"]},
        {"created_at": {"gte": "2026-11-02"}},
        {"sort": "created_at"},
        {"search": "x"},
        {"exclude": {"kind": ["test"]}},
    ],
    ids=json.dumps,
)
def test_a_continuation_of_another_question_is_refused(
    other: dict[str, Any], world: Sandbox
) -> None:
    world.load(minutes_apart(20))
    after = after_of(world, QUESTION)
    requests = world.script.count()
    [answer] = answers(world, {**QUESTION, **other, "after": after})
    assert answer["error"]["code"] == "invalid_arguments"
    [detail] = answer["error"]["details"]
    assert detail == {
        "argument": "after",
        "problem": "belongs to other filters or another sort, or is not an exact copy: copy it "
        "from the next of a result, and repeat the filters and the sort of that call",
    }
    assert world.script.count() == requests


@pytest.mark.parametrize(
    "arguments", [QUESTION, {"sort": ["-updated_at"], "page_size": 3}], ids=str
)
def test_a_continuation_with_another_character_is_refused(
    arguments: dict[str, Any], world: Sandbox
) -> None:
    world.load(minutes_apart(20))
    after = after_of(world, arguments)
    requests = world.script.count()
    # Some bits of the last character mean nothing.
    for place in range(len(after) - 1):
        changed = f"{after[:place]}{'M' if after[place] != 'M' else 'T'}{after[place + 1 :]}"
        [answer] = answers(world, {**arguments, "after": changed})
        assert answer["error"]["code"] == "invalid_arguments", changed
    assert world.script.count() == requests


def test_a_cursor_that_rootly_has_forgotten_is_rejected_and_says_how_to_go_on(
    world: Sandbox,
) -> None:
    world.load(minutes_apart(20))
    *_, last = answers(world, {"sort": ["-updated_at"], "page_size": 3}, cursor="expires:1")
    assert last["error"]["code"] == "rejected"
    assert "start again without after" in last["error"]["message"]


@pytest.mark.parametrize("total", ["exact", "missing"])
def test_a_cursor_that_is_ignored_does_not_walk_for_ever(total: str, world: Sandbox) -> None:
    world.load(minutes_apart(20))
    results = answers(
        world, {"sort": ["-updated_at"], "page_size": 3}, cursor="ignored", total=total
    )
    assert len(results) < 4
    assert results[-1]["error"]["code"] == "unexpected_response"


@pytest.mark.parametrize("size", [7, 10])
def test_a_cursor_that_is_ignored_on_the_last_page_does_not_end_the_list(
    size: int, world: Sandbox
) -> None:
    world.load(minutes_apart(14))
    results = answers(world, {"sort": ["-updated_at"], "page_size": size}, cursor="ignored")
    assert results[-1]["error"]["code"] == "unexpected_response"


@pytest.mark.parametrize("size", [1, 5, 100])
@pytest.mark.parametrize("limit", ["100", "10"])
@pytest.mark.parametrize("cursor", ["on", "off"])
def test_a_count_that_is_too_small_ends_no_list(
    cursor: str, limit: str, size: int, world: Sandbox
) -> None:
    world.load(minutes_apart(27))
    results = answers(
        world,
        {"sort": ["-updated_at"], "page_size": size, "fields": FIELDS},
        total="fewer:7",
        page_limit=limit,
        cursor=cursor,
    )
    assert sorted(numbers(results)) == [*range(1, 28)]


def test_a_cursor_that_loses_the_sort_is_noted_on_pages_of_one_row_too(world: Sandbox) -> None:
    world.load(minutes_apart(20))
    results = answers(
        world, {"sort": ["updated_at"], "page_size": 1}, cursor="unsorted", last_cursor="set"
    )
    assert any("says that there are more" in note for note in results[-1]["notes"])


def test_a_list_that_ends_before_all_that_is_counted_says_so(world: Sandbox) -> None:
    world.load(minutes_apart(3, status="resolved"))
    world.store.create_incident(created_at=NOW, updated_at=NOW - timedelta(days=1))
    # The cursor goes on with what was created before the second row.
    results = answers(world, {"sort": ["updated_at"], "page_size": 2}, cursor="unsorted")
    assert any("says that there are more" in note for note in results[-1]["notes"])


def test_a_cursor_that_loses_the_sort_is_noted_where_no_row_shows_what_is_sorted_by(
    world: Sandbox,
) -> None:
    world.load(minutes_apart(20))
    results = answers(world, {"sort": ["-mitigated_at"], "page_size": 7}, cursor="unsorted")
    note = (
        "Where Rootly sorts the 7 incidents without mitigated_at here is not known: "
        "some may be missed, or come again."
    )
    assert note in results[0]["notes"]


@pytest.mark.parametrize("last", ["set", "always"])
@pytest.mark.parametrize("sort", ["created_at", "-updated_at"])
def test_a_cursor_on_the_last_page_too_does_not_fail_the_list(
    last: str, sort: str, world: Sandbox
) -> None:
    world.load(minutes_apart(20))
    results = answers(world, {"sort": [sort], "page_size": 5, "fields": FIELDS}, last_cursor=last)
    assert sorted(numbers(results)) == [*range(1, 21)]


@pytest.mark.parametrize("clock", ["-300", "300"])
@pytest.mark.parametrize("sort", ["created_at", "updated_at"])
def test_the_vendors_clock_plays_no_part(clock: str, sort: str, world: Sandbox) -> None:
    world.load(minutes_apart(40))
    results = answers(
        world, {"sort": [sort], "page_size": 7, "fields": FIELDS}, clock=clock, updated_clock=clock
    )
    assert sorted(numbers(results)) == [*range(1, 41)]


def test_a_count_without_rows_is_not_an_empty_list(world: Sandbox) -> None:
    world.load(minutes_apart(0))
    [answer] = answers(world, {}, total="more:3")
    assert answer["error"]["code"] == "unexpected_response"


def test_an_empty_page_that_names_a_next_one_is_not_an_empty_list(world: Sandbox) -> None:
    world.load(minutes_apart(20))
    [answer] = answers(world, {"sort": ["-updated_at"]}, total="zero", empty_page="1")
    assert answer["error"]["code"] == "unexpected_response"


def test_an_empty_page_in_the_middle_is_noted_even_if_the_count_is_wrong(world: Sandbox) -> None:
    world.load(minutes_apart(40))
    *_, last = answers(
        world, {"sort": ["-updated_at"], "page_size": 25}, total="12", empty_page="2"
    )
    assert "Rootly sent 0 incidents of a page of 25, and says that there are more." in last["notes"]


def test_a_count_that_the_rows_contradict_is_left_out(world: Sandbox) -> None:
    world.load(minutes_apart(20))
    [answer] = answers(world, {}, total="3")
    assert "total" not in answer
    assert (
        "Rootly's count of matches is smaller than the number of incidents that it sent: "
        "it is left out." in answer["notes"]
    )


def test_a_page_beyond_50_000_is_refused_before_the_network_and_says_how_to_go_on(
    sandbox: Sandbox,
) -> None:
    nowhere = replace(sandbox, port=9)
    for number, size in ((501, 100), (2_001, None), (50_001, 1)):
        arguments = {"page_number": number, **({"page_size": size} if size else {})}
        error = answers(nowhere, arguments)[0]["error"]
        assert error["code"] == "invalid_arguments"
        [detail] = error["details"]
        assert detail["argument"] == "page_number"
        assert "50,000" in detail["problem"]
        assert "next" in detail["problem"]
        assert "created_at" in detail["problem"]
    assert answers(sandbox, {"page_number": 500, "page_size": 100})[0]["incidents"] == []


@pytest.mark.parametrize("sort", ["-created_at", "-started_at"])
def test_a_page_after_the_end_keeps_the_count_and_says_where_it_is(
    sort: str, world: Sandbox
) -> None:
    world.load(minutes_apart(20))
    [answer] = answers(world, {"page_number": 30, "page_size": 5, "sort": [sort]})
    assert (answer["incidents"], answer["total"]) == ([], 20)
    [note] = answer["notes"]
    assert note == "This page is after the end of the list: give a smaller page_number."


def test_an_empty_page_is_not_called_the_end_if_rootly_does_not_say_so(world: Sandbox) -> None:
    world.load(minutes_apart(20))
    arguments = {"page_number": 2, "page_size": 5}
    [answer] = answers(world, arguments, empty_page="2", meta="none")
    assert not any("after the end" in note for note in answer.get("notes", []))


def test_a_row_that_came_twice_is_shown_once(world: Sandbox) -> None:
    world.load(minutes_apart(45))
    results = answers(world, {"page_size": 9, "fields": ["sequential_id"]}, fault="duplicates")
    assert sorted(numbers(results)) == [*range(1, 46)]
    assert all(any("twice" in note for note in answer["notes"]) for answer in results)


@pytest.mark.parametrize("cursor", ["on", "off"])
def test_rows_that_came_twice_do_not_end_a_list_early(world: Sandbox, cursor: str) -> None:
    """Counted twice, the rows of page 3 would already be all 45."""
    world.load(minutes_apart(45))
    question = {"page_size": 9, "sort": ["-updated_at"], "fields": ["sequential_id"]}
    assert sorted(numbers(answers(world, question, fault="duplicates", cursor=cursor))) == [
        *range(1, 46)
    ]


@pytest.mark.parametrize("total", ["exact", "missing"])
def test_a_numbered_page_that_rootly_cuts_is_followed_by_the_rows_after_it(
    world: Sandbox, total: str
) -> None:
    """Rootly counts pages by the size that it sends, and not by the one that it was asked for."""
    world.load(minutes_apart(45))
    question = {
        "page_number": 2,
        "page_size": 20,
        "sort": ["-updated_at"],
        "fields": ["sequential_id"],
    }
    results = answers(world, question, page_limit="10", total=total)
    assert numbers(results) == [*range(11, 46)]


def test_a_bound_of_our_own_that_is_ignored_is_not_named_as_a_filter_to_leave_out(
    world: Sandbox,
) -> None:
    world.load(minutes_apart(60))
    *_, last = answers(world, {"page_size": 20}, ignore="lt")
    assert "ignored the filter created_at" in last["error"]["message"]
    assert "Leave that filter out" not in last["error"]["message"]


@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
def test_a_list_ends_with_a_note_if_rootly_no_longer_shows_when_incidents_were_created(
    sort: str, world: Sandbox
) -> None:
    world.load(minutes_apart(400))
    for number in range(2, 102):
        world.script.turn(world.script.count() + number, fault="invalid-dates")
    question = {"sort": [sort], "page_size": 100, "fields": ["sequential_id"]}
    results = answers(world, question)
    assert len(numbers(results)) == len({*numbers(results)})
    assert len(results) < 4
    assert any("does not show when these were created" in note for note in results[-1]["notes"])


async def without_some_times(request: httpx.Request) -> httpx.Response:
    """The sandbox's answer, in which every third incident does not show when it was created."""
    async with httpx.AsyncClient() as client:
        response = await client.get(request.url, headers=request.headers)
    body = response.json()
    for row in body["data"]:
        if row["attributes"]["sequential_id"] % 3 == 0:
            row["attributes"]["created_at"] = None
    return reply(response.status_code, body)


@pytest.mark.parametrize("sort", BY_CREATED_AT)
@pytest.mark.parametrize("page_size", [2, 3, 4])
def test_an_incident_that_does_not_show_when_it_was_created_comes_only_once(
    sort: str | None, page_size: int, world: Sandbox
) -> None:
    times = [NOW - timedelta(seconds=11 * n) for n in range(60)]
    world.load(Store.containing([{"created_at": at} for at in times], NOW))
    question: dict[str, Any] = {"page_size": page_size, "fields": ["sequential_id"]}
    if sort:
        question["sort"] = [sort]
    transport = httpx.MockTransport(without_some_times)
    results = answers(world, question, transport=transport)
    assert sorted(numbers(results)) == [*range(1, 61)]
