"""`incident-desk doctor --facts`: prints what live vendors do, as options of the sandbox."""

import sys

import anyio

from server import logs
from server.commands import status_line
from server.commands.facts.client import MAX_REQUESTS, Counter
from server.commands.facts.report import to_json, to_text
from server.commands.facts.survey import survey
from server.sandboxed import sandboxed
from server.settings import KEYS, Settings


def facts(settings: Settings, *, as_json: bool) -> int:
    """Ask the vendors that have a key, and print the report.

    The exit code is 0, or 1 if no key is set, or if nothing could be seen of a vendor.
    """
    logs.configure(settings.log_level, settings.keys.values())
    if not settings.keys and not settings.sandbox:
        print(
            f"There is no vendor to ask. Set {' or '.join(KEYS.values())}, or add --sandbox.",
            file=sys.stderr,
        )
        return 1
    with sandboxed(settings) as settings_in_use:
        findings = anyio.run(survey, settings_in_use, Counter(_show_progress))
    status_line.clear()
    print(to_json(findings) if as_json else to_text(findings))
    return 0 if all(finding.seen for finding in findings) else 1


def _show_progress(number: int) -> None:
    status_line.show(f"request {number} of at most {MAX_REQUESTS}")
