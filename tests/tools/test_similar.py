"""`similar_to`: which incidents are compared, and what an answer has of them."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any

import anyio
import pytest
from anyio import to_thread

from evals import truth
from sandbox.serving import Sandbox, serve
from sandbox.store import Store
from tests.conftest import NOW
from tests.tools.calls import ask, numbers
from tools.rootly.similarity.ranking import THREADS

pytestmark = pytest.mark.anyio

_FILLERS = ("billing invoices late", "search results stale", "login page slow", "emails queued")


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    """A sandbox whose world each test replaces."""
    with serve(now=NOW, size=1) as running:
        yield running


def _incident(title: str, days: int, **values: Any) -> dict[str, Any]:
    at = NOW - timedelta(days=days)
    return {"title": title, "created_at": at, "started_at": at, **values}


def _load(sandbox: Sandbox, *incidents: dict[str, Any]) -> list[int]:
    """Replace the world with these incidents and others; the result is the numbers of these."""
    fillers = [_incident(_FILLERS[n % len(_FILLERS)], days=100 + n) for n in range(40)]
    sandbox.load(Store.containing([*incidents, *fillers], NOW))
    number_of = truth.pairs(sandbox.store, "title", "sequential_id", "1")
    return [number_of[one["title"]] for one in incidents]


async def test_the_most_similar_come_first_with_what_they_share_and_how_they_ended(
    world: Sandbox,
) -> None:
    at = NOW - timedelta(days=20)
    now, before, other = _load(
        world,
        _incident("Certificate of the ingress expired", 1),
        _incident(
            "Expired certificates at the ingress",
            20,
            resolution_message="Renewed the certificate; renewal is automatic now.",
            acknowledged_at=at + timedelta(minutes=5),
            resolved_at=at + timedelta(minutes=90),
            status="resolved",
        ),
        _incident("Certificate of the ingress is unknown", 30),
    )
    answer = await ask(world, {"similar_to": str(now)})
    assert numbers(answer) == [before, other]
    first, second = answer["incidents"]
    assert {*first["shared_words"]} == {"Certificate", "ingress", "expired"}
    assert {*second["shared_words"]} == {"Certificate", "ingress"}
    assert first["resolution_message"] == "Renewed the certificate; renewal is automatic now."
    assert first["minutes"] == {"acknowledge": 5, "resolve": 90}
    named = {"sequential_id": now, "title": "Certificate of the ingress expired"}
    assert answer["similar_to"] == named
    assert answer["covered"] == {"incidents": 43, "of": 43}
    assert {"total", "next"}.isdisjoint(answer)


@pytest.mark.parametrize("form", ["{}", "#{}", "INC-{}", "https://rootly.com/account/incidents/{}"])
async def test_an_incident_is_named_in_each_form_and_is_never_similar_to_itself(
    sandbox: Sandbox, form: str
) -> None:
    number = truth.numbers(sandbox.store, "title LIKE 'Certificate%'")[3]
    answer = await ask(sandbox, {"similar_to": form.format(number)})
    assert answer["similar_to"]["sequential_id"] == number
    assert len(answer["incidents"]) == 10
    assert number not in numbers(answer)
    has_note = any("Read as Rootly's incident numbers" in note for note in answer.get("notes", []))
    assert has_note == form.startswith("INC")


async def test_the_named_incident_need_not_match_the_other_arguments(sandbox: Sandbox) -> None:
    store = sandbox.store
    where = f"title LIKE 'Certificate%' AND NOT {truth.having('services', 'checkout-api')}"
    number = truth.numbers(store, where)[3]
    answer = await ask(sandbox, {"similar_to": number, "services": "checkout-api"})
    assert answer["similar_to"]["sequential_id"] == number
    assert answer["incidents"]
    assert all("checkout-api" in row["services"] for row in answer["incidents"])
    count = truth.count(store, truth.having("services", "checkout-api"))
    assert answer["covered"] == {"incidents": count, "of": count}


async def test_an_unknown_incident_is_not_found(sandbox: Sandbox) -> None:
    answer = await ask(sandbox, {"similar_to": "999999"})
    assert answer["error"]["code"] == "not_found"
    assert "similar_to: Rootly has no incident 999999." in answer["error"]["message"]
    assert 'write words: "999999 errors"' in answer["error"]["message"]


async def test_words_are_compared_without_an_incident(sandbox: Sandbox) -> None:
    answer = await ask(sandbox, {"similar_to": "the certificate expired", "page_size": 3})
    assert len(answer["incidents"]) == 3
    assert all("certificate" in row["shared_words"] for row in answer["incidents"])
    assert "similar_to" not in answer


async def test_conditions_leave_only_some_incidents_to_compare(sandbox: Sandbox) -> None:
    arguments = {
        "similar_to": "checkout database timeouts",
        "where": {"lasted": {"gte": "2h"}},
        "active_during": {"gte": "-90d"},
        "page_size": 100,
    }
    both = numbers(await ask(sandbox, arguments))
    matching = {key: arguments[key] for key in ("where", "active_during", "page_size")}
    listed = {*numbers(await ask(sandbox, matching))}
    assert both
    assert {*both} < listed


async def test_rows_have_the_form_that_the_call_asks_for(sandbox: Sandbox) -> None:
    arguments = {"similar_to": "checkout database timeouts", "page_size": 2}
    table = await ask(sandbox, {**arguments, "view": "table"})
    assert table["columns"][-3:] == ["resolution_message", "minutes", "shared_words"]
    assert all(len(row) == len(table["columns"]) for row in table["rows"])
    only = await ask(sandbox, {**arguments, "fields": ["title"]})
    assert [{*row} for row in only["incidents"]] == [{"title", "shared_words"}] * 2
    included = await ask(sandbox, {**arguments, "include": ["roles"], "view": "full"})
    assert all({"roles", "shared_words", "id"} <= {*row} for row in included["incidents"])


async def test_a_long_resolution_is_cut_unless_it_is_asked_for(world: Sandbox) -> None:
    long = "Restarted the broker and drained the queue. " * 8
    _load(world, _incident("Broker is stuck", 3, resolution_message=long, status="resolved"))
    [row] = (await ask(world, {"similar_to": "stuck broker"}))["incidents"]
    assert len(row["resolution_message"]) == 200
    fields = {"similar_to": "stuck broker", "fields": "resolution_message"}
    [row] = (await ask(world, fields))["incidents"]
    assert row["resolution_message"] == long.strip()


async def test_without_words_in_common_the_answer_says_how_many_were_compared(
    sandbox: Sandbox,
) -> None:
    answer = await ask(sandbox, {"similar_to": "zeppelin regatta"})
    size = truth.count(sandbox.store, "1")
    assert answer["incidents"] == []
    [note] = answer["notes"]
    assert note.startswith(f"Incidents compared: {size}. None of them uses similar words")


async def test_words_that_most_incidents_have_are_named_if_nothing_is_similar(
    world: Sandbox,
) -> None:
    same = [_incident(f"Checkout down {'again ' * n}", days=n) for n in range(1, 51)]
    _load(world, *same)
    answer = await ask(world, {"similar_to": "is the checkout down?"})
    assert answer["incidents"] == []
    [note] = answer["notes"]
    assert "have these words, so they do not count: checkout, down." in note


async def test_an_incident_without_text_or_without_others_is_similar_to_none(
    world: Sandbox,
) -> None:
    number, _ = _load(world, _incident("It happened again", 1), _incident("Checkout down", 2))
    without_text = await ask(world, {"similar_to": number})
    assert "this incident has no text that can be compared" in without_text["notes"][0]
    alone = await ask(world, {"similar_to": number, "sequential_id": [str(number)]})
    assert alone["covered"] == {"incidents": 1, "of": 1}
    assert alone["notes"] == ["similar_to: there is no other incident to compare it with."]


async def test_if_none_meets_the_conditions_the_answer_says_how_many_were_read(
    sandbox: Sandbox,
) -> None:
    arguments = {"similar_to": "certificate", "where": {"lasted": {"gte": "500w"}}}
    answer = await ask(sandbox, arguments)
    size = truth.count(sandbox.store, "1")
    assert answer["incidents"] == []
    assert f"{size} incidents were read, and none of them meets the conditions." in answer["notes"]
    assert not any("compared" in note for note in answer["notes"])


async def test_without_incidents_to_compare_there_is_a_hint(sandbox: Sandbox) -> None:
    answer = await ask(sandbox, {"similar_to": "certificate", "services": "checkout-ap"})
    assert (answer["incidents"], answer["covered"]) == ([], {"incidents": 0, "of": 0})
    assert "checkout-api" in answer["hint"]["services"]


@pytest.mark.parametrize(
    ("argument", "value", "reason"),
    [
        ("sort", "created_at", "the most similar incidents come first"),
        ("page_number", 2, "which has one page"),
        ("after", "WyJ", "which has one page"),
        ("group_by", "severity", "which shows incidents"),
    ],
)
async def test_arguments_that_make_no_sense_beside_similar_to_are_refused_with_a_reason(
    sandbox: Sandbox, argument: str, value: object, reason: str
) -> None:
    answer = await ask(sandbox, {"similar_to": "certificate", argument: value})
    details = answer["error"]["details"]
    [detail] = [one for one in details if "similar_to" in one["problem"]]
    assert detail["argument"] == argument
    assert reason in detail["problem"]


@pytest.mark.slow
async def test_if_the_time_ends_before_all_are_compared_the_error_says_so(world: Sandbox) -> None:
    _load(world, _incident("Broker is stuck", 3))
    done = Event()
    async with anyio.create_task_group() as tasks:
        for _ in range(int(THREADS.total_tokens)):
            tasks.start_soon(partial(to_thread.run_sync, done.wait, limiter=THREADS))
        answer = await ask(world, {"similar_to": "stuck broker"}, timeout_s=2)
        done.set()
    assert answer["error"]["code"] == "timeout"
    message = "41 incidents were read within 2 s, but there was no time to compare them"
    assert message in answer["error"]["message"]


async def test_rows_that_do_not_fit_are_counted(sandbox: Sandbox) -> None:
    arguments = {"similar_to": "certificate", "page_size": 20}
    answer = await ask(sandbox, arguments, max_result_chars=4_000)
    count = len(answer["incidents"])
    assert f"{count} of 20 rows fit here: narrow the question." in answer["notes"]
    assert "next" not in answer


async def test_an_ignored_filter_of_the_caller_is_named_before_the_bounds_of_a_reading(
    sandbox: Sandbox,
) -> None:
    question = {"similar_to": "database pool", "services": "ingress"}
    answer = await ask(sandbox, question, {"fault": "ignore-filters"})
    assert answer["error"]["message"].startswith("Rootly ignored the filter services:")
