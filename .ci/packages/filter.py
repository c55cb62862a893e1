"""The HTTP service under the system call filter and the memory rule of the systemd unit.

There is no systemd in a container, but the kernel has both: a seccomp filter made from the unit's
`SystemCallFilter` lines, and memory that is never writable and executable. A host then calls a
tool, over two processes, and the service stops as usual. Usage: filter.py COMMAND
"""
# ruff: noqa: S101, S603

import asyncio
import ctypes
import re
import subprocess
import sys
from pathlib import Path

from mcp import Client

UNIT = Path(__file__).parents[2] / "deploy/systemd/incident-desk.service"
ALLOW, EPERM = 0x7FFF0000, 0x00050001
PR_SET_NO_NEW_PRIVS, PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 38, 65, 1


def group(name: str) -> set[str]:
    """The system calls of a group such as `@system-service`. It may have other groups in it."""
    if not name.startswith("@"):
        return {name}
    command = ["systemd-analyze", "syscall-filter", name]
    text = subprocess.check_output(command, text=True)
    calls = set[str]()
    for line in text.splitlines()[1:]:
        member = line.strip()
        if member and not member.startswith("#"):
            calls |= group(member)
    return calls


def allowed_calls() -> list[str]:
    """What the unit allows. A line that begins with `~` takes calls away."""
    calls = set[str]()
    text = UNIT.read_text(encoding="utf-8")
    for names in re.findall(r"^SystemCallFilter=(.*)$", text, re.MULTILINE):
        members = set[str]()
        for name in names.removeprefix("~").split():
            members |= group(name)
        calls = calls - members if names.startswith("~") else calls | members
    return sorted(calls)


def confine(calls: list[str]) -> None:
    """Restrict this process, and all that it starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(seccomp.seccomp_init(EPERM))
    for call in calls:
        number = seccomp.seccomp_syscall_resolve_name(call.encode())
        if number >= 0:  # others do not exist on this architecture
            assert seccomp.seccomp_rule_add_array(rules, ALLOW, number, 0, None) == 0, call
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert libc.prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0
    assert seccomp.seccomp_load(rules) == 0


async def call(url: str) -> None:
    async with Client(url) as client:
        result = await client.call_tool("list_incidents", {"page_size": 1})
    assert not result.is_error, result


def main() -> None:
    calls = allowed_calls()
    with subprocess.Popen(
        [sys.argv[1], "http", "--sandbox", "--port", "0", "--workers", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: confine(calls),
    ) as service:
        assert service.stderr
        log, url = "", None
        while url is None:
            line = service.stderr.readline()
            assert line, log
            log += line
            url = re.search(r"serving MCP at (\S+)", line)
        asyncio.run(call(url[1]))
        assert "Seccomp:\t2" in Path(f"/proc/{service.pid}/status").read_text(encoding="utf-8")
        service.terminate()
        log += service.stderr.read()
    problems = [line for line in log.splitlines() if line.startswith("{")]
    assert not problems, problems
    assert service.returncode == 0, log
    print(f"ok: the service under the unit's filter of {len(calls)} system calls")


main()
