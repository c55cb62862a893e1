"""The command `incident-desk account`."""

import re
import sys
from datetime import UTC, datetime, timedelta

from server.commands.usage import UsageError
from server.http.accounts.verifier import new_account
from tools.catalogue import GRANTABLE, RIGHTS

_ACCOUNT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


def print_account(name: str, *, days: int, tools: str | None) -> int:
    """Create an account. The exit code is 0.

    The account's table for the accounts file goes to stdout. Its token goes to stderr, and is not
    stored. *tools* are names of tools, separated by commas; None means all tools.

    Raises:
        UsageError: an argument is wrong.
    """
    if not _ACCOUNT_NAME.fullmatch(name):
        raise UsageError("NAME takes up to 64 letters, digits and . _ @ -")
    if not 1 <= days <= 3_660:
        raise UsageError("--days takes a number from 1 to 3660")
    tool_names = [] if tools is None else _split_tool_names(tools)
    # The rest of today is added. So a token for one day that is created in the evening is valid
    # past midnight.
    expires = (datetime.now(UTC) + timedelta(days=days + 1)).date()
    token, table = new_account(name, expires, tool_names)
    print(table)
    print(f"The token of {name}, which is printed only once: {token}", file=sys.stderr)
    return 0


def _split_tool_names(text: str) -> list[str]:
    names = [name for name in text.split(",") if name]
    if not names:
        raise UsageError("--tools has no names: add some, or omit it for all tools")
    for name in names:
        if name not in GRANTABLE and name in RIGHTS:
            raise UsageError(f"{name} comes with {RIGHTS[name]}: name that instead")
    unknown = {*names} - GRANTABLE
    if unknown:
        names_text = ", ".join(sorted(GRANTABLE))
        raise UsageError(f"there is no tool {min(unknown)!r}: there are {names_text}")
    return names
