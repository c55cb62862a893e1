"""A setting of the soak: the dials of the vendors, and the maximum length of results."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Self

DIALS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "rootly": {
        "strict": ("0", "1", "if_sent"),
        "limits": ("absent", "shown"),
        "media_type": ("json", "jsonapi"),
        "shape": ("references", "nested"),
        "attributes": ("recorded", "all"),
        "severity": ("nested", "flat", "string"),
        "labels": ("object", "pairs"),
        "subscribers": ("user", "user_id"),
        "sub_status": ("nested", "plain", "never"),
        "selections": ("form_fields", "custom_fields"),
        "unknown_include": ("ignored", "refused"),
        "fieldsets": ("all", "attributes", "ignored"),
        "meta": ("full", "none"),
        "total": ("exact", "missing"),
        "page_limit": ("100", "50"),
        "cursor": ("on", "off"),
        "last_cursor": ("null", "absent", "set", "always"),
        "stored": ("ms", "us"),
        "compared": ("stored", "ms", "s"),
        "sorted": ("stored", "s"),
        "shown": ("ms", "us", "s"),
        "zone": ("-08:00", "Z", "+05:30"),
        "clock": ("0", "-300", "300"),
    },
    "incident_io": {
        "gone": ("empty", "404"),
        "orphans": ("hidden", "shown"),
        "half_a_mode": ("refused", "heeded", "all"),
        "unknown_type": ("refused", "empty"),
        "external_ids": ("exact", "any_case"),
        "clock": ("0", "-300", "300"),
    },
}
"""The dials that do not change which answer is right. The random walks turn the others."""
_TURNED_SHARE = 0.4
"""Only some dials are turned at once, so that it is clear which one has an effect."""


@dataclass(frozen=True)
class Setting:
    """How the vendors behave.

    `dials`: The turned dials, by vendor.
    `through_proxy`: Whether the calls under faults go through the proxy.
    """

    dials: Mapping[str, Mapping[str, str]]
    max_result_chars: int
    through_proxy: bool

    @classmethod
    def draw(cls, rng: Random) -> Self:
        dials = {vendor: _draw_dials(rng, values) for vendor, values in DIALS.items()}
        max_result_chars = rng.choice((4_000, 40_000))
        return cls(dials, max_result_chars, through_proxy=rng.random() < 0.5)

    @property
    def has_totals(self) -> bool:
        rootly = self.dials["rootly"]
        return rootly.get("meta") != "none" and rootly.get("total") != "missing"

    @property
    def page_limit(self) -> int:
        return int(self.dials["rootly"].get("page_limit", "100"))

    @property
    def sorted_characters(self) -> int:
        """The length of the part of a stored time (`2026-11-20T12:00:44.183Z`) that is sorted."""
        if self.dials["rootly"].get("sorted") == "s":
            return 19
        return 23


def _draw_dials(rng: Random, dials: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    turned = {}
    for name, values in dials.items():
        if rng.random() < _TURNED_SHARE:
            turned[name] = rng.choice(values)
    return turned
