"""Runs the soak: rounds of concurrent questions under faults."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote

import anyio

from benchmarks.soak.answers import Wrong
from benchmarks.soak.judge import judge
from benchmarks.soak.process import open_sockets, resident_mb, sandboxed
from benchmarks.soak.proxy import Proxy, proxied
from benchmarks.soak.question import Question
from benchmarks.soak.questions import questions
from benchmarks.soak.recording import Wire, ask, recorded
from benchmarks.soak.setting import Setting
from evals.settings import NOW
from sandbox.serving import SEED
from sandbox.store import Store
from server.dispatcher import Dispatcher, Result
from server.settings import KEYS, Settings
from tools.limits import Limits

IN_PARALLEL = 64
SETTINGS = 4
"""How many settings one round has."""
_CALLS_A_ROUND = 1_000
_PATIENCE_S = 60
"""The timeout of calls without faults."""


@dataclass
class Tally:
    """The results: outcomes of the calls, faults of the proxy, and the wrong answers."""

    outcomes: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def calls(self) -> int:
        return sum(self.outcomes.values())


@dataclass(frozen=True)
class _Round:
    """The dispatchers of one round, one for each setting."""

    settings: Sequence[Setting]
    clean: Sequence[Dispatcher]
    faulty: Sequence[Dispatcher]


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
        Wrong: an answer without faults is not what the sandbox's data has.
    """
    rng, tally, sockets = Random(seed), Tally(), open_sockets()
    store = Store(SEED, NOW, 400)
    with sandboxed() as port:
        # A response is often several chunks, and each of them may meet a fault.
        async with proxied(port, Random(seed), rate / 4) as proxy:
            while tally.calls < calls:
                round_ = _draw_round(rng, port, proxy, rate, timeout_s)
                async with AsyncExitStack() as stack:
                    for dispatcher in (*round_.clean, *round_.faulty):
                        await stack.enter_async_context(dispatcher)
                    pool = await questions(round_.settings, round_.clean, store, rng, pool_size)
                    number = min(_CALLS_A_ROUND, calls - tally.calls)
                    await _ask_all(iter(rng.choices(pool, k=number)), round_, tally)
                if say:
                    _print_progress(tally, open_sockets() - sockets)
            tally.bytes.update(proxy.faults)
    store.close()
    return tally


def _draw_round(rng: Random, port: int, proxy: Proxy, rate: float, timeout_s: float) -> _Round:
    faults = {"fault": "mix", "rate": str(rate), "seed": str(rng.randrange(10**6))}
    settings = [Setting.draw(rng) for _ in range(SETTINGS)]
    clean, faulty = [], []
    for setting in settings:
        clean.append(_dispatcher(port, setting, _PATIENCE_S, {}))
        faulty_port = proxy.port if setting.through_proxy else port
        faulty.append(_dispatcher(faulty_port, setting, timeout_s, faults))
    return _Round(settings, clean, faulty)


def _dispatcher(
    port: int, setting: Setting, timeout_s: float, faults: Mapping[str, str]
) -> Dispatcher:
    """A dispatcher with recorded tools, for the sandbox with these dials and faults."""
    urls = {}
    for vendor in KEYS:
        options = {**setting.dials[vendor], **faults}
        path = "".join(f";{name}={quote(value)}" for name, value in options.items())
        urls[vendor] = f"http://127.0.0.1:{port}/{vendor}{path}"
    settings = Settings(
        keys=dict.fromkeys(KEYS, "key"),
        urls=urls,
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


async def _ask_all(pending: Iterator[Question], round_: _Round, tally: Tally) -> None:
    async with anyio.create_task_group() as workers:
        for _ in range(IN_PARALLEL):
            workers.start_soon(_work, pending, round_, tally)


async def _work(pending: Iterator[Question], round_: _Round, tally: Tally) -> None:
    """Ask and judge questions, until none is pending."""
    for question in pending:
        faulty, clean = round_.faulty[question.place], round_.clean[question.place]
        result, wire = await ask(faulty, question.tool, question.arguments)
        try:
            outcome = await judge(question, result, wire, clean)
        except Wrong as wrong:
            outcome = "wrong"
            tally.wrong.append(_described(wrong, question, result, wire))
        tally.outcomes[outcome] += 1


def _described(wrong: Wrong, question: Question, result: Result, wire: Wire) -> str:
    call = f"{question.setting} {question.tool} {json.dumps(question.arguments)}"
    received = wire.body[:1_000].decode(errors="replace")
    return f"{wrong}\n  {call}\n  …{result.text[-1_000:]}\n  from {received}"


def _print_progress(tally: Tally, sockets: int) -> None:
    print(f"{tally.calls:7} calls {resident_mb():7.0f} MB {sockets:4} sockets", flush=True)
