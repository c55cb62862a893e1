"""What a call answers if a key is not set or a setting is wrong, and where to correct that."""

from server.settings import Settings
from tools.vendor import Vendor

_WHERE = (
    "in the environment of this server (in most hosts, the env block of its entry in the host's"
    " configuration), and restart the server there"
)


def how_to_correct(problem: str) -> str:
    """*problem*, a whole sentence, and the advice where to correct a setting."""
    return f"{problem} Correct this {_WHERE}."


def how_to_configure(settings: Settings, vendor: Vendor) -> str:
    """The advice for a call to *vendor* that has no key, or if a setting is wrong."""
    if settings.problems:
        problems = " ".join(settings.problems)
        return how_to_correct(f"Settings are wrong, so no tool runs. {problems}")
    if settings.sandbox:
        return (
            f"The sandbox does not emulate {vendor.title}: start incident-desk without the"
            f" sandbox, with a key in {vendor.key_variable}."
        )
    sentences = [
        f"{vendor.key_variable} is not set.",
        *settings.warnings,
        f"Put a key of {vendor.title} into {vendor.key_variable} {_WHERE}.",
    ]
    if vendor.key_source:
        sentences.append(f"The key comes from {vendor.key_source}.")
    if vendor.has_sandbox:
        sentences.append("Or try it without keys: incident-desk --sandbox.")
    return " ".join(sentences)
