"""The report: as text for people, and as JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.dial import Dial
from server import __version__
from server.commands.facts.fact import Fact


@dataclass(frozen=True)
class Findings:
    """What was found out about one vendor.

    * `dials`: those of the sandbox.
    * `facts`: one for each dial.
    * `requests`: how many were sent.
    * `is_sandbox`: whether the answers were made up.
    """

    name: str
    title: str
    dials: Mapping[str, Dial]
    facts: Sequence[Fact]
    requests: int
    is_sandbox: bool

    @property
    def seen(self) -> list[Fact]:
        return [fact for fact in self.facts if self._has_value(fact)]

    @property
    def not_seen(self) -> list[Fact]:
        return [fact for fact in self.facts if not self._has_value(fact)]

    def _has_value(self, fact: Fact) -> bool:
        """Whether the sandbox can be set to the value."""
        return fact.value is not None and self.dials[fact.dial].allows(fact.value)

    @property
    def options(self) -> str:
        """The first segment of a sandbox URL that makes the sandbox like this vendor."""
        values = {fact.dial: fact.value for fact in self.seen}
        segment = f"/{self.name}"
        for name, dial in self.dials.items():
            value = values.get(name, dial.default)
            if value != dial.default:
                segment += f";{name}={value}"
        return segment


def to_json(findings: Sequence[Findings]) -> str:
    vendors = {vendor.name: _document(vendor) for vendor in findings}
    return json.dumps({"incident_desk": __version__, "vendors": vendors}, indent=2)


def _document(findings: Findings) -> dict[str, Any]:
    document: dict[str, Any] = {"requests": findings.requests}
    if findings.seen:
        document["options"] = findings.options
    if findings.is_sandbox:
        document["source"] = "sandbox"
    document["seen"] = {
        fact.dial: {"value": fact.value, "reason": fact.reason} for fact in findings.seen
    }
    document["not_seen"] = {fact.dial: fact.reason for fact in findings.not_seen}
    return document


def to_text(findings: Sequence[Findings]) -> str:
    return "\n\n".join("\n".join(_lines(vendor)) for vendor in findings)


def _lines(findings: Findings) -> Iterator[str]:
    source = ", from the sandbox: made-up data" if findings.is_sandbox else ""
    yield f"{findings.title} ({findings.requests} requests{source})"
    width = max(len(fact.dial) for fact in findings.facts)
    if findings.seen:
        yield f"  options of the sandbox: {findings.options}"
        yield "  seen:"
    for fact in findings.seen:
        yield f"    {fact.dial:{width}}  {fact.value} ({fact.reason})"
    if findings.not_seen:
        yield "  not seen:"
    for reason, dials in _by_reason(findings.not_seen).items():
        yield f"    {', '.join(dials)}: {reason}"


def _by_reason(facts: Sequence[Fact]) -> dict[str, list[str]]:
    """The dials by reason. A failure is the reason for many of them."""
    dials = dict[str, list[str]]()
    for fact in facts:
        dials.setdefault(fact.reason, []).append(fact.dial)
    return dials
