"""What one vendor key can serve: the model on paper, and the requests that it counts with."""

from dataclasses import replace
from typing import Any

import pytest

from evals import capacity
from evals.settings import NOW, settings_for
from sandbox.serving import serve
from server.dispatcher import Dispatcher
from tests.pages import check
from tools.limits import Limits

ROOTLY_CALLS: dict[str, dict[str, Any]] = {
    "page": {},
    "week": {"group_by": ["severity"], "created_at": {"gte": "-7d"}},
    "day": {"active_during": {"gte": "-24h"}},
    "similar": {"similar_to": "database connection pool exhausted"},
    "count": {"group_by": ["severity"]},
}
INCIDENT_IO_CALLS = {"attachments": {"incident_id": "INC-17"}}


def test_the_tables_are_those_that_are_computed() -> None:
    check(capacity.BEGIN, capacity.END, capacity.report())


@pytest.mark.slow
@pytest.mark.anyio
async def test_the_model_counts_with_the_requests_that_calls_send() -> None:
    calls = {
        **{kind: ("list_incidents", arguments) for kind, arguments in ROOTLY_CALLS.items()},
        **{kind: ("list_attachments", arguments) for kind, arguments in INCIDENT_IO_CALLS.items()},
    }
    assert calls.keys() == capacity.QUESTIONS.keys()
    with serve(now=NOW, size=5_000) as sandbox:
        limits = Limits(requests_per_minute=1_000_000, timeout_s=600, summary_timeout_s=600)
        settings = replace(settings_for(sandbox), limits=limits)
        async with Dispatcher(settings, clock=lambda: NOW) as dispatcher:
            for kind, (tool, arguments) in calls.items():
                question = capacity.QUESTIONS[kind]
                before = sandbox.script.count(question.vendor)
                result = await dispatcher.call(tool, arguments)
                assert not result.is_error, (kind, result.text)
                sent = sandbox.script.count(question.vendor) - before
                # Which of eight answers comes first decides about one or two requests of many.
                assert abs(sent - question.requests) <= question.requests // 20, kind


def test_the_mixture_is_complete() -> None:
    shares = [question.share for question in capacity.QUESTIONS.values()]
    assert sum(shares) == pytest.approx(1)


def test_more_copies_share_less_and_a_longer_memory_shares_more() -> None:
    for asked_a_second in (0.1, 1, 10):
        parts = [capacity.shared_part(asked_a_second, 2, copies) for copies in capacity.COPIES]
        assert parts == sorted(parts, reverse=True)
        parts = [capacity.shared_part(asked_a_second, fresh_s) for fresh_s in capacity.FRESH_S]
        assert parts == sorted(parts)
