"""What a process sends to the script in Redis, and what the script answers."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from hashlib import sha256
from pathlib import Path

SCRIPT = (Path(__file__).parent / "lease.lua").read_text(encoding="utf-8")

_NUMBERS_PER_KEY = 5


@dataclass(frozen=True)
class Process:
    """This process, as Redis knows it.

    * `identity`: random, so that a process that is started again is another one.
    * `place`: where it runs. A process that is started there replaces one that has ended.
    * `processes`: the most that there will ever be.
    """

    identity: str
    place: str
    processes: int


@dataclass(frozen=True)
class Ask:
    """What a process asks for one vendor key. Rates are requests a minute.

    * `rate`: what all processes together may send.
    * `part`: what this process sends without Redis.
    * `want`: what it could send now.
    * `weight`: the number of its callers. The script removes a process with the weight 0.
    * `holding`: what it may send until the answer comes.
    * `known`: how many processes there were at the last answer.
    """

    rate: float
    part: float
    want: float
    weight: float
    holding: float
    known: int

    @property
    def leaving(self) -> "Ask":
        """The last ask of a process that no longer uses the key."""
        return replace(self, weight=0)


@dataclass(frozen=True)
class Grant:
    """What the script gives a process of one vendor key. Rates are requests a minute.

    * `granted`: the rate of its lease.
    * `share`: the rate that it will have as soon as others have noticed.
    * `live`, `missing`: processes with a lease, and processes that may still send without one.
    * `is_young`: Redis had no data a moment ago. There may be leases that it does not know.
    """

    granted: float
    share: float
    live: int
    missing: int
    is_young: bool


@dataclass(frozen=True)
class Answer:
    """`time` is Redis' clock, in seconds. There are no grants if the deadline had passed."""

    time: float
    grants: Sequence[Grant]


def redis_key(vendor: str, key: str) -> str:
    """The name of the hash of a vendor key. It does not contain the key.

    The braces keep all hashes in one slot of a cluster, because one script reads them together.
    """
    digest = sha256(f"{vendor}:{key}".encode()).hexdigest()
    return f"{{incident-desk}}:budget:{vendor}:{digest[:32]}"


def script_arguments(process: Process, deadline: float, asks: Sequence[Ask]) -> list[str]:
    arguments = [
        process.identity,
        process.place,
        f"{deadline:.6f}",
        str(process.processes),
    ]
    for ask in asks:
        arguments += [f"{number:.4f}" for number in astuple(ask)]
    return arguments


def parse_answer(values: Sequence[bytes]) -> Answer:
    """Read what the script answered.

    Raises:
        ValueError: it is not an answer of the script.
    """
    numbers = [float(value) for value in values]
    if len(numbers) % _NUMBERS_PER_KEY != 1:
        raise ValueError("not an answer of the script")
    grants = []
    for start in range(1, len(numbers), _NUMBERS_PER_KEY):
        granted, share, live, missing, young = numbers[start : start + _NUMBERS_PER_KEY]
        grants.append(Grant(granted, share, int(live), int(missing), bool(young)))
    return Answer(numbers[0], grants)
