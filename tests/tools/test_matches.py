"""Lists with `where` and `active_during`: what SQL gives, in every order, on every page."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from evals import truth
from sandbox.serving import Sandbox, serve
from sandbox.store import Store
from tests.conftest import NOW
from tests.slow import slow
from tests.tools.calls import ask, numbers, pages

pytestmark = pytest.mark.anyio

_NOW = "2026-11-22T02:00:00.000Z"
_START = "ifnull(started_at, created_at)"
_ENDS = ", ".join(f"ifnull({name}, 'x')" for name in ("resolved_at", "closed_at", "cancelled_at"))
_END = f"CASE WHEN {truth.LIVE} THEN '{_NOW}' ELSE nullif(min({_ENDS}), 'x') END"
NO_MAINTENANCE = {"exclude": {"kind": ["scheduled", "scheduled_sub"]}}
LONG = {"where": {"lasted": {"gte": "2h"}}, **NO_MAINTENANCE}
WERE_LONG = f"kind NOT LIKE 'scheduled%' AND julianday({_END}) - julianday({_START}) >= 2 / 24.0"
SINCE = {"active_during": {"gte": "-3d", "lt": "-1d"}, **NO_MAINTENANCE}
WERE_ACTIVE = (
    f"kind NOT LIKE 'scheduled%' AND {_START} < '2026-11-21T02:00:00.000Z'"
    # What is over at an unknown time was over at its last update.
    f" AND ifnull({_END}, updated_at) >= '2026-11-19T02:00:00.000Z'"
)
ROWS_MAY_BE_MISSED = "Rows may be missed or repeated"
AFTER_THE_END = "This page is after the end of the list: give a smaller page_number."


@pytest.fixture
def own() -> Iterator[Sandbox]:
    """For a test that changes the data."""
    with serve(now=NOW, size=350) as running:
        yield running


async def walk(sandbox: Sandbox, arguments: dict[str, Any], **limits: Any) -> list[int]:
    return [
        number async for page in pages(sandbox, arguments, **limits) for number in numbers(page)
    ]


@pytest.mark.parametrize(("arguments", "where"), [(LONG, WERE_LONG), (SINCE, WERE_ACTIVE)])
async def test_a_list_has_exactly_the_incidents_that_meet_the_condition(
    sandbox: Sandbox, arguments: dict[str, Any], where: str
) -> None:
    expected = truth.numbers(sandbox.store, where)
    answer = await ask(sandbox, {**arguments, "page_size": 100})
    assert numbers(answer) == expected[:100]
    assert len(expected) > 5
    assert answer["total"] == len(expected)
    assert answer["covered"]["incidents"] == answer["covered"]["of"] >= len(expected)


def has_note_on_lasted(answer: Any) -> bool:
    return any("Left out by where.lasted" in note for note in answer.get("notes", []))


async def test_the_next_pages_go_on_to_the_end_and_only_the_first_is_about_all_incidents(
    sandbox: Sandbox,
) -> None:
    answers = [page async for page in pages(sandbox, {**LONG, "page_size": 40})]
    expected = truth.numbers(sandbox.store, WERE_LONG)
    assert [number for page in answers for number in numbers(page)] == expected
    is_first = [True] + [False] * (len(answers) - 1)
    assert ["total" in page for page in answers] == is_first
    assert [has_note_on_lasted(page) for page in answers] == is_first
    read = [page["covered"]["incidents"] for page in answers]
    assert read == sorted(read, reverse=True)
    assert read[-1] < read[0] / 2


async def test_a_page_that_reads_more_incidents_has_a_note_on_those(sandbox: Sandbox) -> None:
    first = await ask(sandbox, LONG, summary_max=250)
    second = await ask(sandbox, {**LONG, **first["next"]}, summary_max=250)
    assert has_note_on_lasted(first)
    assert has_note_on_lasted(second)


@pytest.mark.slow
@pytest.mark.parametrize(
    "sort", [["-created_at"], *slow([["created_at"], ["created_at", "-updated_at"]])]
)
async def test_a_walk_by_created_at_has_each_match_once_while_others_come_and_go(
    own: Sandbox, sort: list[str]
) -> None:
    long = timedelta(hours=3)
    expected = truth.numbers(own.store, WERE_LONG)
    listed: list[int] = []
    async for page in pages(own, {**LONG, "sort": sort, "page_size": 25}):
        page_numbers = numbers(page)
        listed += page_numbers
        if page_numbers:
            own.store.delete_incident(page_numbers[0])
        for age in (1, 60):
            at = NOW - timedelta(days=age)
            own.store.create_incident(created_at=at, started_at=at, resolved_at=at + long)
    assert len(listed) == len({*listed})
    assert {*expected} <= {*listed}
    notes = [note async for page in pages(own, LONG) for note in page.get("notes", [])]
    assert not any(ROWS_MAY_BE_MISSED in note for note in notes)


_SORTS = [
    (["resolved_at"], "resolved_at IS NULL, resolved_at"),
    (["-resolved_at"], "resolved_at IS NULL, resolved_at DESC"),
    (["-started_at"], "started_at IS NULL, started_at DESC"),
    (["mitigated_at", "-updated_at"], "mitigated_at IS NULL, mitigated_at, updated_at DESC"),
    (["-in_triage_at", "created_at"], "in_triage_at IS NULL, in_triage_at DESC, created_at"),
    (["created_at"], "created_at"),
]


@pytest.mark.parametrize("case", [_SORTS[0], *slow(_SORTS[1:])], ids=lambda case: case[1])
async def test_every_sort_is_in_order_on_all_pages_with_those_without_a_time_last(
    sandbox: Sandbox, case: tuple[list[str], str]
) -> None:
    sort, order = case
    answers = [page async for page in pages(sandbox, {**LONG, "sort": sort, "page_size": 60})]
    direction = "DESC" if sort[0].startswith("-") else ""
    rest = f"ORDER BY {order}, sequential_id {direction}"
    expected = truth.numbers(sandbox.store, WERE_LONG, rest)
    assert [number for page in answers for number in numbers(page)] == expected
    has_note = any(ROWS_MAY_BE_MISSED in note for note in answers[0].get("notes", []))
    assert has_note == (sort != ["created_at"])


@pytest.mark.slow
async def test_page_numbers_count_pages_of_matches(sandbox: Sandbox) -> None:
    expected = truth.numbers(sandbox.store, WERE_LONG)
    third = await ask(sandbox, {**LONG, "page_size": 10, "page_number": 3})
    assert numbers(third) == expected[20:30]
    assert third["total"] == len(expected)
    following = await ask(sandbox, {**LONG, "page_size": 10, **third["next"]})
    assert numbers(following) == expected[30:40]
    after_the_end = await ask(sandbox, {**LONG, "page_size": 10, "page_number": 99})
    assert (after_the_end["incidents"], after_the_end["total"]) == ([], len(expected))
    assert AFTER_THE_END in after_the_end["notes"]


@pytest.mark.slow
async def test_each_view_has_the_same_incidents(sandbox: Sandbox) -> None:
    expected = truth.numbers(sandbox.store, WERE_LONG)[:5]
    few = {**LONG, "page_size": 5}
    table = await ask(sandbox, {**few, "view": "table"})
    assert [row[0] for row in table["rows"]] == expected
    assert table["columns"][:2] == ["sequential_id", "title"]
    full = await ask(sandbox, {**few, "view": "full", "include": ["roles"]})
    assert numbers(full) == expected
    assert all("updated_at" in row and "roles" in row for row in full["incidents"])
    only = await ask(sandbox, {**few, "fields": ["sequential_id", "minutes"]})
    assert all({*row} <= {"sequential_id", "minutes"} for row in only["incidents"])
    assert any("minutes" in row for row in only["incidents"])


async def test_a_page_that_does_not_fit_is_cut_and_next_goes_on_exactly(sandbox: Sandbox) -> None:
    recent = {**LONG, "created_at": {"gte": "-30d"}, "page_size": 50}
    expected = truth.numbers(sandbox.store, f"{WERE_LONG} AND created_at >= '2026-10-23T02'")
    for sort in ("-created_at", "-resolved_at"):
        arguments = {**recent, "sort": sort}
        first = await ask(sandbox, arguments, max_result_chars=3_000)
        assert any("rows fit here: go on with next." in note for note in first["notes"])
        rows = await walk(sandbox, arguments, max_result_chars=3_000)
        assert sorted(rows, reverse=True) == sorted(expected, reverse=True)


async def test_after_alone_keeps_the_times_of_the_first_page(sandbox: Sandbox) -> None:
    first = await ask(sandbox, {**SINCE, "page_size": 2})
    second = await ask(sandbox, {**SINCE, "page_size": 100, **first["next"]})
    assert numbers(first) + numbers(second) == truth.numbers(sandbox.store, WERE_ACTIVE)
    assert "active_during.gte -3d means 2026-11-19T02:00:00Z." in second["notes"]


@pytest.mark.parametrize(
    "other",
    [
        {"where": {"lasted": {"gte": "3h"}}},
        {"where": {"lasted": {"gte": "2h"}, "action_items": "open"}},
        {"where": {"lasted": {"gte": "2h"}}, "active_during": {"gte": "-1d"}},
        {},
    ],
)
async def test_after_belongs_to_its_conditions(sandbox: Sandbox, other: dict[str, Any]) -> None:
    first = await ask(sandbox, {"where": {"lasted": {"gte": "2h"}}, "page_size": 2})
    answer = await ask(sandbox, {**other, **first["next"]})
    [detail] = answer["error"]["details"]
    assert detail["argument"] == "after"
    assert detail["problem"].startswith("belongs to other filters")


async def test_conditions_filters_and_groups_are_counted_together(sandbox: Sandbox) -> None:
    where = f"{WERE_LONG} AND {truth.having('environments', 'production')}"
    arguments = {**LONG, "environments": "production", "group_by": "severity"}
    answer = await ask(sandbox, arguments)
    counts = {row[0]: row[1] for row in answer["rows"]}
    assert counts == truth.counts(sandbox.store, "severity", where)
    production = truth.count(
        sandbox.store,
        f"kind NOT LIKE 'scheduled%' AND {truth.having('environments', 'production')}",
    )
    assert answer["covered"] == {"incidents": production, "of": production}


async def test_both_conditions_must_hold(sandbox: Sandbox) -> None:
    answer = await ask(sandbox, {**LONG, "active_during": {"gte": "-3d", "lt": "-1d"}})
    assert numbers(answer) == truth.numbers(sandbox.store, f"{WERE_LONG} AND {WERE_ACTIVE}")
    by_status = await ask(sandbox, {**SINCE, "group_by": "status"})
    counts = {row[0]: row[1] for row in by_status["rows"]}
    assert counts == truth.counts(sandbox.store, "status", WERE_ACTIVE)


async def test_periods_that_a_condition_may_cut_are_noted(sandbox: Sandbox) -> None:
    answer = await ask(sandbox, {**SINCE, "group_by": "week"})
    assert (
        "Periods go by started_at: it is not known whether active_during cuts some of them."
        in answer["notes"]
    )


async def test_without_a_match_the_answer_says_how_many_were_read(sandbox: Sandbox) -> None:
    answer = await ask(sandbox, {"where": {"lasted": {"gte": "500w"}}})
    size = truth.count(sandbox.store, "1")
    assert (answer["incidents"], answer["total"]) == ([], 0)
    assert f"{size} incidents were read, and none of them meets the conditions." in answer["notes"]
    assert "hint" not in answer


async def test_if_nothing_matches_the_filters_there_is_a_hint(sandbox: Sandbox) -> None:
    answer = await ask(sandbox, {**LONG, "services": "checkout-ap"})
    assert answer["covered"] == {"incidents": 0, "of": 0}
    assert "checkout-api" in answer["hint"]["services"]
    assert "services" in answer["hint"]["without"]
    assert answer["hint"]["text"].endswith("without counts them before where and active_during.")


async def test_there_is_no_hint_if_only_the_period_has_nothing(own: Sandbox) -> None:
    future = {"active_during": {"gte": "2026-12-01"}, "status": "resolved"}
    answer = await ask(own, future)
    assert (answer["incidents"], answer["covered"]) == ([], {"incidents": 0, "of": 0})
    assert "hint" not in answer
    wrong = await ask(own, {**future, "severity": "sev11"})
    assert "sev1" in wrong["hint"]["severity"]


@pytest.mark.parametrize("gone", ["empty", "404"])
async def test_an_unknown_parent_is_not_found(sandbox: Sandbox, gone: str) -> None:
    answer = await ask(sandbox, {"where": {"parent": "999999"}}, {"gone": gone})
    assert answer["error"]["code"] == "not_found"
    assert "where.parent: Rootly has no incident 999999." in answer["error"]["message"]


@pytest.mark.parametrize("arguments", [{"where": {"parent": 4821}}, {"similar_to": "4821"}])
async def test_an_incident_that_rootly_counts_but_does_not_send_is_not_unknown(
    sandbox: Sandbox, arguments: dict[str, Any]
) -> None:
    answer = await ask(sandbox, arguments, {"empty_page": "1"})
    assert answer["error"]["code"] == "unexpected_response"
    assert "did not send it" in answer["error"]["message"]


@pytest.mark.parametrize("gone", ["empty", "404"])
async def test_a_number_that_does_not_match_the_rest_is_not_unknown(
    own: Sandbox, gone: str
) -> None:
    [number] = own.store.create_incidents([{"status": "resolved", "resolved_at": NOW}])
    active = {"sequential_id": number, "active_during": {"gte": "-1h"}}
    assert numbers(await ask(own, active, {"gone": gone})) == [number]
    live = {"sequential_id": number, "status": "started"}
    assert numbers(await ask(own, live, {"gone": gone})) == []
    hidden = await ask(own, {**active, "sequential_id": number + 1}, {"gone": "404"})
    assert hidden["error"]["code"] == "not_found"


async def test_numbers_are_counted_exactly_even_if_parts_of_the_time_have_none(
    sandbox: Sandbox,
) -> None:
    listed = truth.numbers(sandbox.store, "sequential_id % 10 = 0")
    answer = await ask(
        sandbox,
        {"sequential_id": listed, "group_by": "kind"},
        {"gone": "404", "page_limit": "10"},
    )
    assert answer["covered"]["incidents"] == len(listed)


async def test_the_children_of_an_incident_are_found_by_its_number(sandbox: Sandbox) -> None:
    store = sandbox.store
    [parent] = store.values(
        "SELECT parent_incident_id FROM incidents WHERE parent_incident_id IS NOT NULL LIMIT 1"
    )
    [number] = store.values("SELECT sequential_id FROM incidents WHERE id = ?", [parent])
    answer = await ask(sandbox, {"where": {"parent": f"INC-{number}"}})
    assert numbers(answer) == truth.numbers(store, f"parent_incident_id = '{parent}'")
    assert any(f"Read as Rootly's incident numbers: INC-{number}" in n for n in answer["notes"])


async def test_included_action_items_are_all_of_them(sandbox: Sandbox) -> None:
    open_ones = {"where": {"action_items": "open"}, "fields": "sequential_id", "page_size": 100}
    brief = await ask(sandbox, open_ones)
    whole = await ask(sandbox, {**open_ones, "include": ["action_items"]})
    assert numbers(brief) == numbers(whole)
    true_counts = truth.mapping(
        sandbox.store.rows(
            "SELECT sequential_id, count(*) FROM links WHERE relation = 'action_items' GROUP BY 1"
        )
    )
    for row in whole["incidents"]:
        assert len(row["action_items"]) == true_counts[row["sequential_id"]]


@pytest.mark.slow
async def test_a_minute_with_very_many_matches_is_walked_to_its_end(own: Sandbox) -> None:
    at = NOW - timedelta(days=400)
    world = [
        {"created_at": at + timedelta(milliseconds=n), "started_at": at, "resolved_at": NOW}
        for n in range(320)
    ]
    own.load(Store.containing([*world, {"created_at": NOW}], NOW))
    for sort in ("-created_at", "created_at"):
        listed = await walk(own, {**LONG, "sort": sort, "page_size": 100})
        assert len(listed) == len({*listed}) == 320


async def test_only_the_newest_are_read_and_next_goes_on_into_the_older_ones(
    sandbox: Sandbox,
) -> None:
    expected = truth.numbers(sandbox.store, WERE_LONG)
    answers = [page async for page in pages(sandbox, {**LONG, "page_size": 60}, summary_max=100)]
    assert [number for page in answers for number in numbers(page)] == expected
    first = answers[0]
    assert "total" not in first
    assert first["covered"]["incidents"] <= 100 < first["covered"]["of"]
    since = first["covered"]["since"]
    read = truth.count(sandbox.store, f"kind NOT LIKE 'scheduled%' AND created_at >= '{since}'")
    assert first["covered"]["incidents"] == read
    assert any(f"created before {since}" in note for note in first["notes"])
    assert "since" not in answers[-1]["covered"]


@pytest.mark.parametrize(
    "options", [{"meta": "none"}, {"total": "missing", "page_limit": "60"}, {"total": "fewer:7"}]
)
@pytest.mark.parametrize(("arguments", "where"), [(LONG, WERE_LONG), (SINCE, WERE_ACTIVE)])
async def test_without_a_certain_count_all_matches_are_listed_but_not_counted(
    sandbox: Sandbox, arguments: dict[str, Any], where: str, options: dict[str, str]
) -> None:
    answers = [page async for page in pages(sandbox, {**arguments, "page_size": 60}, options)]
    shown = [number for page in answers for number in numbers(page)]
    assert shown == truth.numbers(sandbox.store, where)
    assert "total" not in answers[0]
    assert "of" not in answers[0]["covered"]
    assert any("not proven that no incident is missing" in note for note in answers[0]["notes"])


async def test_if_rootly_fails_meanwhile_next_goes_on_where_reading_ended(own: Sandbox) -> None:
    own.script.turn(5, fault="status:503")
    answers = [page async for page in pages(own, {**LONG, "page_size": 100}, retries=0)]
    assert [number for page in answers for number in numbers(page)] == truth.numbers(
        own.store, WERE_LONG
    )
    assert "total" not in answers[0]
    assert any("503" in note for note in answers[0]["notes"])


async def test_an_empty_list_says_that_older_incidents_were_not_read(sandbox: Sandbox) -> None:
    answer = await ask(sandbox, {"where": {"lasted": {"gte": "500w"}}}, summary_max=100)
    assert answer["incidents"] == []
    assert "total" not in answer
    since = answer["covered"]["since"]
    note = f"Not all incidents created before {since} were read: next goes on with older ones."
    assert note in answer["notes"]
    assert "next" in answer


async def test_a_page_after_what_was_read_is_not_after_the_end(sandbox: Sandbox) -> None:
    arguments = {**LONG, "page_number": 5, "page_size": 100}
    answer = await ask(sandbox, arguments, summary_max=100)
    assert answer["incidents"] == []
    assert AFTER_THE_END not in answer["notes"]
    assert "next" in answer


@pytest.mark.parametrize("sort", ["-resolved_at", "created_at"])
async def test_other_orders_have_what_was_read_and_say_what_was_not(
    sandbox: Sandbox, sort: str
) -> None:
    arguments = {**LONG, "sort": sort, "page_size": 25}
    answers = [page async for page in pages(sandbox, arguments, summary_max=100)]
    since = answers[0]["covered"]["since"]
    expected = truth.numbers(sandbox.store, f"{WERE_LONG} AND created_at >= '{since}'")
    listed = [number for page in answers for number in numbers(page)]
    assert sorted(listed) == sorted(expected)
    assert not any("total" in page for page in answers)
    assert any(f'created_at {{"lt":"{since}"}}' in note for note in answers[0]["notes"])


async def test_long_running_incidents_are_shown_once_although_not_all_were_read(
    own: Sandbox,
) -> None:
    # The live ones are read for themselves, whenever they were declared.
    day = timedelta(days=1)
    old = {"created_at": NOW - 300 * day, "started_at": NOW - 300 * day, "status": "started"}
    recent = [
        {"created_at": at, "started_at": at, "resolved_at": at + day / 2, "status": "resolved"}
        for at in (NOW - n * day / 4 for n in range(8, 300))
    ]
    own.load(Store.containing([old, *recent], NOW))
    arguments = {"active_during": {"gte": "-80d"}, "page_size": 50}
    answers = [page async for page in pages(own, arguments, summary_max=120)]
    listed = [number for page in answers for number in numbers(page)]
    assert listed == truth.numbers(own.store)
    assert answers[0]["covered"]["incidents"] >= 120 - 20


_DIALS = [
    {"shape": "nested", "cursor": "off", "attributes": "all"},
    {"stored": "s", "zone": "+05:30", "page_limit": "40"},
    {"compared": "minute", "sorted": "minute", "ties": "request", "fieldsets": "ignored"},
    {"total": "missing"},
]


@pytest.mark.parametrize("dials", [_DIALS[0], *slow(_DIALS[1:])], ids=" ".join)
async def test_a_walk_is_right_however_rootly_behaves(
    sandbox: Sandbox, dials: dict[str, str]
) -> None:
    expected = truth.numbers(sandbox.store, WERE_LONG)
    answers = [page async for page in pages(sandbox, {**LONG, "page_size": 50}, dials)]
    assert [number for page in answers for number in numbers(page)] == expected


@pytest.mark.parametrize(
    ("ignored", "arguments", "argument"),
    [
        ("updated_at", {"active_during": {"gte": "-2d"}}, "active_during"),
        ("status", {"active_during": {"gte": "-2d"}}, "active_during"),
        ("sequential_id", {"where": {"parent": "4700"}}, "where.parent"),
        ("sequential_id", {"similar_to": "4700"}, "similar_to"),
    ],
)
async def test_if_rootly_ignores_a_filter_that_an_argument_needs_the_error_names_the_argument(
    sandbox: Sandbox, ignored: str, arguments: dict[str, Any], argument: str
) -> None:
    answer = await ask(sandbox, arguments, {"ignore": ignored})
    assert answer["error"]["code"] == "unexpected_response"
    message = answer["error"]["message"]
    assert f"Rootly ignored the filter {ignored}" in message
    assert f"{argument} needs this filter: leave {argument} out." in message


async def test_if_rootly_ignores_a_filter_of_the_call_the_error_names_the_filter(
    sandbox: Sandbox,
) -> None:
    arguments = {"active_during": {"gte": "-2d"}, "severity": "sev1"}
    answer = await ask(sandbox, arguments, {"ignore": "severity"})
    assert "Rootly ignored the filter severity" in answer["error"]["message"]
    assert "Leave that filter out" in answer["error"]["message"]
