"""The configurations that the pages of docs/hosts show.

A comment above each of them says which host it is for, how `incident-desk config` prints it, and
where it goes: `<!-- config: codex --sandbox | ~/.codex/config.toml -->`.
"""

import re
from dataclasses import dataclass

from root import ROOT

_PAGES = ROOT / "docs/hosts"
_BLOCK = re.compile(
    r"^<!-- config: (?P<host>[a-z-]+)(?P<options>[^|]*) \| (?P<place>.*?) -->\n"
    r"```\w+\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """A configuration: a file, or commands for a shell.

    * `options`: the options of `incident-desk config` that print it.
    * `place`: the path of the file, which begins with `~/` or is in the project; or `shell`.
    """

    options: str
    place: str
    text: str

    @property
    def has_url(self) -> bool:
        """Whether it is for a service over HTTP."""
        return "--url" in self.options

    @property
    def has_keys(self) -> bool:
        """Whether it starts the command with keys of vendors."""
        return not self.has_url and "--sandbox" not in self.options


def blocks(host: str) -> list[Block]:
    """The configurations for *host*, in the order of its page."""
    pages = [page.read_text(encoding="utf-8") for page in sorted(_PAGES.glob("*.md"))]
    matches = _BLOCK.finditer("\n".join(pages))
    return [
        Block(match["options"].strip(), match["place"], match["text"])
        for match in matches
        if match["host"] == host
    ]


def page_of(host: str) -> str:
    """The text of the page of *host*."""
    return (_PAGES / f"{host}.md").read_text(encoding="utf-8")
