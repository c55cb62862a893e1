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


def retrospective(seed: str) -> str:
    """The HTML of a retrospective: some 7,500 characters in the mean and 43,000 at most, as clients met them."""
    random = Random(seed)
    words, services = catalogue.words()["words"], list(catalogue.words()["services"])
    length = min(int(random.expovariate(1 / 8_000)), 42_000)
    parts = ["<h1>Retrospective</h1><p>What happened, and why.</p>"]
    while sum(map(len, parts)) < length:
        kind = random.choice(("summaries", "mitigations", "resolutions", "events", "action_items"))
        sentences = [
            fill(random, random.choice(words[kind]), random.choice(services)) for _ in range(5)
        ]
        items = "".join(f"<li>{one}</li>" for one in sentences)
        parts.append(
            f"<h2>{kind.replace('_', ' ').capitalize()}</h2><p>{' '.join(sentences)}</p><ul>{items}</ul>"
        )
    return "".join(parts)
