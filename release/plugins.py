"""Manifests of the Claude Code plugin and the Gemini CLI extension.

Both start the installed command `incident-desk`, and keep the keys where the host keeps secrets.
They are committed, because hosts read them from the repository.
"""

import json
from pathlib import Path
from typing import Any

from release.keys import KEYS, options, references
from release.project import TITLE, Project

PLUGIN = "release/claude-code"
EXTENSION = "release/gemini-cli"


def manifests(project: Project) -> dict[str, Any]:
    """The content of each committed manifest, by its path in the repository."""
    return {
        ".claude-plugin/marketplace.json": marketplace(project),
        f"{PLUGIN}/.claude-plugin/plugin.json": plugin(project),
        f"{EXTENSION}/gemini-extension.json": extension(project),
    }


def write_manifests(project: Project, folder: Path) -> None:
    for path, content in manifests(project).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text_of(content), encoding="utf-8")


def text_of(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


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
