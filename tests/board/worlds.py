"""Data of the sandbox for the board."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from evals.settings import NOW
from sandbox.store import Store
from sandbox.world.template import insert


def crowd(count: int) -> Store:
    """*count* live incidents of all severities, each with services, a team and a commander."""
    severities = ("sev0", "sev1", "sev2", "sev3", "sev4")
    services = ("checkout-api", "payments-gateway", "auth-service", "order-router", "search-api")
    store = Store.containing([], NOW)
    for index in range(count):
        started = NOW - timedelta(minutes=7 + 13 * index)
        number = store.create_incident(
            {
                "severity": [severities[(index + 2) % 5]],
                "services": [services[index % 5], services[(index + 1) % 5]],
                "environments": ["production"],
                "groups": ["payments"],
            },
            title=f"{services[index % 5]} answers slowly in region {index}",
            created_at=started,
            started_at=started,
        )
        commander = role(
            store, "Commander", ("Amara Okafor", "Priya Raman", "Grace Liu")[index % 3]
        )
        relate(store, number, "roles", "incident_role_assignments", [commander])
    return store


def role(store: Store, name: str, person: str) -> Mapping[str, Any]:
    """The attributes of a role at an incident. The person is new."""
    anyone = json.loads(store.value("SELECT attributes FROM resources WHERE type = 'users'"))
    user = {**anyone, "name": person, "full_name": person}
    role = {"name": name, "slug": "commander"}
    return {
        "incident_role": {"data": {"id": "role", "type": "incident_roles", "attributes": role}},
        "user": {"data": {"id": "1", "type": "users", "attributes": user}},
    }


def relate(
    store: Store,
    number: int,
    relation: str,
    type_: str,
    resources: Iterable[Mapping[str, Any]],
) -> None:
    """Create resources with these attributes, and add them to a relation of an incident."""
    with store.lock, store.connection:
        keys = [_create(store, type_, attributes) for attributes in resources]
        links = [
            {"sequential_id": number, "relation": relation, "position": position, "key": key}
            for position, key in enumerate(keys)
        ]
        insert(store.connection, "links", links)


def _create(store: Store, type_: str, attributes: Mapping[str, Any]) -> int:
    key: int = store.value("SELECT max(key) + 1 FROM resources")
    row = {
        "key": key,
        "type": type_,
        "id": str(uuid5(NAMESPACE_URL, f"{type_}/{key}")),
        "slug": attributes.get("slug"),
        "name": attributes.get("name"),
        "attributes": json.dumps(attributes),
    }
    insert(store.connection, "resources", [row])
    return key


def instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
