"""What a call answers if a key is not set or a setting is wrong, and where to correct that."""

from collections.abc import Iterable

from server.settings import Settings
from tools.vendor import Vendor

_WHERE = (
    "in the environment of this server (in most hosts, the env block of its entry in the host's"
    " configuration), and restart the server there"
)
_MOST_CHARS = 2_800
"""Characters of all problems or warnings in an answer. The whole error has at most 4,000."""


def how_to_correct(problem: str) -> str:
    """*problem*, a whole sentence, and the advice where to correct a setting."""
    return f"{problem} Correct this {_WHERE}."


def how_to_configure(settings: Settings, vendor: Vendor, *, can_configure: bool = True) -> str:
    """The advice for a call to *vendor* that has no key, or if a setting is wrong.

    Without *can_configure*, the caller uses the service of other people.
    """
    if settings.problems:
        problems = " ".join(_shortened(settings.problems))
        return how_to_correct(f"Settings are wrong, so no tool runs. {problems}")
    if settings.sandbox:
        return (
            f"The sandbox does not emulate {vendor.title}: start incident-desk without the"
            f" sandbox, with a key in {vendor.key_variable}."
        )
    if not can_configure:
        return _how_to_ask(vendor)
    sentences = [
        f"{vendor.key_variable} is not set.",
        *_shortened(settings.warnings),
        f"Put a key of {vendor.title} into {vendor.key_variable} {_WHERE}.",
    ]
    if vendor.key_source:
        sentences.append(f"The key comes from {vendor.key_source}.")
    if vendor.has_sandbox:
        sentences.append("Or add --sandbox to the command, to try it with made-up data.")
    return " ".join(sentences)


def _how_to_ask(vendor: Vendor) -> str:
    sentences = [
        f"Your account has no key of {vendor.title}.",
        f"Ask the people who run this service for one: incident-desk sends it to {vendor.title}"
        " with your questions.",
    ]
    if vendor.key_source:
        sentences.append(f"The key comes from {vendor.key_source}.")
    return " ".join(sentences)


def _shortened(sentences: Iterable[str]) -> list[str]:
    """The first *sentences*, and how many are left out because they are too long together."""
    kept: list[str] = []
    left_out = 0
    room = _MOST_CHARS
    for sentence in sentences:
        room -= len(sentence) + 1
        if room < 0:
            left_out += 1
        else:
            kept.append(sentence)
    if left_out:
        kept.append(f"There are {left_out} more: incident-desk doctor lists them.")
    return kept
