"""server.json for the MCP registry (schema of 2025-12-11)."""

from typing import Any

from release.keys import KEYS
from release.project import TITLE, Project

SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
STDIO = {"type": "stdio"}


def server_json(project: Project, bundle_sha256: str) -> dict[str, Any]:
    """The entry for this version, whose bundle has the hash *bundle_sha256* (hexadecimal)."""
    return {
        "$schema": SCHEMA,
        "name": project.server,
        "title": TITLE,
        "description": project.description,
        "repository": {"url": project.repository, "source": "github"},
        "version": project.version,
        "packages": [
            {
                "registryType": "pypi",
                "identifier": project.name,
                "version": project.version,
                "runtimeHint": "uvx",
                "transport": STDIO,
                "environmentVariables": _environment(),
            },
            {
                "registryType": "oci",
                "identifier": f"{project.image}:{project.version}",
                "runtimeHint": "docker",
                "transport": STDIO,
                "environmentVariables": _environment(),
            },
            {
                "registryType": "mcpb",
                "identifier": project.bundle_url,
                "fileSha256": bundle_sha256,
                "transport": STDIO,
                "environmentVariables": _environment(),
            },
        ],
    }


def _environment() -> list[dict[str, Any]]:
    return [
        {
            "name": key.variable,
            "description": f"{key.title}. {key.description}",
            "isRequired": False,
            "isSecret": True,
            "format": "string",
        }
        for key in KEYS
    ]
