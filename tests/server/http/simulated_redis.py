"""Runs the real script of the leases with an emulation of the commands that it uses."""

from collections.abc import Callable, Sequence
from typing import Any

from lupa import lua51

from server.http.leases.exchange import SCRIPT


class SimulatedRedis:
    """Hashes in memory. `clock` is the time in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._hashes: dict[str, dict[str, str]] = {}
        self._expires_at: dict[str, float] = {}
        self._lua = lua51.LuaRuntime()
        functions = self._lua.table_from({"call": self._call})
        make = self._lua.eval(f"function(redis) return function(KEYS, ARGV) {SCRIPT} end end")
        self._script = make(functions)

    def clear(self) -> None:
        self._hashes.clear()

    def run(self, keys: Sequence[str], arguments: Sequence[str]) -> list[bytes]:
        answer = self._script(self._lua.table_from(keys), self._lua.table_from(arguments))
        return [value.encode() for value in answer.values()]

    def _call(self, command: str, *arguments: Any) -> Any:
        return getattr(self, f"_{command.lower()}")(*arguments)

    def _time(self) -> Any:
        seconds, fraction = divmod(self._clock(), 1)
        return self._lua.table_from([f"{seconds:.0f}", f"{fraction * 1_000_000:.0f}"])

    def _hash(self, key: str) -> dict[str, str]:
        if self._expires_at.get(key, 0) < self._clock():
            self._hashes.pop(key, None)
        return self._hashes.setdefault(key, {})

    def _hgetall(self, key: str) -> Any:
        return self._lua.table_from([word for pair in self._hash(key).items() for word in pair])

    def _hset(self, key: str, *words: str) -> None:
        self._expires_at.setdefault(key, self._clock())
        self._hash(key).update(zip(words[::2], words[1::2], strict=True))

    def _hdel(self, key: str, name: str) -> int:
        return int(self._hash(key).pop(name, None) is not None)

    def _hincrby(self, key: str, name: str, count: float) -> None:
        values = self._hash(key)
        values[name] = str(int(values.get(name, "0")) + int(count))

    def _expire(self, key: str, seconds: float) -> None:
        self._expires_at[key] = self._clock() + seconds
