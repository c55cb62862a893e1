"""Random changes of the data. The same seed gives the same changes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from sandbox.store import Store

_STATUSES = ("started", "acknowledged", "mitigated", "resolved", "closed", "cancelled")
_SEVERITIES = ("sev0", "sev1", "sev2", "sev3", "sev4")
_KINDS = ("normal", "normal_sub", "test", "backfilled")
_LABELS: Sequence[dict[str, str]] = ({}, {"team": "payments"}, {"team": "search", "region": "eu"})
_SERVICES = ("checkout-api", "payments-gateway", "auth-service", "search-api", "ingress")


def drift(seed: int, kinds: Iterable[str] | None = None) -> Callable[[Store], None]:
    """A change for `Script.before` and `before_each`. It is different each time.

    *kinds* are keys of `KINDS`; all by default.
    """
    random, names = Random(seed), list(kinds or KINDS)

    def change(store: Store) -> None:
        KINDS[random.choice(names)](store, random)

    return change


def _declare(store: Store, random: Random) -> None:
    store.create_incident(severity=random.choice(_SEVERITIES), services=[random.choice(_SERVICES)])


def _declare_tied(store: Store, random: Random) -> None:
    """A new incident with the `created_at` of another one, as an import may create it."""
    if at := _value(store, random, "created_at"):
        store.create_incident(
            created_at=at, updated_at=store.clock(), services=[random.choice(_SERVICES)]
        )


def _backfill(store: Store, random: Random) -> None:
    """An incident that was entered later: it has a new number and an old `created_at`."""
    if at := _value(store, random, "created_at"):
        before = timedelta(milliseconds=random.randrange(1, 90_000))
        created_at = datetime.fromisoformat(at) - before
        store.create_incident(
            created_at=created_at, updated_at=store.clock(), services=[random.choice(_SERVICES)]
        )


def _delete(store: Store, random: Random) -> None:
    if number := _value(store, random, "sequential_id"):
        store.delete_incident(int(number))


def _status(store: Store, random: Random) -> None:
    _update(store, random, status=random.choice(_STATUSES), updated_at=store.clock())


def _severity(store: Store, random: Random) -> None:
    _update(store, random, severity=random.choice(_SEVERITIES), updated_at=store.clock())


def _kind(store: Store, random: Random) -> None:
    _update(store, random, kind=random.choice(_KINDS), updated_at=store.clock())


def _labels(store: Store, random: Random) -> None:
    _update(store, random, labels=random.choice(_LABELS), updated_at=store.clock())


def _services(store: Store, random: Random) -> None:
    _update(store, random, services=[random.choice(_SERVICES)], updated_at=store.clock())


def _services_unmoved(store: Store, random: Random) -> None:
    """It is not known whether `updated_at` moves when a relation changes."""
    _update(store, random, services=[random.choice(_SERVICES)])


def _update(
    store: Store, random: Random, **values: str | list[str] | dict[str, str] | datetime
) -> None:
    if number := _value(store, random, "sequential_id"):
        store.update_incident(int(number), **values)


def _value(store: Store, random: Random, column: str) -> str | None:
    """This column of a random incident. None if there is no incident."""
    values = store.values(f"SELECT {column} FROM incidents ORDER BY sequential_id")
    if not values:
        return None
    return str(random.choice(values))


KINDS: Mapping[str, Callable[[Store, Random], None]] = {
    "declare": _declare,
    "declare-tied": _declare_tied,
    "backfill": _backfill,
    "delete": _delete,
    "status": _status,
    "severity": _severity,
    "kind": _kind,
    "labels": _labels,
    "services": _services,
    "services-unmoved": _services_unmoved,
}
