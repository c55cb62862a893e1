"""The facts of this project that manifests repeat."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from server import __version__
from tools.catalogue import VENDORS

ROOT = Path(__file__).parents[1]
TITLE = "Incident Desk"
PLACEHOLDER = "OWNER"
"""Stands in pyproject.toml for a name that nobody has registered yet."""


@dataclass(frozen=True)
class Project:
    """Name, version and published names. `repository` is a URL, and `image` has no tag."""

    name: str
    version: str
    license: str
    requires_python: str
    keywords: tuple[str, ...]
    author: str
    server: str
    repository: str
    image: str
    privacy_policies: tuple[str, ...]

    @classmethod
    def read(cls, folder: Path = ROOT) -> "Project":
        document = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
        project = document["project"]
        publish = document["tool"]["incident-desk"]["publish"]
        return cls(
            name=project["name"],
            version=__version__,
            license=project["license"],
            requires_python=project["requires-python"],
            keywords=tuple(project["keywords"]),
            author=publish["author"],
            server=publish["server"],
            repository=publish["repository"],
            image=publish["image"],
            privacy_policies=tuple(publish["privacy-policies"]),
        )

    @property
    def description(self) -> str:
        """At most 100 characters: the MCP registry takes no more."""
        vendors = " and ".join(vendor.title for vendor in VENDORS)
        return f"Answers questions about incidents in {vendors}. It never changes anything."

    @property
    def bundle_name(self) -> str:
        return f"{self.name}-{self.version}.mcpb"

    @property
    def bundle_url(self) -> str:
        """Where the release of this version will have the bundle."""
        return f"{self.repository}/releases/download/v{self.version}/{self.bundle_name}"

    def problems(self) -> list[str]:
        """What has to be done before this project can be published."""
        names = ("author", "server", "repository", "image")
        problems = [
            f"pyproject.toml has no owner in {name}."
            for name in names
            if PLACEHOLDER in getattr(self, name)
        ]
        line = f"mcp-name: {self.server}"
        if line not in (ROOT / "README.md").read_text(encoding="utf-8"):
            problems.append(f"README.md does not have `{line}`, which the MCP registry looks for.")
        return problems
