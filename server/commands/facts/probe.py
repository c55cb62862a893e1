"""Probes, each of which finds out the values of some dials, and the survey of a vendor by them."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from server.commands.facts.client import Client
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


@dataclass(frozen=True)
class Survey(Generic[Account]):
    """What is asked of one vendor.

    * `read_account`: reads what all probes begin with.
    * `probes`: in this order, as later ones use what earlier ones have seen.
    * `unseen`: the dials that GET requests cannot show, each with the reason.
    """

    read_account: Callable[[Client], Awaitable[Account]]
    probes: Sequence[Probe[Account]]
    unseen: Mapping[str, str]

    @property
    def dials(self) -> list[str]:
        """The dials that the probes ask about."""
        return [dial for probe in self.probes for dial in probe.dials]

    async def facts(self, client: Client) -> list[Fact]:
        """A fact for each of `dials`."""
        account = await self.read_account(client)
        facts = list[Fact]()
        for probe in self.probes:
            for fact in await probe.facts(account):
                facts.append(fact)
                if fact.value is not None:
                    account.dial_values[fact.dial] = fact.value
        return facts
