"""The generated files that are committed: hosts and people take them from the repository."""

import json
from pathlib import Path
from typing import Any

from release import plugins, systemd
from release.project import Project


def committed_files(project: Project) -> dict[str, str]:
    """The text of each file, by its path in the repository."""
    manifests = {
        ".claude-plugin/marketplace.json": plugins.marketplace(project),
        f"{plugins.PLUGIN}/.claude-plugin/plugin.json": plugins.plugin(project),
        f"{plugins.EXTENSION}/gemini-extension.json": plugins.extension(project),
    }
    texts = {path: json_text(content) for path, content in manifests.items()}
    return texts | systemd.systemd_files()


def write_files(project: Project, folder: Path) -> None:
    for path, text in committed_files(project).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def json_text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
