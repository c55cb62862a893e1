"""incident.io's incidents and their attachments."""

from datetime import datetime, timedelta
from random import Random
from string import ascii_uppercase, digits

from sandbox.timestamps import utc_text
from sandbox.world import catalogue
from sandbox.world.population import Population, Row
from sandbox.world.prose import fill, sentence

# The number of attachments of an incident. One incident has very many.
_COUNTS = (0, 0, 1, 1, 2, 3, 5, 8)
_VERY_MANY = 320


def populate(population: Population, count: int, first_number: int) -> None:
    """Add *count* incidents, oldest first, with their attachments."""
    random, now = population.random, population.now
    services = list(catalogue.words()["services"])
    known_types = list(catalogue.words()["attachments"])
    ages = sorted((random.uniform(2, 180 * 24) for _ in range(count)), reverse=True)
    for index, age in enumerate(ages):
        service = random.choice(services)
        declared = now - timedelta(hours=age)
        kind = "symptoms"
        if index % 40 == 7:
            kind = "unusual"
        name = sentence(random, kind, service)
        incident = io_incident(random, first_number + index, name, declared, live=age < 48)
        population.io_incidents.append(incident)
        number = _VERY_MANY
        if index != count // 2:
            number = random.choice(_COUNTS)
        # The first incident has one attachment of each type, so no type is ever missing.
        types = known_types
        if index > 0:
            types = random.choices(known_types, k=number)
        for type_ in types:
            row = attachment(random, incident["id"], type_, service, declared)
            population.io_attachments.append(row)
        if random.random() < 0.1 and index > 0:
            shared = random.choice(population.io_attachments)
            copy = {"id": ulid(random, declared), "incident_id": incident["id"]}
            population.io_attachments.append({**shared, **copy})


def io_incident(random: Random, number: int, name: str, declared: datetime, *, live: bool) -> Row:
    """An incident with a random status, which is live or not."""
    statuses = catalogue.words()["io_statuses"]
    possible = []
    for status, category in statuses.items():
        is_live = category in ("live", "triage")
        if is_live is live:
            possible.append(status)
    return {
        "number": number,
        "id": ulid(random, declared),
        "name": name,
        "summary": None,
        "status": random.choice(possible),
        "severity": random.choice(list(catalogue.words()["io_severities"])),
        "mode": _usually(random, "standard", "test"),
        "visibility": _usually(random, "public", "private"),
        "created_at": utc_text(declared),
        "updated_at": utc_text(declared + timedelta(minutes=50)),
    }


def _usually(random: Random, usual: str, other: str) -> str:
    if random.random() < 0.95:
        return usual
    return other


def attachment(
    random: Random, incident_id: str, resource_type: str, service: str, moment: datetime
) -> Row:
    """An attached resource of this type, with an external id in the form of its system."""
    external_id, title, permalink = catalogue.words()["attachments"][resource_type]
    number = random.randint(1_000, 9_999_999)
    external_id = external_id.format(
        n=number,
        id=f"{random.getrandbits(64):016x}",
        ulid=ulid(random, moment)[2:],
        pagerduty=pagerduty_id(random),
    )
    return {
        "id": ulid(random, moment),
        "incident_id": incident_id,
        "resource_type": resource_type,
        "external_id": external_id,
        "title": fill(random, title, service),
        "permalink": permalink.format(n=number, external_id=external_id),
    }


def pagerduty_id(random: Random) -> str:
    return "Q" + "".join(random.choices(ascii_uppercase + digits, k=13))


def ulid(random: Random, moment: datetime) -> str:
    return catalogue.ulid(int(moment.timestamp() * 1000) << 80 | random.getrandbits(80))
