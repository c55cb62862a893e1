"""The list of tools and vendors agrees with the tools, the folders and the sandbox."""

from pathlib import Path

import pytest

import sandbox.serving
from server.caller import Caller
from server.instructions import instructions, offered_tools
from server.settings import Settings
from tools.catalogue import (
    GRANTABLE,
    PAGE_URIS,
    PLAIN_TOOLS,
    RIGHTS,
    TOOLS,
    VENDORS,
    ToolEntry,
)
from tools.vendor import Vendor

ROOT = Path(__file__).parents[1]
EACH_TOOL = pytest.mark.parametrize("entry", TOOLS, ids=lambda entry: entry.name)


@EACH_TOOL
def test_an_entry_says_what_the_tool_says(entry: ToolEntry) -> None:
    tool = entry.load()
    assert (tool.name, tool.vendor) == (entry.name, entry.vendor)
    assert entry.vendor in VENDORS


@EACH_TOOL
def test_a_tool_is_in_its_vendors_folder_and_in_the_instructions(entry: ToolEntry) -> None:
    assert entry.module == f"tools.{entry.vendor.name}.{entry.name}"
    assert entry.name in instructions(Settings(), [entry])


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_every_tool_in_a_vendors_folder_is_in_the_catalogue(vendor: Vendor) -> None:
    modules = (ROOT / "tools" / vendor.name).glob("*.py")
    with_tool = [path.stem for path in modules if "\nTOOL = " in path.read_text(encoding="utf-8")]
    assert {entry.name for entry in TOOLS if entry.vendor is vendor} == {*with_tool}


def test_every_folder_of_a_vendor_is_in_the_catalogue() -> None:
    folders = {path.parent.name for path in (ROOT / "tools").glob("*/__init__.py")}
    assert folders == {vendor.name for vendor in VENDORS}


def test_no_two_vendors_share_a_variable() -> None:
    variables = [name for vendor in VENDORS for name in (vendor.key_variable, vendor.url_variable)]
    assert len(variables) == len({*variables})


def test_the_sandbox_emulates_the_vendors_that_say_so() -> None:
    emulated = [vendor.name for vendor in VENDORS if vendor.has_sandbox]
    assert emulated == [*sandbox.serving.VENDORS]


def test_tools_of_a_vendor_with_a_key_are_offered_and_without_any_key_all_are() -> None:
    for vendor in VENDORS:
        entries = offered_tools(Settings(keys={vendor.name: "key"}), with_pages=True)
        assert entries == [entry for entry in TOOLS if entry.vendor is vendor]
    assert offered_tools(Settings(), with_pages=True) == [*TOOLS]


def test_a_tool_that_shows_a_page_is_only_offered_to_clients_that_show_pages() -> None:
    for settings in (Settings(), Settings(sandbox=True), Settings(keys={"rootly": "key"})):
        assert [*PAGE_URIS] == ["show_board"]
        names = {entry.name for entry in offered_tools(settings)}
        assert "list_incidents" in names
        assert "show_board" not in names


def test_a_tool_that_shows_a_page_needs_the_right_of_the_tool_that_it_asks() -> None:
    assert RIGHTS["show_board"] == "list_incidents"
    assert {entry.name for entry in PLAIN_TOOLS} == GRANTABLE
    with_incidents = Caller(tools=frozenset({"list_incidents"}))
    assert with_incidents.may_call("show_board")
    without = Caller(tools=frozenset({"list_attachments", "show_board"}))
    assert not without.may_call("show_board")
