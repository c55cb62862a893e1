"""All data of the sandbox, from a seed, an instant and a size."""

from bisect import bisect
from datetime import datetime
from itertools import count

from sandbox.world import attachments, story
from sandbox.world.incidents import ages, incident
from sandbox.world.population import Population


def build(seed: int, now: datetime, size: int) -> Population:
    """The data, with *size* incidents at Rootly and a little less than half as many at incident.io.

    The same arguments give the same data. Two incidents are always there.
    """
    population = Population(seed, now)
    size = max(size, 2)
    numbers = count(max(story.LIVE_NUMBER, size) - size + 1)
    hours = ages(population, size - 2)
    before = bisect(hours, -story.EARLIER.total_seconds() / 3600, key=lambda age: -age)
    for place, age in enumerate(hours):
        if place == before:
            population.incidents.append(story.earlier(population, next(numbers)))
        place_from_newest = len(hours) - 1 - place
        population.incidents.append(incident(population, next(numbers), age, place_from_newest))
    if before == len(hours):
        population.incidents.append(story.earlier(population, next(numbers)))
    population.incidents.append(story.live(population, next(numbers)))
    attached = len(hours) * 2 // 5
    last = max(story.IO_NUMBER, attached + 1)
    attachments.populate(population, attached, last - attached)
    story.attached(population, last)
    return population
