"""`incident-desk doctor`: runs the checks, and prints what they found."""

import asyncio
import os
from contextlib import closing

import anyio

from server import logs
from server.commands import status_line
from server.commands.doctor.environment import check_environment
from server.commands.doctor.finding import Finding, skipped
from server.commands.doctor.installation import check_installation
from server.commands.doctor.redis import check_redis
from server.commands.doctor.report import is_well, print_json, print_text
from server.commands.doctor.vendor import check_vendor
from server.dispatcher import Dispatcher
from server.sandboxed import sandboxed
from server.settings import Settings
from tools.catalogue import VENDORS
from tools.vendor import Vendor


def doctor(settings: Settings, *, as_json: bool) -> int:
    """Check this installation and the way to the vendors that have a key.

    If a setting is wrong, no vendor is asked. The exit code is 0, or 1 if there is a problem.
    """
    logs.configure(settings.log_level, settings.keys.values())
    findings = [*check_installation(), *check_environment(settings, os.environ)]
    status_line.show("Asking the vendors …")
    # At its end, `anyio.run` would wait for a DNS look-up that hangs in a thread.
    with sandboxed(settings) as settings_in_use, closing(asyncio.new_event_loop()) as loop:
        findings += loop.run_until_complete(check_redis(os.environ))
        findings += loop.run_until_complete(_check_vendors(settings_in_use))
        # Closes the bodies that were not read to their ends.
        loop.run_until_complete(loop.shutdown_asyncgens())
    status_line.clear()
    print_findings = print_json if as_json else print_text
    print_findings(findings)
    return 0 if is_well(findings) else 1


async def _check_vendors(settings: Settings) -> list[Finding]:
    """Check the vendors at the same time. Their findings are in the order of the catalogue."""
    findings: dict[str, list[Finding]] = {}
    async with Dispatcher(settings) as dispatcher, anyio.create_task_group() as tasks:

        async def check(vendor: Vendor) -> None:
            findings[vendor.name] = await check_vendor(vendor, dispatcher)

        for vendor in VENDORS:
            if not settings.problems and vendor.name in settings.keys:
                tasks.start_soon(check, vendor)
            else:
                findings[vendor.name] = [_skipped(vendor, settings)]
    return [finding for vendor in VENDORS for finding in findings[vendor.name]]


def _skipped(vendor: Vendor, settings: Settings) -> Finding:
    if settings.problems:
        return skipped(vendor.title, "Not asked, because settings are wrong.")
    if settings.sandbox:
        return skipped(vendor.title, "Not asked, because the sandbox does not emulate it.")
    return skipped(vendor.title, f"Not asked, because {vendor.key_variable} is not set.")
