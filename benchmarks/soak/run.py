"""The soak: rounds of questions under faults, many at once."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote

import anyio

from benchmarks.soak.judge import judge
from benchmarks.soak.process import NOW, open_sockets, resident_mb, sandboxed
from benchmarks.soak.proxy import proxied
from benchmarks.soak.question import Question, Wrong
from benchmarks.soak.questions import questions
from benchmarks.soak.recording import ask, recorded
from benchmarks.soak.setting import Setting
from sandbox.serving import SEED
from sandbox.store import Store
from server.dispatcher import Dispatcher
from server.settings import KEYS, Settings
from tools.limits import Limits

IN_PARALLEL = 64
SETTINGS = 4
"""How many settings there are in one round."""
_CALLS_A_ROUND = 1_000


@dataclass
class Tally:
    """How the calls ended, what was wrong, and what the proxy did to the bytes."""

    outcomes: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def calls(self) -> int:
        return sum(self.outcomes.values())


async def soak(
    calls: int,
    seed: int,
    rate: float = 0.2,
    pool_size: int = 200,
    *,
    timeout_s: float = 6,
    say: bool = True,
) -> Tally:
    """Ask *calls* questions, `IN_PARALLEL` at a time, each within *timeout_s*.

    Raises:
        Wrong: an answer without faults is not what the world has.
    """
    rng, tally, sockets = Random(seed), Tally(), open_sockets()
    store = Store(SEED, NOW, 400)
    with sandboxed() as port:
        # A response is often several chunks, and each of them may meet a fault.
        async with proxied(port, Random(seed), rate / 4) as proxy:
            while tally.calls < calls:
                faults = {"fault": "mix", "rate": str(rate), "seed": str(rng.randrange(10**6))}
                settings = [Setting.draw(rng) for _ in range(SETTINGS)]
                clean = [_dispatcher(port, one, 60, {}) for one in settings]
                faulty = [
                    _dispatcher(proxy.port if one.through_proxy else port, one, timeout_s, faults)
                    for one in settings
                ]
                async with AsyncExitStack() as stack:
                    for dispatcher in (*clean, *faulty):
                        await stack.enter_async_context(dispatcher)
                    pool = await questions(settings, clean, store, rng, pool_size)
                    asked = rng.choices(pool, k=min(_CALLS_A_ROUND, calls - tally.calls))
                    await _ask(iter(asked), clean, faulty, tally)
                if say:
                    print(
                        f"{tally.calls:7} calls {resident_mb():7.0f} MB {open_sockets() - sockets:4} sockets",
                        flush=True,
                    )
            tally.bytes.update(proxy.met)
    store.close()
    return tally


async def _ask(
    left: Iterator[Question],
    clean: Sequence[Dispatcher],
    faulty: Sequence[Dispatcher],
    tally: Tally,
) -> None:
    async with anyio.create_task_group() as workers:
        for _ in range(IN_PARALLEL):
            workers.start_soon(_work, left, clean, faulty, tally)


async def _work(
    left: Iterator[Question],
    clean: Sequence[Dispatcher],
    faulty: Sequence[Dispatcher],
    tally: Tally,
) -> None:
    for question in left:
        result, wire = await ask(faulty[question.place], question.tool, question.arguments)
        try:
            outcome = await judge(question, result, wire, clean[question.place])
        except Wrong as wrong:
            outcome = "wrong"
            asked = f"{question.setting} {question.tool} {json.dumps(question.arguments)}"
            tally.wrong.append(
                f"{wrong}\n  {asked}\n  …{result.text[-1_000:]}\n  from {wire.body[:1_000].decode(errors='replace')}"
            )
        tally.outcomes[outcome] += 1


def _dispatcher(
    port: int, setting: Setting, timeout_s: float, faults: Mapping[str, str]
) -> Dispatcher:
    def url(vendor: str) -> str:
        options = {**setting.dials[vendor], **faults}
        return f"http://127.0.0.1:{port}/{vendor}" + "".join(
            f";{name}={quote(value)}" for name, value in options.items()
        )

    settings = Settings(
        keys=dict.fromkeys(KEYS, "key"),
        urls={vendor: url(vendor) for vendor in KEYS},
        limits=Limits(
            timeout_s=timeout_s,
            backoff_s=0.02,
            max_result_chars=setting.max_result_chars,
            max_in_flight=IN_PARALLEL // SETTINGS,
            requests_per_minute=100_000,
        ),
    )
    dispatcher = Dispatcher(settings, clock=lambda: NOW)
    dispatcher.tools = {name: recorded(tool) for name, tool in dispatcher.tools.items()}
    return dispatcher
