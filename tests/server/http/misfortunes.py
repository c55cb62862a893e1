"""What can happen to processes, Redis and the network: again and again, or drawn by chance."""

from collections.abc import Callable, Mapping, Sequence

from tests.server.http.simulation import SimulatedProcess, World

Change = Callable[[], None]
Misfortune = Callable[[World, Sequence[SimulatedProcess]], tuple[Change, Change]]
"""How something begins to happen, and how it ends."""


def _hung_redis(world: World, _: Sequence[SimulatedProcess]) -> tuple[Change, Change]:
    return world.pause_redis, world.resume_redis


def _ended_redis(world: World, _: Sequence[SimulatedProcess]) -> tuple[Change, Change]:
    return world.stop_redis, world.start_redis


def _emptied_redis(world: World, _: Sequence[SimulatedProcess]) -> tuple[Change, Change]:
    return world.redis.clear, lambda: None


def _ended_and_emptied_redis(world: World, _: Sequence[SimulatedProcess]) -> tuple[Change, Change]:
    def stop() -> None:
        world.stop_redis()
        world.redis.clear()

    return stop, world.start_redis


def _slow_network(world: World, _: Sequence[SimulatedProcess]) -> tuple[Change, Change]:
    return lambda: world.set_delay(0.11), lambda: world.set_delay(0.001)


def _cut_off_process(_: World, processes: Sequence[SimulatedProcess]) -> tuple[Change, Change]:
    process = processes[2]
    return lambda: process.connect(send=False, receive=False), process.connect


def _lost_answers(_: World, processes: Sequence[SimulatedProcess]) -> tuple[Change, Change]:
    process = processes[2]
    return lambda: process.connect(receive=False), process.connect


def _paused_process(_: World, processes: Sequence[SimulatedProcess]) -> tuple[Change, Change]:
    return processes[2].pause, processes[2].resume


def _moving_callers(_: World, processes: Sequence[SimulatedProcess]) -> tuple[Change, Change]:
    def move(source: SimulatedProcess, target: SimulatedProcess) -> None:
        source.set_clients(0)
        target.set_clients(8)

    return (
        lambda: move(processes[0], processes[2]),
        lambda: move(processes[2], processes[0]),
    )


ENDLESS: Mapping[str, Misfortune] = {
    "hung redis": _hung_redis,
    "ended redis": _ended_redis,
    "emptied redis": _emptied_redis,
    "ended and emptied redis": _ended_and_emptied_redis,
    "slow network": _slow_network,
    "cut off process": _cut_off_process,
    "lost answers": _lost_answers,
    "paused process": _paused_process,
    "moving callers": _moving_callers,
}


def repeat(world: World, changes: tuple[Change, Change], on_s: float, off_s: float) -> None:
    """Let something happen for *on_s* seconds again and again, with pauses of *off_s*."""
    begin, end = changes

    def begin_and_end() -> None:
        begin()
        world.at(world.now + on_s, end)
        world.at(world.now + on_s + off_s, begin_and_end)

    begin_and_end()


class Misfortunes:
    """Lets one thing after the other happen to the processes of *world*, until `end`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._random = world.random
        self._actions: list[Callable[[], None]] = [
            self._kill,
            self._stop,
            self._pause,
            self._cut_off,
            self._end_redis,
            self._pause_redis,
            self._empty_redis,
            self._slow_down,
            self._change_demand,
        ]
        self._is_over = False
        self._next()

    def end(self) -> None:
        """Let everything be well again. What has begun ends within 15 s."""
        self._is_over = True
        self._world.set_delay(0.001)

    def _next(self) -> None:
        if not self._is_over:
            self._random.choice(self._actions)()
            self._after(1, 8, self._next)

    def _after(self, least_s: float, most_s: float, callback: Callable[[], None]) -> None:
        self._world.at(self._world.now + self._random.uniform(least_s, most_s), callback)

    def _process(self) -> SimulatedProcess | None:
        """One that is alive, and to which nothing else happens now."""
        processes = [
            process
            for process in self._world.processes
            if process.is_alive and process.is_running and process.can_send and process.can_receive
        ]
        return self._random.choice(processes) if processes else None

    def _start(self, place: str) -> None:
        self._world.start(place, self._random.choice((0, 3, 6)))

    def _kill(self) -> None:
        if process := self._process():
            process.kill()
            self._after(0.1, 5, lambda: self._start(process.place))

    def _stop(self) -> None:
        if process := self._process():
            process.stop()
            place = self._random.choice((process.place, f"new{self._random.random()}"))
            self._after(0.1, 5, lambda: self._start(place))

    def _pause(self) -> None:
        if process := self._process():
            process.pause()
            self._after(0.1, 6, process.resume)

    def _cut_off(self) -> None:
        if process := self._process():
            can_send, can_receive = self._random.choice(
                ((False, False), (True, False), (False, True))
            )
            process.connect(send=can_send, receive=can_receive)
            self._after(0.1, 12, process.connect)

    def _end_redis(self) -> None:
        self._world.stop_redis()
        if self._random.random() < 0.5:
            self._world.redis.clear()
        self._after(0.1, 8, self._world.start_redis)

    def _pause_redis(self) -> None:
        self._world.pause_redis()
        self._after(0.1, 5, self._world.resume_redis)

    def _empty_redis(self) -> None:
        self._world.redis.clear()

    def _slow_down(self) -> None:
        self._world.set_delay(self._random.choice((0.001, 0.03, 0.08, 0.15)))

    def _change_demand(self) -> None:
        if process := self._process():
            process.set_clients(self._random.choice((0, 1, 8)))
