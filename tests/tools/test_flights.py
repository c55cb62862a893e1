"""Calls that ask the same at the same time share a request, and answers of the last seconds.

The time of these tests is virtual: deadlines and ages are exact, and nothing waits.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from weakref import ref

import anyio
import httpx
import pytest

from server.caller import Caller
from server.dispatcher import Dispatcher
from server.single_flight import SingleFlight
from tests.conftest import NOW
from tests.tools.mocked import mocked_dispatcher, reply
from tests.virtual_time import VIRTUAL_TIME
from tools.answer_memory import AnswerMemory
from tools.catalogue import VENDORS
from tools.connection import CallRecord
from tools.reply import Reply, Reuse

pytestmark = pytest.mark.anyio
FAR = 1_000.0
EMPTY = {"data": [], "links": {"next": None}, "incident_attachments": []}
ID = "01KAM4V5QW8XY2ZB3CD6EF7GH9"
INCIDENT = {"incident": {"id": ID, "reference": "INC-7"}}


@pytest.fixture
def anyio_backend() -> Any:
    return VIRTUAL_TIME


class Vendor:
    """Both vendors. They take *takes_s* for each answer: first the *answers*, then empty lists.

    `paths` are those of the requests. `left` counts the requests that their client left. The first
    `hangs` requests get no answer.
    """

    hangs = 0

    def __init__(self, *answers: httpx.Response, takes_s: float = 1) -> None:
        self.paths: list[str] = []
        self.left = 0
        self._answers = [*answers]
        self._takes_s = takes_s

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        try:
            is_hanging = len(self.paths) <= self.hangs
            await anyio.sleep(FAR if is_hanging else self._takes_s)
        except anyio.get_cancelled_exc_class():
            self.left += 1
            raise
        if self._answers:
            return self._answers.pop(0)
        return reply(body={**EMPTY, **INCIDENT})


class Calls:
    """Calls of one dispatcher. All times are seconds since the first call.

    `answers` and `times` are in the order in which the answers came. `times_of` are the times for
    each caller.
    """

    def __init__(self, dispatcher: Dispatcher, tasks: anyio.abc.TaskGroup) -> None:
        self.answers: list[Any] = []
        self.times: list[float] = []
        self.times_of: dict[str, list[float]] = {}
        self._dispatcher = dispatcher
        self._tasks = tasks
        self._start = anyio.current_time()

    def call(
        self, at: float = 0, *, leaves_at: float = FAR, caller: str = "ada", **arguments: Any
    ) -> None:
        """Call `list_incidents` at this time. If there is no answer in time, leave."""
        self._tasks.start_soon(self._call, "list_incidents", arguments, at, leaves_at, caller)

    def ask_attachments(self, at: float = 0, **arguments: Any) -> None:
        self._tasks.start_soon(self._call, "list_attachments", arguments, at, FAR, "ada")

    async def _call(
        self, tool: str, arguments: Mapping[str, Any], at: float, leaves_at: float, name: str
    ) -> None:
        caller = Caller(name, self._dispatcher.service_keys)
        await anyio.sleep_until(self._start + at)
        with anyio.CancelScope(deadline=self._start + leaves_at):
            result = await self._dispatcher.call(tool, arguments, caller=caller)
            self.answers.append(json.loads(result.text))
            time = round(anyio.current_time() - self._start, 3)
            self.times.append(time)
            self.times_of.setdefault(name, []).append(time)

    @property
    def codes(self) -> list[str]:
        """The code of each answer: `ok`, or that of its error."""
        return [answer.get("error", {"code": "ok"})["code"] for answer in self.answers]


@asynccontextmanager
async def calls_to(vendor: Vendor, fresh_s: float = 0, **limits: Any) -> AsyncIterator[Calls]:
    """Calls to *vendor*. The block ends when all calls have ended."""
    start = anyio.current_time()
    limits = {"timeout_s": 50, "backoff_s": 2} | limits
    async with (
        mocked_dispatcher(
            vendor,
            clock=lambda: NOW + timedelta(seconds=round(anyio.current_time() - start)),
            single_flight=SingleFlight(fresh_s),
            **limits,
        ) as dispatcher,
        anyio.create_task_group() as tasks,
    ):
        yield Calls(dispatcher, tasks)


async def test_calls_with_the_same_question_share_a_request_and_its_time() -> None:
    vendor = Vendor(takes_s=4)
    async with calls_to(vendor) as calls:
        for at in range(4):
            calls.call(at)
    assert len(vendor.paths) == 1
    assert calls.times == [4] * 4
    assert {answer["as_of"] for answer in calls.answers} == {"2026-11-22T02:00:04Z"}


async def test_a_call_that_comes_after_the_answer_sends_its_own_request() -> None:
    vendor = Vendor(takes_s=1)
    async with calls_to(vendor) as calls:
        calls.call(0)
        calls.call(1.01)
    assert len(vendor.paths) == 2


async def test_other_questions_have_their_own_requests() -> None:
    vendor = Vendor()
    async with calls_to(vendor) as calls:
        calls.call(page_size=5)
        calls.call(page_size=6)
        calls.call(fields=["title"])
    assert len(vendor.paths) == 3


async def test_the_first_caller_can_leave_and_the_others_get_their_answer() -> None:
    vendor = Vendor(takes_s=4)
    async with calls_to(vendor) as calls:
        calls.call(0, leaves_at=2)
        calls.call(1)
        calls.call(3)
    assert (len(vendor.paths), vendor.left) == (1, 0)
    assert calls.times == [4, 4]


async def test_the_request_ends_when_the_last_caller_leaves() -> None:
    vendor = Vendor(takes_s=FAR)
    async with calls_to(vendor) as calls:
        calls.call(0, leaves_at=2)
        calls.call(1, leaves_at=3)
        await anyio.sleep(2.5)
        assert vendor.left == 0
        await anyio.sleep(1)
        assert vendor.left == 1
        # Nobody waits for that request any more, so this call does not, either.
        calls.call(4, leaves_at=5)
    assert len(vendor.paths) == 2


async def test_a_call_in_the_moment_in_which_the_last_caller_leaves_gets_an_answer() -> None:
    vendor = Vendor(takes_s=4)
    async with calls_to(vendor) as calls:
        calls.call(0, leaves_at=2)
        calls.call(2)
    assert calls.codes == ["ok"]


async def test_each_caller_waits_until_its_own_deadline() -> None:
    vendor = Vendor(takes_s=FAR)
    async with calls_to(vendor, timeout_s=50) as calls:
        for at in (0, 2, 4):
            calls.call(at)
    assert len(vendor.paths) == 1
    assert calls.codes == ["timeout"] * 3
    assert calls.times == [50, 52, 54]


async def test_a_request_that_hangs_costs_only_those_who_asked_in_its_first_seconds() -> None:
    vendor = Vendor(takes_s=1)
    vendor.hangs = 1
    async with calls_to(vendor, timeout_s=20) as calls:
        for at in (0, 4, 8, 12):
            calls.call(at)
    assert calls.times == [9, 13, 20, 24]
    assert calls.codes == ["ok", "ok", "timeout", "timeout"]
    assert len(vendor.paths) == 3


async def test_a_failed_request_is_retried_once_for_all_callers() -> None:
    vendor = Vendor(reply(503), reply(500))
    async with calls_to(vendor) as calls:
        for _ in range(20):
            calls.call()
    assert len(vendor.paths) == 3
    assert calls.codes == ["ok"] * 20


async def test_all_callers_wait_as_long_as_the_vendor_asks_for() -> None:
    vendor = Vendor(reply(429, headers={"Retry-After": "20"}))
    async with calls_to(vendor) as calls:
        for _ in range(20):
            calls.call()
    assert len(vendor.paths) == 2
    assert calls.times == [22] * 20


async def test_a_caller_without_time_for_a_retry_fails_and_the_others_retry() -> None:
    vendor = Vendor(reply(429, headers={"Retry-After": "20"}), takes_s=3)
    async with calls_to(vendor, timeout_s=28) as calls:
        calls.call(0)
        calls.call(2)
    assert calls.codes == ["rate_limited", "ok"]
    assert calls.answers[0]["error"]["retry_after_s"] == 20
    assert calls.times == [3, 26]
    assert len(vendor.paths) == 2


async def test_a_caller_that_joins_a_retry_has_all_its_own_retries() -> None:
    vendor = Vendor(*[reply(500) for _ in range(4)], takes_s=3)
    async with calls_to(vendor, timeout_s=500, backoff_s=0) as calls:
        calls.call(0)
        # The third attempt of the first call, its last one, is on its way.
        calls.call(7)
    assert calls.codes == ["unavailable", "ok"]
    assert calls.times == [9, 15]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
async def test_an_error_is_for_those_who_wait_and_is_not_remembered(status: int) -> None:
    vendor = Vendor(reply(status))
    async with calls_to(vendor, fresh_s=60, retries=0) as calls:
        for at in (0, 0.5, 1.5):
            calls.call(at)
    assert calls.codes[0] == calls.codes[1] != "ok"
    assert calls.codes[2] == "ok"
    assert len(vendor.paths) == 2


async def test_a_body_that_cannot_be_parsed_is_not_remembered() -> None:
    vendor = Vendor(reply(body={"nothing": "documented"}))
    async with calls_to(vendor, fresh_s=60) as calls:
        for at in (0, 0.5, 1.5):
            calls.call(at)
    assert calls.codes == ["unexpected_response"] * 2 + ["ok"]


async def test_an_answer_that_contradicts_itself_is_not_remembered() -> None:
    vendor = Vendor(reply(body={"data": [], "meta": {"total_count": 5}}))
    async with calls_to(vendor, fresh_s=60) as calls:
        for at in (0, 0.5, 1.5):
            calls.call(at)
    assert calls.codes == ["unexpected_response"] * 2 + ["ok"]


async def test_an_answer_stays_when_another_request_of_the_call_fails_for_the_moment() -> None:
    vendor = Vendor(reply(body=INCIDENT), reply(429))
    async with calls_to(vendor, fresh_s=60, retries=0) as calls:
        calls.ask_attachments(incident_id="INC-7")
        calls.ask_attachments(5, incident_id="INC-7")
    assert calls.codes == ["rate_limited", "ok"]
    assert vendor.paths == ["/v2/incidents/7", *["/v1/incident_attachments"] * 2]


async def test_a_turn_that_is_too_late_for_one_caller_can_be_early_enough_for_another() -> None:
    vendor = Vendor(takes_s=0)
    async with calls_to(vendor, requests_per_minute=10) as calls:
        for page_size in (1, 2):
            calls.call(page_size=page_size)
        # The next turn is after 6 seconds.
        calls.call(1, leaves_at=3)
        calls.call(1)
        calls.call(2, leaves_at=3, page_size=3)
    assert calls.codes == ["ok", "ok", "rate_limited", "ok"]
    assert calls.times == [0, 0, 2, 6]


async def test_a_caller_whose_deadline_is_before_the_shared_turn_is_told_immediately() -> None:
    vendor = Vendor(takes_s=0)
    async with calls_to(vendor, requests_per_minute=10) as calls:
        for page_size in (1, 2):
            calls.call(page_size=page_size)
        calls.call(1)
        calls.call(2, leaves_at=3)
    assert calls.codes == ["ok", "ok", "rate_limited", "ok"]
    assert calls.times == [0, 0, 2, 6]


@pytest.mark.parametrize("arguments", [{}, {"active_during": {"gte": "-1h"}}], ids=str)
async def test_the_vendor_is_not_blamed_for_a_request_that_never_had_its_turn(
    arguments: dict[str, Any],
) -> None:
    vendor = Vendor(takes_s=100)
    async with calls_to(vendor, max_in_flight=1, summary_timeout_s=90) as calls:
        calls.call(group_by="severity")
        for caller in ("ada", "bob"):
            calls.call(1, caller=caller, **arguments)
    assert calls.codes == ["rate_limited", "rate_limited", "timeout"]
    assert calls.times == [51, 51, 90]
    for answer in calls.answers[:2]:
        message = answer["error"]["message"]
        assert message.endswith("a request to Rootly did not have its turn within 50 s.")


async def test_the_vendor_is_not_blamed_for_a_request_that_was_sent_in_the_last_moment() -> None:
    async with calls_to(Vendor(takes_s=100), max_in_flight=1) as calls:
        calls.call()
        calls.call(0.01, page_size=3)
    assert calls.codes == ["timeout", "rate_limited"]


async def test_nobody_waits_for_the_other_requests_of_a_caller_who_asked_the_same() -> None:
    vendor = Vendor(takes_s=0)
    async with calls_to(vendor, requests_per_minute=60) as calls:
        for page_size in range(1, 41):
            calls.call(page_size=page_size)
        calls.call(fields=["title"])
        calls.call(0.5, fields=["title"], caller="bob")
    assert len(vendor.paths) == 41
    # Seven requests were sent at once, then one of Ada's after a second, and this one.
    assert calls.times_of["bob"] == [2]
    assert calls.times_of["ada"].count(2) == 1
    assert calls.times_of["ada"][-1] == 34


@pytest.mark.parametrize(("at", "requests"), [(0.5, 1), (1, 1), (3, 1), (3.001, 2), (4, 2)])
async def test_an_answer_is_given_again_until_it_is_too_old(at: float, requests: int) -> None:
    vendor = Vendor(takes_s=1)
    async with calls_to(vendor, fresh_s=2) as calls:
        calls.call(0)
        calls.call(at)
    assert len(vendor.paths) == requests
    as_of = "2026-11-22T02:00:01Z"
    assert [answer["as_of"] == as_of for answer in calls.answers] == [True, requests == 1]


async def test_an_answer_is_as_old_as_it_is_however_often_it_is_given() -> None:
    vendor = Vendor(takes_s=1)
    async with calls_to(vendor, fresh_s=2) as calls:
        for at in (0, 1.5, 2.5, 3.5):
            calls.call(at)
    assert len(vendor.paths) == 2


async def test_one_answer_makes_each_view_of_its_page() -> None:
    vendor = Vendor()
    async with calls_to(vendor, fresh_s=60) as calls:
        calls.call(fields=["title"], view="compact")
        calls.call(2, fields=["title"], view="table")
    assert len(vendor.paths) == 1
    assert [[*answer][:2] for answer in calls.answers] == [
        ["incidents", "as_of"],
        ["columns", "rows"],
    ]


@pytest.mark.parametrize(
    ("at", "fresh_s", "lookups"),
    [(0, 0, 1), (0.5, 0, 2), (0.5, 2, 2), (1.5, 0, 2), (1.5, 2, 1), (2, 2, 1), (2.001, 2, 2)],
)
async def test_what_is_said_of_an_incident_is_never_older_than_the_call_or_the_setting(
    at: float, fresh_s: float, lookups: int
) -> None:
    vendor = Vendor(takes_s=1)
    async with calls_to(vendor, fresh_s) as calls:
        for begin in (0, at):
            calls.ask_attachments(begin, incident_id="INC-7", include_incident=True)
    assert calls.codes == ["ok", "ok"]
    assert vendor.paths.count("/v2/incidents/7") == lookups


@pytest.mark.parametrize(("at", "requests"), [(0, 1), (0.5, 2), (1.5, 2)])
async def test_a_later_page_is_never_older_than_the_call(at: float, requests: int) -> None:
    rows = [
        {"id": str(number), "attributes": {"sequential_id": number, "created_at": created_at}}
        for number, created_at in ((2, "2026-11-01T00:00:00Z"), (1, "2026-10-01T00:00:00Z"))
    ]
    vendor = Vendor(*[reply(body={"data": rows}) for _ in range(3)], takes_s=1)
    async with calls_to(vendor, fresh_s=60) as calls:
        calls.call(page_size=1)
        await anyio.sleep(1.1)
        [answer] = calls.answers
        for begin in (2, 2 + at):
            calls.call(begin, **answer["next"])
    assert calls.codes == ["ok"] * 3
    assert len(vendor.paths) == 1 + requests


async def test_nothing_remains_of_an_answer_that_is_too_old() -> None:
    async with anyio.create_task_group() as tasks:
        memory = AnswerMemory(tasks, fresh_s=2)
        raw = Reply(b"x" * 1_000, NOW)
        kept = ref(raw)
        memory.keep("url", raw, anyio.current_time())
        del raw
        await anyio.sleep(1.999)
        assert kept()
        await anyio.sleep(0.002)
        assert not kept()


async def test_nothing_remains_of_a_probe() -> None:
    async with mocked_dispatcher(Vendor(), single_flight=SingleFlight()) as dispatcher:
        for vendor in VENDORS:
            await dispatcher.probe(vendor.name)
            assert dispatcher.connection(vendor).record == CallRecord()


async def test_the_oldest_answers_go_when_there_are_too_many_bytes() -> None:
    async with anyio.create_task_group() as tasks:
        memory = AnswerMemory(tasks, fresh_s=60, max_bytes=2_500)
        for url in "abcd":
            memory.keep(url, Reply(url.encode() * 1_000, NOW), anyio.current_time())
        assert [url for url in "abcd" if memory.recall(url, Reuse.ANY, 0)] == ["c", "d"]
        tasks.cancel_scope.cancel()


async def test_an_answer_does_not_replace_that_to_a_later_request() -> None:
    async with anyio.create_task_group() as tasks:
        memory = AnswerMemory(tasks, fresh_s=60)
        later, earlier = (Reply(body, NOW) for body in (b"later", b"earlier"))
        memory.keep("url", later, sent_at=2)
        memory.keep("url", earlier, sent_at=1)
        assert memory.recall("url", Reuse.ANY, 0) is later
        tasks.cancel_scope.cancel()


async def test_a_proof_gets_no_answer_from_memory() -> None:
    async with anyio.create_task_group() as tasks:
        memory = AnswerMemory(tasks, fresh_s=60)
        memory.keep("url", Reply(b"", NOW), sent_at=1)
        assert memory.recall("url", Reuse.UNSENT, 0) is None
        assert memory.recall("url", Reuse.SENT_AFTER_CALL, 0)
        tasks.cancel_scope.cancel()
