"""What a check found."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """What a check found, and what to do.

    * `topic`: the part of the installation, or the vendor.
    * `text`, `advice`: whole sentences. There is no advice if all is well.
    """

    topic: str
    status: Status
    text: str
    advice: str = ""


def ok(topic: str, text: str) -> Finding:
    return Finding(topic, Status.OK, text)


def skipped(topic: str, text: str) -> Finding:
    return Finding(topic, Status.SKIPPED, text)


def warning(topic: str, text: str, advice: str = "") -> Finding:
    return Finding(topic, Status.WARNING, text, advice)


def problem(topic: str, text: str, advice: str = "") -> Finding:
    return Finding(topic, Status.PROBLEM, text, advice)
