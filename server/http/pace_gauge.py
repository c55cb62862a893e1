"""The metric of the paces towards the vendors."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Gauge

from server.http.key_ring import KeyRing


class PaceGauge:
    """The requests a minute that this process may send now, by vendor and short name of the key.

    An account's key can get another short name when the accounts are read again.
    """

    def __init__(self, registry: CollectorRegistry, key_ring: KeyRing) -> None:
        self._key_ring = key_ring
        self._labels = set[tuple[str, str]]()
        self._gauge = Gauge(
            "incident_desk_budget_per_minute",
            "Requests a minute that this process may send to the vendor now.",
            ("vendor", "key"),
            registry=registry,
            multiprocess_mode="livesum",
        )

    def record(self, paces: Mapping[tuple[str, str], float]) -> None:
        """Record the *paces* of all keys, by the vendor's name and the key itself."""
        values = dict.fromkeys(self._labels, 0.0)
        for (vendor, key), per_minute in paces.items():
            labels = (vendor, self._key_ring.short_name(vendor, key))
            values[labels] = values.get(labels, 0) + per_minute
        for labels, value in values.items():
            self._gauge.labels(*labels).set(value)
        self._labels.update(values)
