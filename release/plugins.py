"""Manifests of the Claude Code plugin and the Gemini CLI extension.

Both start the installed command `incident-desk`, and keep the keys where the host keeps secrets.
"""

from typing import Any

from release.keys import KEYS, options, references
from release.project import TITLE, Project

PLUGIN = "release/claude-code"
EXTENSION = "release/gemini-cli"


def marketplace(project: Project) -> dict[str, Any]:
    """The list of plugins in this repository, which `claude plugin marketplace add` reads."""
    return {
        "name": project.name,
        "description": project.description,
        "owner": {"name": project.author},
        "plugins": [
            {
                "name": project.name,
                "source": f"./{PLUGIN}",
                "description": project.description,
                "version": project.version,
            }
        ],
    }


def plugin(project: Project) -> dict[str, Any]:
    return {
        "name": project.name,
        "displayName": TITLE,
        "version": project.version,
        "description": project.description,
        "author": {"name": project.author},
        "repository": project.repository,
        "license": project.license,
        "keywords": list(project.keywords),
        "userConfig": options(),
        "mcpServers": {project.name: {"command": project.name, "args": [], "env": references()}},
    }


def extension(project: Project) -> dict[str, Any]:
    settings = [
        {
            "name": key.title,
            "description": key.description,
            "envVar": key.variable,
            "sensitive": True,
        }
        for key in KEYS
    ]
    environ = {key.variable: f"${{{key.variable}}}" for key in KEYS}
    return {
        "name": project.name,
        "version": project.version,
        "description": project.description,
        "settings": settings,
        "mcpServers": {project.name: {"command": project.name, "env": environ}},
    }
