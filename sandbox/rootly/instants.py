"""At which resolution Rootly stores, compares, sorts and shows instants: as SQL and as text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from sandbox.timestamps import ORGANISATION, shown

TIMES = (
    "created_at",
    "updated_at",
    "started_at",
    "detected_at",
    "acknowledged_at",
    "mitigated_at",
    "resolved_at",
    "closed_at",
    "in_triage_at",
)

# How many characters of `2026-11-20T12:00:44.183456` each resolution keeps.
_LENGTHS = {"minute": 16, "s": 19, "ms": 23, "us": 26}
_TIMESPECS = {"minute": "minutes", "s": "seconds", "ms": "milliseconds", "us": "microseconds"}
_ZONES = {"-08:00": ORGANISATION, "+05:30": timezone(timedelta(hours=5, minutes=30)), "Z": UTC}


@dataclass(frozen=True)
class Instants:
    options: Mapping[str, str]

    def stored(self, name: str) -> str:
        """The SQL of what Rootly has stored under this name: UTC text of a fixed width."""
        expression = name
        if name == "updated_at" and float(self.options["updated_clock"]):
            expression = f"strftime('%Y-%m-%dT%H:%M:%fZ', {name}, '{float(self.options['updated_clock']):+.3f} seconds')"
        match self.options["stored"]:
            case "s":
                return f"substr({expression}, 1, 19) || '.000Z'"
            case "us":
                # The store knows milliseconds; the number gives each incident microseconds of its own.
                return (
                    f"substr({expression}, 1, 23) || printf('%03dZ', sequential_id * 7919 % 1000)"
                )
        return expression

    def compared(self, name: str) -> str:
        """The SQL of what a filter compares with a `bound`."""
        return self._cut(name, self.options["compared"])

    def sorted(self, name: str) -> str:
        """The SQL of what `sort` sorts by."""
        return self._cut(name, self.options["sorted"])

    def bound(self, moment: datetime) -> str:
        """A client's instant as text to compare with."""
        text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
        if self.options["compared"] != "stored":
            return text[: _LENGTHS[self.options["compared"]]]
        return text[: _LENGTHS["us" if self.options["stored"] == "us" else "ms"]] + "Z"

    def shown(self, text: str) -> str:
        """A stored instant as an attribute shows it."""
        moment = shown(text, _ZONES[self.options["zone"]], _TIMESPECS[self.options["shown"]])
        return moment.replace("+00:00", "Z") if self.options["zone"] == "Z" else moment

    def _cut(self, name: str, resolution: str) -> str:
        expression = self.stored(name)
        return (
            expression
            if resolution == "stored"
            else f"substr({expression}, 1, {_LENGTHS[resolution]})"
        )
