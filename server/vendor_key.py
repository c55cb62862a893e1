"""The keys that requests to the vendors are sent with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.setting_names import KEYS

SERVICE = "service"
"""The short name of a key that belongs to this installation, and not to an account."""


@dataclass(frozen=True)
class VendorKey:
    """A key of one vendor.

    * `value`: the key itself, which the `repr` does not show.
    * `short_name`: names the key in metrics and logs: `service`, or the first account that has it.
    * `title`: names the key in messages for callers.
    """

    value: str = field(repr=False)
    short_name: str = SERVICE
    title: str = "the key"


Keys = Mapping[str, VendorKey]
"""The keys that one caller's requests use, by vendor name."""
NamedKey = tuple[str, VendorKey]
"""A vendor's name, and a key of this vendor."""


def service_keys(values: Mapping[str, str]) -> Keys:
    """The keys of this installation. *values* are the keys themselves, by vendor name."""
    return {vendor: VendorKey(value, title=KEYS[vendor]) for vendor, value in values.items()}
