"""Sentences made from the catalogue's words."""

from random import Random

from sandbox.world import catalogue


def fill(random: Random, template: str, service: str) -> str:
    """The template's sentence about a service, with details that fit."""
    words = catalogue.words()
    name, group, _ = words["services"][service]
    return template.format(
        service=service,
        symptom=f"{name} is unhealthy",
        team=words["groups"][group][0],
        region=random.choice(words["labels"]["region"]),
        percent=random.randint(2, 60),
        time=f"{random.randint(0, 23):02}:{random.randint(0, 59):02}",
    )


def sentence(random: Random, kind: str, service: str) -> str:
    return fill(random, random.choice(catalogue.words()["words"][kind]), service)
