"""All data of the sandbox, from a seed, an instant and a size."""

from bisect import bisect
from datetime import datetime
from itertools import count

from sandbox.world import attachments, shared, story
from sandbox.world.case_incident import case_incident
from sandbox.world.cases import Case, families
from sandbox.world.incidents import ages, incident, may_be_replaced
from sandbox.world.places import places
from sandbox.world.population import Population

# With fewer incidents, too few random ones would be left between those written by hand.
FEWEST_WITH_CASES = 300


def build(seed: int, now: datetime, size: int) -> Population:
    """The data, with *size* incidents at Rootly and a little less than half as many at incident.io.

    The same arguments give the same data. Two incidents are always there. Those written by hand are
    there from `FEWEST_WITH_CASES` incidents on.
    """
    population = Population(seed, now)
    size = max(size, 2)
    _populate_rootly(population, size)
    attached = (size - 2) * 2 // 5
    last = max(story.IO_NUMBER, attached + 1)
    attachments.populate(population, attached, last - attached)
    story.attached(population, last)
    shared.attach(population)
    return population


def _populate_rootly(population: Population, size: int) -> None:
    """Add the incidents at Rootly, oldest first."""
    numbers = count(max(story.LIVE_NUMBER, size) - size + 1)
    hours = ages(population, size - 2)

    def is_free(place: int, status: str) -> bool:
        return may_be_replaced(len(hours) - 1 - place, status)

    cases = dict[int, Case]()
    if size >= FEWEST_WITH_CASES:
        cases = places(hours, is_free)
        population.families = families()
    before = bisect(hours, -story.EARLIER.total_seconds() / 3600, key=lambda age: -age)
    for place, age in enumerate(hours):
        if place == before:
            population.incidents.append(story.earlier(population, next(numbers)))
        number, resources = next(numbers), len(population.resources)
        new = incident(population, number, age, len(hours) - 1 - place)
        if place in cases:
            # The random incident was made all the same: later random numbers depend on it.
            population.forget(resources)
            new = case_incident(population, number, age, cases[place])
        population.incidents.append(new)
    if before == len(hours):
        population.incidents.append(story.earlier(population, next(numbers)))
    population.incidents.append(story.live(population, next(numbers)))
