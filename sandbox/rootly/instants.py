"""The resolutions in which Rootly stores, compares, sorts and returns instants."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from sandbox.timestamps import ORGANISATION, local_text

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

# How many characters of `2026-11-20T12:00:44.183456` a resolution keeps.
_LENGTHS = {"minute": 16, "s": 19, "ms": 23, "us": 26}
_TIMESPECS = {"minute": "minutes", "s": "seconds", "ms": "milliseconds", "us": "microseconds"}
_ZONES = {"-08:00": ORGANISATION, "+05:30": timezone(timedelta(hours=5, minutes=30)), "Z": UTC}


@dataclass(frozen=True)
class Instants:
    """Converts instants as the dials say: to SQL expressions, bounds of filters, attributes."""

    options: Mapping[str, str]

    def stored(self, name: str) -> str:
        """SQL: the value that Rootly has stored, as UTC text of a fixed width."""
        expression = name
        ahead = float(self.options["updated_clock"])
        if name == "updated_at" and ahead:
            expression = f"strftime('%Y-%m-%dT%H:%M:%fZ', {name}, '{ahead:+.3f} seconds')"
        match self.options["stored"]:
            case "s":
                return f"substr({expression}, 1, 19) || '.000Z'"
            case "us":
                # The store has milliseconds. The number gives each incident other microseconds.
                microseconds = "printf('%03dZ', sequential_id * 7919 % 1000)"
                return f"substr({expression}, 1, 23) || {microseconds}"
        return expression

    def compared(self, name: str) -> str:
        """SQL: the value that a filter compares with a `bound`."""
        return self._cut(name, self.options["compared"])

    def sorted(self, name: str) -> str:
        """SQL: the value by which `sort` sorts."""
        return self._cut(name, self.options["sorted"])

    def bound(self, moment: datetime) -> str:
        """A client's instant, as text that can be compared with `compared`."""
        text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
        compared = self.options["compared"]
        if compared != "stored":
            return text[: _LENGTHS[compared]]
        length = _LENGTHS["ms"]
        if self.options["stored"] == "us":
            length = _LENGTHS["us"]
        return f"{text[:length]}Z"

    def attribute(self, text: str) -> str:
        """A stored instant, as the attribute in an answer."""
        zone, timespec = _ZONES[self.options["zone"]], _TIMESPECS[self.options["shown"]]
        moment = local_text(text, zone, timespec)
        if self.options["zone"] == "Z":
            return moment.replace("+00:00", "Z")
        return moment

    def _cut(self, name: str, resolution: str) -> str:
        expression = self.stored(name)
        if resolution == "stored":
            return expression
        return f"substr({expression}, 1, {_LENGTHS[resolution]})"
