"""A container of the image: its labels, what is in it, and a host that uses it over stdio.

Usage: image.py CONTAINER ROOT BUILDAH…, where ROOT is its file system, and BUILDAH the program with
its options.
"""
# ruff: noqa: S101, S603

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from release.project import Project

CONTAINER, ROOT, *BUILDAH = sys.argv[1:]
BUILD_TOOLS = re.compile(r"(pip|wheel|hatch|uv|gcc|cc|g\+\+|make|ld)[\d.]*")
DISTRIBUTIONS = """
import importlib.metadata, json
print(json.dumps({d.name: d.requires or [] for d in importlib.metadata.distributions()}))
"""


def configuration() -> dict[str, object]:
    container = json.loads(subprocess.check_output([*BUILDAH, "inspect", CONTAINER]))
    config: dict[str, object] = container["OCIv1"]["config"]
    return config


def normal(name: str) -> str:
    """The name of a distribution as the registry compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements() -> dict[str, set[str]]:
    """What each distribution beside the command may need, by its name."""
    command = ("chroot", ROOT, "/app/bin/python", "-I", "-c", DISTRIBUTIONS)
    distributions = json.loads(subprocess.check_output(command))
    return {
        normal(name): {normal(re.split(r"[^\w.-]", line)[0]) for line in lines}
        for name, lines in distributions.items()
    }


def closure(requirements: dict[str, set[str]]) -> set[str]:
    """The distributions that ours needs with all its extras, and what those need."""
    names, waiting = set[str](), ["incident-desk"]
    while waiting:
        name = waiting.pop()
        if name in requirements and name not in names:
            names.add(name)
            waiting += requirements[name]
    return names


def programs() -> set[str]:
    folders = ("app/bin", "usr/local/bin", "usr/bin", "usr/sbin")
    return {path.name for folder in folders for path in Path(ROOT, folder).iterdir()}


async def call(entrypoint: list[str]) -> None:
    run = (*BUILDAH[1:], "run", "--isolation", "chroot", "--env", "INCIDENT_DESK_SANDBOX=1")
    parameters = StdioServerParameters(
        command=BUILDAH[0], args=[*run, CONTAINER, "--", *entrypoint], env=dict(os.environ)
    )
    async with Client(stdio_client(parameters)) as client:
        result = await client.call_tool("list_incidents", {"page_size": 1})
    assert not result.is_error, result


def main() -> None:
    project = Project.read()
    config = configuration()
    labels = config["Labels"]
    assert isinstance(labels, dict)
    assert labels["io.modelcontextprotocol.server.name"] == project.server
    assert config["User"] == "65532:65532"
    assert not config.get("Cmd"), config
    entrypoint = config["Entrypoint"]
    assert isinstance(entrypoint, list)
    distributions = requirements()
    superfluous = distributions.keys() - closure(distributions)
    assert not superfluous, superfluous
    tools = [name for name in programs() if BUILD_TOOLS.fullmatch(name)]
    assert not tools, tools
    asyncio.run(call(entrypoint))
    print(f"ok: image, {len(distributions)} distributions and no build tools, over stdio")


main()
