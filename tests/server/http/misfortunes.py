"""What can happen to processes, Redis and the network, drawn by chance."""

from collections.abc import Callable

from tests.server.http.simulation import SimulatedProcess, World


class Misfortunes:
    """Lets one thing happen after the other to the processes of *world*, until `end`."""

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
        self._world.delay_s = 0.001

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
            process.is_running = False

            def resume() -> None:
                process.is_running = process.is_alive

            self._after(0.1, 6, resume)

    def _cut_off(self) -> None:
        if process := self._process():
            process.can_send, process.can_receive = self._random.choice(
                ((False, False), (True, False), (False, True))
            )

            def join() -> None:
                process.can_send = process.can_receive = True

            self._after(0.1, 12, join)

    def _end_redis(self) -> None:
        world = self._world
        world.is_redis_up = False
        if self._random.random() < 0.5:
            world.redis.clear()

        def start() -> None:
            world.is_redis_up = True

        self._after(0.1, 8, start)

    def _pause_redis(self) -> None:
        self._world.pause_redis()
        self._after(0.1, 5, self._world.resume_redis)

    def _empty_redis(self) -> None:
        self._world.redis.clear()

    def _slow_down(self) -> None:
        self._world.delay_s = self._random.choice((0.001, 0.03, 0.08, 0.15))

    def _change_demand(self) -> None:
        if process := self._process():
            process.set_clients(self._random.choice((0, 1, 8)))
