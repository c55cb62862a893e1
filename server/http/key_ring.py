"""The vendor keys in use: the service's own and those of accounts."""

from server.connections import RETIRED
from server.vendor_key import SERVICE, Keys, NamedKey


class KeyRing:
    """The vendor keys in use. The keys of accounts change when the accounts are read again."""

    def __init__(self, service_keys: Keys) -> None:
        self._service_keys = frozenset(service_keys.items())
        self._account_keys: frozenset[NamedKey] = frozenset()

    @property
    def has_account_keys(self) -> bool:
        return bool(self._account_keys)

    @property
    def short_names(self) -> frozenset[str]:
        """The short names of all keys that metrics may show."""
        return frozenset({SERVICE, RETIRED, *(key.short_name for _, key in self._account_keys)})

    def short_name(self, vendor: str, value: str) -> str:
        """The short name of a key. *value* is the key itself."""
        for other, key in self._service_keys | self._account_keys:
            if (other, key.value) == (vendor, value):
                return key.short_name
        return RETIRED

    def replace_account_keys(self, keys: frozenset[NamedKey]) -> frozenset[NamedKey]:
        """Use *keys* for the accounts from now on. Returns the keys that are gone."""
        gone = self._account_keys - keys
        # An account may have the same key as the service. It stays the service's.
        self._account_keys = keys - self._service_keys
        return gone
