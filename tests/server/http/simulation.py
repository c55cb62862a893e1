"""Processes, a network and Redis in virtual time: hours of it take seconds.

Each process has an event loop of its own. A process that is paused or killed does not run, while
its timers become due.
"""

import asyncio
import heapq
import random
from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVarTuple

import anyio
from prometheus_client import CollectorRegistry

from server.http.key_ring import KeyRing
from server.http.leases.exchange import Process
from server.http.leases.failure import Reason, RedisFailure
from server.http.leases.lease_client import LeaseClient
from server.http.leases.redis_client import ANSWER_S
from server.http.leases.shared_budgets import SharedBudgets
from server.http.leases.state import SharingState
from server.http.pace_gauge import PaceGauge
from server.vendor_key import VendorKey
from tests.server.http.simulated_redis import SimulatedRedis
from tools.errors import RateLimited
from tools.limits import Limits
from tools.rootly import ROOTLY

if TYPE_CHECKING:
    from tools.budget import Budget

Arguments = TypeVarTuple("Arguments")
_LATENCY_S = 0.05


class World:
    """The time, what happens next, and the processes.

    `sent` has the times of all requests to the vendor, in their order. `refused` has those of the
    requests that could not have their turn in `Limits.timeout_s`.
    """

    def __init__(self, *, per_minute: int, copies: int, seed: int) -> None:
        self.now = 1_000.0
        self.per_minute = per_minute
        self.copies = copies
        self.random = random.Random(seed)
        self.sent: list[float] = []
        self.refused: list[float] = []
        self.key = VendorKey("key")
        self.highest_pace = 0.0
        """Of all processes together, in requests a minute."""
        self.processes: list[SimulatedProcess] = []
        self._clock_ahead_s = 1_000_000.0
        self.redis = SimulatedRedis(lambda: self.now + self._clock_ahead_s)
        self.is_redis_up = True
        self.is_redis_paused = False
        self.delay_s = 0.001
        self.is_over = False
        self._paused_commands: list[Callable[[], None]] = []
        self._numbers = count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []

    def at(self, time: float, callback: Callable[[], None]) -> None:
        heapq.heappush(self._events, (time, next(self._numbers), callback))

    def start(self, place: str, clients: int) -> "SimulatedProcess":
        process = SimulatedProcess(self, place)
        self.processes.append(process)
        process.set_clients(clients)
        return process

    def run(self, seconds: float) -> None:
        """Let *seconds* pass."""
        end = self.now + seconds
        while True:
            self._run_ready()
            self.highest_pace = max(self.highest_pace, self.pace())
            time = self._next_time()
            if time > end:
                break
            self.now = max(time, self.now)
            while self._events and self._events[0][0] <= self.now:
                heapq.heappop(self._events)[2]()
        self.now = end

    def pace(self) -> float:
        """Of all processes together, now."""
        return sum(process.pace() for process in self.processes if process.is_alive)

    def _running(self) -> "list[SimulatedProcess]":
        return [process for process in self.processes if process.is_running]

    def _run_ready(self) -> None:
        while ready := [process for process in self._running() if process.loop.is_due()]:
            for process in ready:
                process.loop.step()

    def _next_time(self) -> float:
        times = [process.loop.next_time() for process in self._running()]
        return min([*times, *(event[0] for event in self._events[:1])], default=float("inf"))

    def end(self) -> None:
        self.is_over = True
        for process in self.processes:
            process.end()

    def stop_redis(self) -> None:
        self.is_redis_up = False

    def start_redis(self) -> None:
        self.is_redis_up = True

    def set_delay(self, seconds: float) -> None:
        """Of each way, more or less."""
        self.delay_s = seconds

    def pause_redis(self) -> None:
        self.is_redis_paused = True

    def resume_redis(self) -> None:
        self.is_redis_paused = False
        commands, self._paused_commands = self._paused_commands, []
        for command in commands:
            command()

    def set_clock(self, seconds: float) -> None:
        """Set the clock of Redis forward, or back if *seconds* is less than 0."""
        self._clock_ahead_s += seconds

    def delay(self) -> float:
        return self.random.uniform(0.5, 1.5) * self.delay_s

    def execute(self, command: Callable[[], None]) -> None:
        """Run *command* in Redis, when it runs."""
        if self.is_redis_paused:
            self._paused_commands.append(command)
        elif self.is_redis_up:
            command()


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that reads the time of the world, and runs step by step."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._times: list[float] = []
        self._has_work = False
        super().__init__()

    def time(self) -> float:
        return self._world.now

    def call_at(
        self,
        when: float,
        callback: Callable[[*Arguments], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        heapq.heappush(self._times, when)
        return super().call_at(when, callback, *args, context=context)

    def call_soon(
        self,
        callback: Callable[[*Arguments], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.Handle:
        self._has_work = True
        return super().call_soon(callback, *args, context=context)

    def next_time(self) -> float:
        return self._times[0] if self._times else float("inf")

    def is_due(self) -> bool:
        return self._has_work or self.next_time() <= self._world.now

    def step(self) -> None:
        while self._times and self._times[0] <= self._world.now:
            heapq.heappop(self._times)
        self.call_soon(self.stop)
        self._has_work = False
        self.run_forever()


class SimulatedProcess:
    """A process with clients that always have a next request."""

    def __init__(self, world: World, place: str) -> None:
        self._world = world
        self.place = place
        self.is_running = True
        self.is_alive = True
        self.can_send = True
        self.can_receive = True
        self.loop = VirtualLoop(world)
        self.sent: list[float] = []
        self.waits_s: list[float] = []
        self.registry = CollectorRegistry()
        self._clients: list[asyncio.Task[None]] = []
        self._stopped: asyncio.Event = asyncio.Event()
        self.budget: Budget | None = None
        self._budgets: SharedBudgets | None = None
        self._is_ready = asyncio.Event()
        self._main = self._spawn(self._serve())

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        return self.loop.create_task(coroutine)

    async def _serve(self) -> None:
        world, registry = self._world, self.registry
        identity = f"{world.random.getrandbits(64):016x}"
        process = Process(identity, self.place, world.copies)
        pace = PaceGauge(registry, KeyRing({}))
        state = SharingState(registry, world.copies)
        limits = Limits(requests_per_minute=world.per_minute)
        client = LeaseClient(SimulatedClient(world, self), process)
        async with SharedBudgets(client, limits, state, pace) as budgets:
            self._budgets = budgets
            self.budget = budgets.budget(ROOTLY, world.key)
            self._is_ready.set()
            await self._stopped.wait()

    def set_clients(self, count: int) -> None:
        for client in self._clients[count:]:
            self.loop.call_soon(client.cancel)
        del self._clients[count:]
        for number in range(len(self._clients), count):
            self._clients.append(self._spawn(self._send_requests(str(number))))

    async def _send_requests(self, caller: str) -> None:
        while True:
            try:
                with anyio.fail_after(Limits.timeout_s):
                    await self._send_request(caller)
            except (RateLimited, TimeoutError):
                self._world.refused.append(self._world.now)
                await anyio.sleep(_LATENCY_S)

    async def _send_request(self, caller: str) -> None:
        await self._is_ready.wait()
        assert self.budget
        async with self.budget.place(caller):
            self._world.sent.append(self._world.now)
            self.sent.append(self._world.now)
            await anyio.sleep(_LATENCY_S)

    def send(self, caller: str, on_end: Callable[[], None]) -> None:
        """Send one request, then call *on_end*."""
        self._spawn(self._send_request(caller)).add_done_callback(lambda _: on_end())

    def send_every(self, seconds: float) -> None:
        """Send less than is allowed. `waits_s` has how long each request waited for its turn."""
        self._spawn(self._send_regularly(seconds))

    async def _send_regularly(self, seconds: float) -> None:
        assert self.budget
        while True:
            began = self.loop.time()
            async with self.budget.place("regular"):
                self.waits_s.append(self.loop.time() - began)
            await anyio.sleep(seconds)

    def pace(self) -> float:
        """The pace of its budget."""
        return self.budget.per_minute(self._world.now) if self.budget else 0

    @property
    def problem(self) -> str:
        """What `/readyz` says."""
        return self._budgets.problem if self._budgets else ""

    def stop(self) -> None:
        """End as after SIGTERM."""
        self.set_clients(0)
        self.loop.call_soon(self._stopped.set)
        self.is_alive = False

    def pause(self) -> None:
        self.is_running = False

    def resume(self) -> None:
        self.is_running = self.is_alive

    def connect(self, *, send: bool = True, receive: bool = True) -> None:
        """Whether what it sends arrives, and whether answers arrive."""
        self.can_send, self.can_receive = send, receive

    def kill(self) -> None:
        self.is_running = False
        self.is_alive = False

    def end(self) -> None:
        """Take back what the process has."""
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        for _ in range(50):
            self.loop.step()
        self.loop.close()


class SimulatedClient:
    """Sends scripts through the network of the world, which delays and loses them."""

    def __init__(self, world: World, process: SimulatedProcess) -> None:
        self._world = world
        self._process = process
        self._is_open = False

    async def open(self) -> bool:
        if self._is_open:
            return False
        if not self._world.is_redis_up:
            raise RedisFailure(Reason.CONNECTION)
        await self._exchange(list, timeout_s=2)
        self._is_open = True
        return True

    async def run(self, keys: Sequence[str], arguments: Sequence[str]) -> Sequence[bytes]:
        return await self._exchange(
            lambda: self._world.redis.run(keys, arguments), timeout_s=ANSWER_S
        )

    async def close(self) -> None:
        self._is_open = False

    async def _exchange(self, command: Callable[[], list[bytes]], timeout_s: float) -> list[bytes]:
        world, process = self._world, self._process
        if world.is_over:
            raise RedisFailure(Reason.CONNECTION)
        future: asyncio.Future[list[bytes]] = process.loop.create_future()

        def execute() -> None:
            answer = command()
            if process.can_receive:
                world.at(world.now + world.delay(), lambda: deliver(answer))

        def deliver(answer: list[bytes]) -> None:
            if not future.done():
                future.set_result(answer)

        if process.can_send:
            world.at(world.now + world.delay(), lambda: world.execute(execute))
        try:
            with anyio.fail_after(timeout_s):
                return await future
        except TimeoutError:
            self._is_open = False
            raise RedisFailure(Reason.TIMEOUT) from None
