"""A whole world from a seed, an instant and a size."""

from bisect import bisect
from datetime import datetime
from itertools import count

from sandbox.world import attachments, story
from sandbox.world.incidents import ages, incident
from sandbox.world.population import Population


def build(seed: int, now: datetime, size: int) -> Population:
    """A world of `size` incidents at Rootly, and somewhat less than half as many at incident.io.

    The same three values give the same world. Sizes below the two incidents that are always there are raised to it.
    """
    population = Population(seed, now)
    size = max(size, 2)
    numbers = count(max(story.LIVE_NUMBER, size) - size + 1)
    hours = ages(population, size - 2)
    before = bisect(hours, -story.EARLIER.total_seconds() / 3600, key=lambda age: -age)
    for place, age in enumerate(hours):
        if place == before:
            population.incidents.append(story.earlier(population, next(numbers)))
        population.incidents.append(
            incident(population, next(numbers), age, len(hours) - 1 - place)
        )
    if before == len(hours):
        population.incidents.append(story.earlier(population, next(numbers)))
    population.incidents.append(story.live(population, next(numbers)))
    attached = len(hours) * 2 // 5
    last = max(story.IO_NUMBER, attached + 1)
    attachments.populate(population, attached, last - attached)
    story.attached(population, last)
    return population
