"""Findings as text for people, and as JSON."""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby

from server.commands.doctor.finding import Finding, Status
from server.commands.screen import STRONG, Screen

_STYLES: Mapping[Status, str] = {
    Status.OK: "",
    Status.WARNING: "yellow",
    Status.PROBLEM: "bold red",
    Status.SKIPPED: "dim",
}
_WIDTH = max(map(len, Status)) + 4
_INDENT = " " * _WIDTH


def is_well(findings: Sequence[Finding]) -> bool:
    return not any(finding.status is Status.PROBLEM for finding in findings)


def print_text(findings: Sequence[Finding]) -> None:
    """Print the findings under their topics. There are colours only on a terminal."""
    screen = Screen()
    for topic, group in groupby(findings, lambda finding: finding.topic):
        screen.line(topic, STRONG)
        for finding in group:
            screen.line(f"  {finding.status:<{_WIDTH - 2}}{finding.text}", _STYLES[finding.status])
            if finding.advice:
                screen.line(f"{_INDENT}{finding.advice}")
    screen.line(f"\n{_summary(findings)}", STRONG)


def _summary(findings: Sequence[Finding]) -> str:
    count = sum(finding.status is Status.PROBLEM for finding in findings)
    if not count:
        return "This installation can work here."
    noun = "problem" if count == 1 else "problems"
    return f"{count} {noun}: this installation cannot fully work here."


def print_json(findings: Sequence[Finding]) -> None:
    document = {
        "ok": is_well(findings),
        "findings": [_as_document(finding) for finding in findings],
    }
    print(json.dumps(document, indent=2, ensure_ascii=False))


def _as_document(finding: Finding) -> dict[str, str]:
    document = {
        "topic": finding.topic,
        "status": finding.status.value,
        "text": finding.text,
        "advice": finding.advice,
    }
    return {name: value for name, value in document.items() if value}
