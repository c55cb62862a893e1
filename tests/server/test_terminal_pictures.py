"""The pictures of the command line in the README show what a terminal shows."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.board.browser import chromium, skip_without_chromium
from tests.console_script import console_script
from tests.pictures import compare
from tests.server.terminal import terminal
from tests.server.terminal_page import terminal_page

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_settings")]

_FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf")
_PER_WEEK = "call list_incidents group_by=week started_at.gte=-8w severity=sev0,sev1,sev2"
PICTURES = {"demo": ("demo", 100), "table": (f"{_PER_WEEK} --sandbox --format table", 120)}
"""By picture, the words after `incident-desk`, and the columns of the terminal."""
_LINES = 40
"""The height of the terminal. It shows the first lines."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    skip_without_chromium()
    if not _FONT.exists():
        pytest.skip("the font is not here (on Debian: apt-get install fonts-dejavu-core)")
    with chromium() as browser:
        yield browser


def terminal_output(command: str, columns: int, folder: Path) -> str:
    """A line with the *command* of a person, and what the terminal shows then."""
    script = console_script(folder)
    variables = {
        "PATH": f"{script.parent}{os.pathsep}{os.environ['PATH']}",
        "INCIDENT_DESK_SANDBOX_NOW": "2026-11-22T02:00:00Z",
    }
    with terminal(
        *command.split(),
        program=[script],
        columns=columns,
        variables=variables,
        stderr=subprocess.DEVNULL,
    ) as tty:
        output = f"\x1b[2m$\x1b[0m incident-desk {command}\n{tty.read()}"
    return "\n".join(output.splitlines()[:_LINES])


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_the_terminal_shows(browser: Browser, tmp_path: Path, name: str) -> None:
    command, columns = PICTURES[name]
    output = terminal_output(command, columns, tmp_path)
    page = browser.new_page(device_scale_factor=1.5)
    page.set_content(terminal_page(output, columns))
    compare(name, page.locator("pre").screenshot())
    page.close()
