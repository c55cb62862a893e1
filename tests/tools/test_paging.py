"""Following `next` while incidents are created and changed between the pages."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import anyio
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sandbox.serving import Sandbox, serve
from sandbox.timestamps import stored
from server.desk import Desk
from tests.conftest import NOW, settings_for

PROPERTY = settings(derandomize=True, deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
SIGNS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
SIZES = st.lists(st.sampled_from([5, 7, 10, 25, 60, 100]), min_size=1, max_size=3)
OPTIONS = st.fixed_dictionaries(
    {
        "shape": st.sampled_from(["nested", "references"]),
        "meta": st.sampled_from(["full", "none"]),
        "cursor": st.sampled_from(["on", "off"]),
    }
)


@dataclass
class Walk:
    """What one saw who followed `next` to its end."""

    numbers: list[int] = field(default_factory=list)
    pages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def told(self) -> list[str]:
        return [note for page in self.pages for note in page.get("notes", [])]


def walk(
    sandbox: Sandbox,
    arguments: Mapping[str, Any],
    *,
    options: Mapping[str, str],
    sizes: list[int] | None = None,
    max_result_chars: int = 40_000,
    between: Callable[[int], object] = lambda page: None,
    check: Callable[[dict[str, Any]], object] = lambda answer: None,
) -> Walk:
    """From the first page to the last; `between` happens after each of them."""

    async def steps() -> Walk:
        seen, question = Walk(), dict(arguments)
        limits = replace(settings_for(sandbox, **options), max_result_chars=max_result_chars, requests_per_minute=100_000)
        async with Desk(limits, clock=lambda: NOW) as desk:
            while len(seen.pages) < 400:
                if sizes:
                    question["page_size"] = sizes[len(seen.pages) % len(sizes)]
                answer = json.loads((await desk.call("list_incidents", question)).text)
                assert "error" not in answer, answer
                check(answer)
                seen.pages.append(answer)
                seen.numbers += [row["sequential_id"] for row in answer["incidents"]]
                if "next" not in answer:
                    return seen
                question |= answer["next"]
                between(len(seen.pages))
        raise AssertionError("this walk has no end")

    return anyio.run(steps)


def after_now(milliseconds: int) -> str:
    return stored(NOW + timedelta(milliseconds=milliseconds))


@PROPERTY
@given(
    options=OPTIONS,
    sort=st.sampled_from([None, "-created_at", "created_at"]),
    sizes=SIZES,
    max_result_chars=st.sampled_from([1_500, 40_000]),
    burst=st.sampled_from([0, 2, 30, 52, 70]),
    place=st.integers(0, 23),
    bounds=st.dictionaries(st.sampled_from(["gt", "gte", "lt", "lte"]), st.integers(0, 23), max_size=2),
    created=st.lists(st.integers(0, 3), min_size=1, max_size=4),
)
@example({"shape": "nested", "meta": "full", "cursor": "on"}, None, [100, 7], 1_500, 70, 12, {}, [2])
@example({"shape": "nested", "meta": "none", "cursor": "off"}, "created_at", [10], 40_000, 70, 12, {"gte": 3, "lte": 20}, [2])
def test_each_incident_that_matched_at_the_first_page_comes_exactly_once(
    options: dict[str, str],
    sort: str | None,
    sizes: list[int],
    max_result_chars: int,
    burst: int,
    place: int,
    bounds: dict[str, int],
    created: list[int],
) -> None:
    with serve(now=NOW, size=24) as sandbox:
        times = [row[0] for row in sandbox.store.rows("SELECT created_at FROM incidents ORDER BY 1")]
        for _ in range(burst):  # An alert storm, all in one millisecond.
            sandbox.store.create_incident(created_at=times[place])
        given_bounds = {op: times[number] for op, number in bounds.items()}
        for lower, upper in (("gt", "gte"), ("lt", "lte")):
            if lower in given_bounds:
                given_bounds.pop(upper, None)
        low, high = given_bounds.get("gte", given_bounds.get("gt", "")), given_bounds.get("lte", given_bounds.get("lt", "~"))
        if low >= high:
            given_bounds = {}
        where = " AND ".join(["1", *(f"created_at {SIGNS[op]} '{at}'" for op, at in given_bounds.items())])
        direction = "ASC" if sort == "created_at" else "DESC"
        matched = f"SELECT sequential_id FROM incidents WHERE {where} ORDER BY created_at {direction}"
        at_first = [row[0] for row in sandbox.store.rows(matched)]

        def change(page: int) -> None:
            for number in range(created[page % len(created)]):
                sandbox.store.create_incident(created_at=after_now(page * 10 + number // 2))
            some = at_first[page % len(at_first)] if at_first else 0
            sandbox.store.update_incident(some, updated_at=after_now(page), status="resolved")

        def check(answer: dict[str, Any]) -> None:
            # Some vendors' counts hold what is new, some do not.
            assert answer["total"] >= len(at_first) if options["meta"] == "full" else "total" not in answer
            assert answer.get("total", 0) <= len(sandbox.store.rows(matched))

        arguments: dict[str, Any] = {"fields": ["sequential_id", "title"], **({"sort": [sort]} if sort else {})}
        if given_bounds:
            arguments["created_at"] = given_bounds
        seen = walk(
            sandbox, arguments, options=options, sizes=sizes, max_result_chars=max_result_chars, between=change, check=check
        )
        assert len(seen.numbers) == len({*seen.numbers})
        assert {*at_first} <= {*seen.numbers} <= {row[0] for row in sandbox.store.rows(matched)}
        by_time = {row[0]: row[1] for row in sandbox.store.rows("SELECT sequential_id, created_at FROM incidents")}
        in_order = [by_time[number] for number in seen.numbers]
        assert in_order == sorted(in_order, reverse=direction == "DESC")


@PROPERTY
@given(
    options=OPTIONS,
    question=st.sampled_from(
        [
            {"status": ["started", "mitigated"]},
            {"status": ["resolved"], "sort": ["created_at"]},
            {"sort": ["updated_at"]},
            {"sort": ["-updated_at"]},
            {"updated_at": {"gte": "2026-01-01"}},
            {"status": ["resolved"], "sort": ["-updated_at"]},
        ]
    ),
    sizes=SIZES,
    max_result_chars=st.sampled_from([1_500, 40_000]),
    burst=st.sampled_from([0, 5, 60]),
    changes=st.lists(
        st.tuples(st.integers(0, 100), st.sampled_from(["started", "mitigated", "resolved"])), min_size=1, max_size=12
    ),
)
def test_where_things_change_nothing_comes_twice_and_a_note_says_what_may_be_missed(
    options: dict[str, str],
    question: dict[str, Any],
    sizes: list[int],
    max_result_chars: int,
    burst: int,
    changes: list[tuple[int, str]],
) -> None:
    with serve(now=NOW, size=24) as sandbox:
        for _ in range(burst):  # As after a bulk change.
            sandbox.store.create_incident(created_at=stored(NOW - timedelta(days=9)), updated_at=stored(NOW - timedelta(days=8)))
        everything = [row[0] for row in sandbox.store.rows("SELECT sequential_id FROM incidents ORDER BY 1")]

        def change(page: int) -> None:
            for place, status in changes[page % len(changes) :][:4]:
                number = everything[(place + page) % len(everything)]
                sandbox.store.update_incident(number, status=status, updated_at=after_now(page * 10))

        arguments = {"fields": ["sequential_id", "title"], **question}
        seen = walk(sandbox, arguments, options=options, sizes=sizes, max_result_chars=max_result_chars, between=change)
        assert len(seen.numbers) == len({*seen.numbers})
        for page in seen.pages[:-1]:
            assert any("may be missed" in note for note in page["notes"])


def test_without_changes_every_sort_reaches_everything() -> None:
    with serve(now=NOW, size=24) as sandbox:
        for _ in range(70):
            sandbox.store.create_incident(created_at=stored(NOW - timedelta(days=9)), updated_at=stored(NOW - timedelta(days=8)))
        everything = {row[0] for row in sandbox.store.rows("SELECT sequential_id FROM incidents")}
        for sort in (["updated_at"], ["-updated_at"], ["created_at", "-updated_at"], ["-updated_at", "created_at"]):
            for cursor in ("on", "off"):
                for limit in (1_500, 40_000):
                    arguments = {"sort": sort, "page_size": 20, "fields": ["sequential_id", "title"]}
                    seen = walk(sandbox, arguments, options={"cursor": cursor}, max_result_chars=limit)
                    assert sorted(seen.numbers) == sorted(everything)
                    assert {page["total"] for page in seen.pages} == {94}


def test_a_page_number_starts_there_and_next_goes_on_behind_it() -> None:
    with serve(now=NOW, size=40) as sandbox:
        truth = [row[0] for row in sandbox.store.rows("SELECT sequential_id FROM incidents ORDER BY created_at DESC")]
        for limit in (900, 40_000):
            for cursor in ("on", "off"):
                first = {"page_number": 3, "page_size": 7, "fields": ["sequential_id", "title"]}
                known = len(sandbox.store.rows("SELECT 1 FROM incidents"))
                seen = walk(
                    sandbox,
                    first,
                    options={"cursor": cursor},
                    max_result_chars=limit,
                    between=lambda page: sandbox.store.create_incident(created_at=after_now(page)),
                )
                start = 14 - (known - 40)
                assert [number for number in seen.numbers if number in truth] == truth[max(start, 0) :]
                assert len(seen.numbers) == len({*seen.numbers})
                assert {page["total"] for page in seen.pages} == {known}


def ask(sandbox: Sandbox, arguments: Mapping[str, Any], **options: str) -> dict[str, Any]:
    async def once() -> dict[str, Any]:
        async with Desk(settings_for(sandbox, **options), clock=lambda: NOW) as desk:
            answer: dict[str, Any] = json.loads((await desk.call("list_incidents", arguments)).text)
            return answer

    return anyio.run(once)


def test_a_page_beyond_50_000_is_refused_before_the_network_and_says_how_to_go_on(sandbox: Sandbox) -> None:
    nowhere = replace(sandbox, port=9)
    for number, size in ((501, 100), (2_001, None), (50_001, 1)):
        arguments = {"page_number": number, **({"page_size": size} if size else {})}
        error = ask(nowhere, arguments)["error"]
        assert error["code"] == "invalid_arguments"
        [detail] = error["details"]
        assert detail["argument"] == "page_number"
        assert "50,000" in detail["problem"]
        assert "next" in detail["problem"]
        assert "created_at" in detail["problem"]
    assert ask(sandbox, {"page_number": 500, "page_size": 100})["incidents"] == []


def test_the_vendors_own_refusal_of_a_deep_page_is_rejected(sandbox: Sandbox) -> None:
    error = ask(sandbox, {"after": "p501.100.0"})["error"]
    assert error["code"] == "rejected"
    assert "offset pagination is limited to 50000 records" in error["message"]


def test_a_row_that_came_twice_is_counted_once() -> None:
    with serve(now=NOW, size=40) as sandbox:
        for _ in range(5):
            sandbox.store.create_incident()
        options = {"cursor": "off", "fault": "duplicates"}
        seen = walk(sandbox, {"page_size": 9, "fields": ["sequential_id"]}, options=options)
        assert len(seen.numbers) == len({*seen.numbers}) == 45
        assert {page["total"] for page in seen.pages} == {45}
        assert all("twice" in note for note in seen.told)
