"""Links that add the installed command to VS Code or Cursor with one click.

No link holds a key. VS Code asks for the keys and stores them encrypted. Cursor reads them from its
environment.
"""

import base64
import json
from typing import Any
from urllib.parse import quote

from release.keys import KEYS
from release.project import Project


def vs_code_configuration(project: Project) -> dict[str, Any]:
    inputs = [
        {"type": "promptString", "id": key.name, "description": key.title, "password": True}
        for key in KEYS
    ]
    return {
        "name": project.name,
        "type": "stdio",
        "command": project.name,
        "args": [],
        "env": {key.variable: f"${{input:{key.name}}}" for key in KEYS},
        "inputs": inputs,
    }


def cursor_configuration(project: Project) -> dict[str, Any]:
    environ = {key.variable: f"${{env:{key.variable}}}" for key in KEYS}
    return {"command": project.name, "args": [], "env": environ}


def vs_code_link(project: Project) -> str:
    """The link for a browser. Pages that allow only https links need `vs_code_page_link`."""
    return f"vscode:mcp/install?{quote(_compact(vs_code_configuration(project)), safe='')}"


def vs_code_page_link(project: Project) -> str:
    """The same through VS Code's own redirect."""
    return f"https://vscode.dev/redirect?url={quote(vs_code_link(project), safe='')}"


def cursor_link(project: Project) -> str:
    text = _compact(cursor_configuration(project))
    config = quote(base64.b64encode(text.encode()), safe="")
    return f"cursor://anysphere.cursor-deeplink/mcp/install?name={project.name}&config={config}"


def cursor_page_link(project: Project) -> str:
    """The same as an https link, for pages that allow no other."""
    query = cursor_link(project).partition("?")[2]
    return f"https://cursor.com/en/install-mcp?{query}"


def markdown(project: Project) -> str:
    """The buttons for a page of the documentation."""
    return (
        f"- [Add to VS Code]({vs_code_page_link(project)})\n"
        f"- [Add to Cursor]({cursor_page_link(project)})\n"
    )


def _compact(content: dict[str, Any]) -> str:
    return json.dumps(content, separators=(",", ":"))
