"""Sentences from the words of the catalogue."""

from random import Random

from sandbox.world import catalogue


def fill(random: Random, template: str, service: str) -> str:
    """The template as a sentence about a service, with random details."""
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
    """The HTML of a retrospective.

    It has 7,500 characters on average and 43,000 at most, as clients have seen them.
    """
    random = Random(seed)
    words, services = catalogue.words()["words"], list(catalogue.words()["services"])
    length = min(int(random.expovariate(1 / 8_000)), 42_000)
    parts = ["<h1>Retrospective</h1><p>What happened, and why.</p>"]
    while sum(map(len, parts)) < length:
        kind = random.choice(("summaries", "mitigations", "resolutions", "events", "action_items"))
        sentences = []
        for _ in range(5):
            template = random.choice(words[kind])
            sentences.append(fill(random, template, random.choice(services)))
        heading = kind.replace("_", " ").capitalize()
        items = "".join(f"<li>{item}</li>" for item in sentences)
        parts.append(f"<h2>{heading}</h2><p>{' '.join(sentences)}</p><ul>{items}</ul>")
    return "".join(parts)
