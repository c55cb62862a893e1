"""The time and memory of the questions that read many incidents and look at them in memory.

`python -m benchmarks.reading` asks each question of a sandbox in another process, in turn. With
`--write` it also writes the table into docs/performance.md.
"""

import argparse
import gc
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from statistics import quantiles
from typing import Any

import anyio

from benchmarks.event_loop import turns
from benchmarks.grouping import UNLIMITED, sandbox
from benchmarks.programs import OURS, session
from benchmarks.table import spread, write
from evals.table import table
from evals.wordings import WORDINGS
from server.dispatcher import Dispatcher
from server.settings import Settings
from tools.connection import Attempt
from tools.limits import Limits

BEGIN = "<!-- reading: written by python -m benchmarks.reading --write -->\n"
END = "<!-- /reading -->"
LIMITS = Limits(
    summary_max=50_000, timeout_s=3_600, summary_timeout_s=3_600, requests_per_minute=10**6
)
ENVIRON = {**UNLIMITED, "INCIDENT_DESK_TIMEOUT_S": "300"}
EVERY = {"where": {"lasted": {"gt": "0m"}}}
"""Nearly every incident meets this condition, so nearly all rows are made and kept."""
QUESTIONS: Mapping[str, dict[str, Any]] = {
    "`similar_to`, words": {"similar_to": WORDINGS["connection-pool"].alert},
    "`similar_to`, a number": {"similar_to": "17"},
    "`where.lasted`": EVERY,
    "`where.lasted`, `view` full": {**EVERY, "view": "full"},
    "`where.person`": {"where": {"person": "Ana"}},
    "`active_during`": {"active_during": {"gte": "-365d"}},
    "`where.lasted`, `group_by`": {**EVERY, "group_by": ["severity"]},
    "`group_by`": {"group_by": ["severity"]},
}


@dataclass(frozen=True)
class Setting:
    """A sandbox, and how often each question is asked."""

    title: str
    size: int
    rounds: int
    options: str = ""


SETTINGS = (
    Setting("5,000 incidents", 5_000, rounds=7),
    Setting("5,000 unslimmed", 5_000, rounds=3, options=";fieldsets=ignored;attributes=all"),
    Setting("50,000 incidents", 50_000, rounds=1),
)


@dataclass
class Times:
    """Of each call: seconds in all and after the last answer, and turns of the event loop."""

    took_s: list[float] = field(default_factory=list)
    after_s: list[float] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)

    def cells(self) -> list[str]:
        most = quantiles(self.waits_s, n=100, method="inclusive")[-1]
        return [
            spread(self.took_s, " s", 1),
            spread([seconds * 1_000 for seconds in self.after_s], " ms"),
            f"{most * 1_000:.0f} ms, {max(self.waits_s) * 1_000:.0f} ms",
        ]


class LastAnswer:
    """Remembers when the last answer of the vendor was parsed."""

    at = 0.0

    def observe(self, _: Attempt) -> None:
        self.at = time.perf_counter()


async def times(setting: Setting, url: str) -> Mapping[str, Times]:
    """The times of all questions, which take turns."""
    last_answer = LastAnswer()
    measured = {name: Times() for name in QUESTIONS}
    settings = Settings(keys={"rootly": "key"}, urls={"rootly": url}, limits=LIMITS)
    async with Dispatcher(settings, observe=last_answer.observe) as dispatcher:
        # The first calls load modules.
        for arguments in QUESTIONS.values():
            await dispatcher.call("list_incidents", {**arguments, "created_at": {"gte": "-30d"}})
        # As in the server. Otherwise a full garbage collection looks at all that benchmarks import.
        gc.collect()
        gc.freeze()
        for _ in range(setting.rounds):
            for name, arguments in QUESTIONS.items():
                async with turns() as waits:
                    began = time.perf_counter()
                    result = await dispatcher.call("list_incidents", arguments)
                    ended = time.perf_counter()
                check(result.text, setting.size)
                measured[name].took_s.append(ended - began)
                measured[name].after_s.append(ended - last_answer.at)
                measured[name].waits_s += waits
    return measured


def check(text: str, size: int) -> None:
    """Stop if an answer does not cover all incidents."""
    answer = json.loads(text)
    if answer.get("covered", {}).get("incidents") != size:
        raise SystemExit(f"Not all {size:,} incidents were read: {text[:500]}")


def grown_mb(arguments: Mapping[str, Any], url: str) -> float:
    """The greatest memory of a process that is asked once, over that after a first call."""
    with session(replace(OURS, environ=ENVIRON), url) as running:
        running.shake_hands()
        running.list_incidents(page_size=1)
        before_mb = running.resident_mb
        answer = running.list_incidents(**arguments)
        assert b'"isError":false' in answer, answer[:500]
        return running.peak_mb - before_mb


def report(settings: tuple[Setting, ...] = SETTINGS) -> str:
    rows = []
    for setting in settings:
        with sandbox(setting.size) as base_url:
            url = f"{base_url}{setting.options}"
            measured = anyio.run(times, setting, url)
            for name, arguments in QUESTIONS.items():
                memory = f"{grown_mb(arguments, url):.1f} MB"
                rows.append([setting.title, name, *measured[name].cells(), memory])
    head = [
        "read",
        "question",
        "time, the sandbox's included",
        "of it after the last answer",
        "the event loop was held for: 99 of 100, longest",
        "memory at its greatest, over a first call's",
    ]
    return table(head, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only with 5,000 incidents")
    parser.add_argument(
        "--write", action="store_true", help="put the table into docs/performance.md"
    )
    options = parser.parse_args()
    figures = report(SETTINGS[:1] if options.quick else SETTINGS)
    if options.write:
        write(figures, BEGIN, END)
    print(figures)
