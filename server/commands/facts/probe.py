"""Probes: each finds out the values of some dials."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from server.commands.facts.fact import Fact, NotSeen

logger = logging.getLogger(__name__)


class HasDialValues(Protocol):
    """What probes share: among others, the values that were seen, by dial."""

    dial_values: dict[str, str]


Account = TypeVar("Account", bound=HasDialValues)


@dataclass(frozen=True)
class Probe(Generic[Account]):
    """Finds out the values of `dials`. `run` may leave some of them out."""

    dials: tuple[str, ...]
    run: Callable[[Account], Awaitable[Iterable[Fact]]]

    async def facts(self, account: Account) -> list[Fact]:
        """A fact for each of the dials."""
        facts = dict[str, Fact]()
        reason = "the answers do not show it"
        try:
            for fact in await self.run(account):
                facts[fact.dial] = fact
        except NotSeen as not_seen:
            reason = str(not_seen)
        except Exception as error:
            # A vendor's answer may have any form. The other probes go on.
            logger.exception("the probe of %s failed", ", ".join(self.dials))
            reason = f"this is a bug of incident-desk ({type(error).__name__})"
        return [facts.get(dial) or Fact(dial, None, reason) for dial in self.dials]


async def run_probes(probes: Sequence[Probe[Account]], account: Account) -> list[Fact]:
    """The facts of all probes, one probe after the other."""
    facts = list[Fact]()
    for probe in probes:
        for fact in await probe.facts(account):
            facts.append(fact)
            if fact.value is not None:
                account.dial_values[fact.dial] = fact.value
    return facts


Unseen = Mapping[str, str]
"""The dials that GET requests cannot show, each with the reason."""
