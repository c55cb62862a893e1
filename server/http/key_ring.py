"""The vendor keys in use: the service's own and those of accounts."""

from server.connections import RETIRED
from server.vendor_key import Keys, NamedKey


class KeyRing:
    """The vendor keys in use. The keys of accounts change when the accounts are read again."""

    def __init__(self, service_keys: Keys) -> None:
        self._service_keys = frozenset(service_keys.items())
        self._account_keys: frozenset[NamedKey] = frozenset()
        self._short_names: dict[tuple[str, str], str] = {}
        """By vendor and the key itself."""
        self.replace_account_keys(frozenset())

    @property
    def has_account_keys(self) -> bool:
        return bool(self._account_keys)

    def series(self) -> frozenset[tuple[str, str]]:
        """The vendors and short names of all keys in use."""
        return frozenset((vendor, name) for (vendor, _), name in self._short_names.items())

    def short_name(self, vendor: str, value: str) -> str:
        """The short name of a key. *value* is the key itself."""
        return self._short_names.get((vendor, value), RETIRED)

    def replace_account_keys(self, keys: frozenset[NamedKey]) -> frozenset[NamedKey]:
        """Use *keys* for the accounts from now on. Returns the keys that are gone."""
        gone = self._account_keys - keys
        # An account may have the same key as the service. It stays the service's.
        self._account_keys = keys - self._service_keys
        self._short_names = {
            (vendor, key.value): key.short_name
            for vendor, key in self._service_keys | self._account_keys
        }
        return gone
