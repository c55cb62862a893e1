"""The MCP bundle (`.mcpb`): a manifest, the wheel, and what uv needs to run it.

The format is described in the specification of MCPB 0.4. A bundle is a zip file. This one has no
dependencies in it: the host's uv installs them, in the versions of requirements.txt.
"""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

from release.keys import options, references
from release.project import ROOT, TITLE, Project
from tools.catalogue import PLAIN_TOOLS, load_tools

ENTRY_POINT = "main.py"
MAIN = '''"""Starts Incident Desk from its bundle."""

import sys

from incident_desk import main

sys.exit(main())
'''
LICENSES = ("LICENSE", "LICENSE-UNICODE")
# A zip file has no time before 1980. A fixed one makes equal bundles from equal files.
MODIFIED = (1980, 1, 1, 0, 0, 0)


def manifest(project: Project) -> dict[str, Any]:
    tools = load_tools(entries=PLAIN_TOOLS)
    return {
        "manifest_version": "0.4",
        "name": project.name,
        "display_name": TITLE,
        "version": project.version,
        "description": project.description,
        "author": {"name": project.author},
        "repository": {"type": "git", "url": project.repository},
        "documentation": f"{project.repository}/tree/main/docs",
        "support": f"{project.repository}/issues",
        "license": project.license,
        "privacy_policies": list(project.privacy_policies),
        "keywords": list(project.keywords),
        "server": {
            "type": "uv",
            "entry_point": ENTRY_POINT,
            "mcp_config": {
                "command": "uv",
                "args": ["run", "--quiet", "--directory", "${__dirname}", ENTRY_POINT],
                "env": references(),
            },
        },
        "tools": [{"name": tool.name, "description": tool.description} for tool in tools],
        # The host asks the server for them. Their texts depend on the arguments.
        "prompts_generated": True,
        "user_config": options(),
        "compatibility": {
            "platforms": ["darwin", "linux", "win32"],
            "runtimes": {"python": project.requires_python},
        },
    }


def write_bundle(project: Project, wheel: Path, target: Path) -> None:
    """Write the bundle that runs *wheel*. Equal files make an equal bundle."""
    files = {
        "manifest.json": json.dumps(manifest(project), indent=2, ensure_ascii=False).encode(),
        "pyproject.toml": _pyproject(project, wheel.name).encode(),
        ENTRY_POINT: MAIN.encode(),
        wheel.name: wheel.read_bytes(),
        **{name: (ROOT / name).read_bytes() for name in LICENSES},
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, MODIFIED)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            bundle.writestr(entry, content)


def _pyproject(project: Project, wheel: str) -> str:
    constraints = "".join(f"    {json.dumps(line)},\n" for line in locked_versions())
    return f"""\
[project]
name = "{project.name}-bundle"
version = "{project.version}"
requires-python = "{project.requires_python}"
dependencies = ["{project.name}"]

[tool.uv]
package = false
compile-bytecode = true
constraint-dependencies = [
{constraints}]

[tool.uv.sources]
{project.name} = {{ path = "{wheel}" }}
"""


def locked_versions() -> list[str]:
    """The requirements of requirements.txt without their hashes, such as `anyio==4.16.0`."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return re.findall(r"^(\w[^\\\n]*?) *\\?$", text, re.MULTILINE)
