"""Chromium, and what tests of pages need from this machine."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserType, sync_playwright

from tests.pages import ROOT

_CHROMIUM = shutil.which("chromium")
_ARGUMENTS = (
    "--no-sandbox",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
_NODE_MODULES = ROOT / "board/node_modules"


def skip_without_chromium() -> None:
    if _CHROMIUM is None:
        pytest.skip("Chromium is not here (on Debian: apt-get install chromium)")


def skip_without_npm_packages() -> None:
    if shutil.which("node") is None or not _NODE_MODULES.is_dir():
        pytest.skip("the packages of board/ are not here (npm ci in board/)")


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """See `launched`. No other test of this process can use asyncio until the block ends."""
    with sync_playwright() as playwright, launched(playwright.chromium, *arguments) as browser:
        yield browser


@contextmanager
def launched(browser_type: BrowserType, *arguments: str) -> Iterator[Browser]:
    """Chromium with scroll bars, which take up room as they do on most desktops.

    It resolves no names, so it contacts only this machine. The *arguments* are further ones of its
    command line.
    """
    browser = browser_type.launch(
        executable_path=_CHROMIUM,
        args=[*_ARGUMENTS, *arguments],
        ignore_default_args=["--hide-scrollbars"],
    )
    yield browser
    browser.close()
