"""CONTRIBUTING.md, followed word by word in a copy of the project."""

import json
import re
import shlex
import shutil
import sys
import textwrap
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from mcp import Client, StdioServerParameters

from tests.process import output, run, serving_http
from tools.catalogue import PLAIN_TOOLS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "build", "dist")
STEP = re.compile(
    r"^ *<!-- (new file|add to|run):? ?(.*?) -->\n *```\w+\n(.*?)^ *```$", re.MULTILINE | re.DOTALL
)
"""A marked block: what to do, with which file or place in a file, and the text."""
SERVER = (sys.executable, "-m", "server")
ASYNC = pytest.mark.anyio


class Project:
    """A copy of the project, which has followed a section of CONTRIBUTING.md."""

    def __init__(self, folder: Path, section: str) -> None:
        self.folder = folder
        shutil.copytree(ROOT, folder, ignore=NOT_COPIED, dirs_exist_ok=True)
        [text] = re.findall(rf"^## {section}$(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
        self.commands = list[str]()
        for action, subject, block in STEP.findall(text):
            self._follow(action, subject, textwrap.dedent(block))

    def _follow(self, action: str, subject: str, block: str) -> None:
        if action == "new file":
            path = self.folder / subject
            path.parent.mkdir(exist_ok=True)
            path.write_text(block, encoding="utf-8")
        elif action == "add to":
            place, _, name = subject.partition(" in ")
            self._add(self.folder / name, place, block)
        else:
            self.commands.append(block)

    def _add(self, path: Path, place: str, block: str) -> None:
        text = path.read_text(encoding="utf-8")
        if place == "the imports":
            at = text.index("\nfrom tools.") + 1
        else:
            # Before the parenthesis that ends this tuple.
            at = text.index("\n)\n", text.index(f"\n{place}: ")) + 1
            block = textwrap.indent(block, "    ")
        path.write_text(text[:at] + block + text[at:], encoding="utf-8")

    def update_snapshots(self) -> None:
        """Run the commands of the section."""
        assert self.commands
        for command in self.commands:
            command = command.replace(".venv/bin/python", shlex.quote(sys.executable))
            output("sh", "-c", command, folder=self.folder)

    def output(self, *arguments: str, **environ: str) -> str:
        return output(*SERVER, *arguments, folder=self.folder, **environ)


class _Vendor(BaseHTTPRequestHandler):
    """Rootly's services on two pages, and Acme's deploys. Marked as made up, as the sandbox is."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/v1/services":
            [page] = parse_qs(url.query)["page[number]"]
            row = {"attributes": {"slug": f"service-{page}", "name": f"Service {page}"}}
            next_page = 2 if page == "1" else None
            document: Any = {"data": [row], "meta": {"total_count": 2, "next_page": next_page}}
        else:
            document = {"deploys": [{"service": "checkout"}]}
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Incident-Desk-Sandbox", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    """The base URL of `_Vendor`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Vendor) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def with_tool(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("tool"), "Add a tool")


@pytest.fixture(scope="module")
def with_vendor(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("vendor"), "Add a vendor")
    project.update_snapshots()
    return project


def rootly(url: str) -> dict[str, str]:
    return {"ROOTLY_API_TOKEN": "key", "ROOTLY_API_URL": url}


def acme(url: str) -> dict[str, str]:
    return {"ACME_API_KEY": "key", "ACME_API_URL": url}


async def names(client: Client) -> list[str]:
    return [tool.name for tool in (await client.list_tools()).tools]


def over_stdio(project: Project, **environ: str) -> Client:
    command, *arguments = SERVER
    return Client(
        StdioServerParameters(command=command, args=arguments, cwd=project.folder, env=environ)
    )


def test_the_environment_is_set_up_as_in_the_readme() -> None:
    [setup, *_] = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert setup.strip() in (ROOT / "README.md").read_text(encoding="utf-8")


@ASYNC
async def test_a_new_tool_is_listed_with_and_without_a_snapshot(
    with_tool: Project, vendor: str
) -> None:
    """Without one, the first `tools/list` waits for the tool itself."""
    listings = []
    for _ in range(2):
        async with over_stdio(with_tool, **rootly(vendor)) as client:
            listings.append(await client.list_tools())
            result = await client.call_tool("list_services", {"search": "pay"})
            listings.append(await client.list_tools())
            assert "list_services" in (client.instructions or "")
        answer = result.structured_content or {}
        assert answer["services"] == [{"slug": "service-1", "name": "Service 1"}]
        assert answer["source"] == "sandbox"
        with_tool.update_snapshots()
    of_rootly = [entry.name for entry in PLAIN_TOOLS if entry.vendor.name == "rootly"]
    assert [tool.name for tool in listings[0].tools] == [*of_rootly, "list_services"]
    assert all(listing.tools == listings[0].tools for listing in listings)


def test_the_rows_of_a_new_tool_are_printed_under_whatever_key_they_are(
    with_tool: Project, vendor: str
) -> None:
    lines = with_tool.output("call", "--all", "list_services", **rootly(vendor)).splitlines()
    assert [json.loads(line)["slug"] for line in lines] == ["service-1", "service-2"]


@pytest.mark.parametrize("output_format", ["csv", "table"])
def test_a_new_tool_has_tables_and_csv_although_its_columns_are_not_known(
    with_tool: Project, vendor: str, output_format: str
) -> None:
    words = ("call", "--all", "list_services", "--format", output_format)
    head, *lines = with_tool.output(*words, **rootly(vendor)).splitlines()
    assert re.findall(r"\w+", head) == ["slug", "name"]
    assert [line for line in lines if line.startswith("service-1")]
    assert [line for line in lines if line.startswith("service-2")]


def test_a_new_tool_has_help(with_tool: Project) -> None:
    text = with_tool.output("call", "list_services", "--help")
    assert "Words of the name" in text


def test_new_tools_pass_the_tests_for_all_tools(with_vendor: Project) -> None:
    tests = ("server/test_schemas.py", "server/test_settings.py", "test_catalogue.py")
    paths = [f"tests/{name}" for name in (*tests, "test_architecture.py")]
    # Almost none of the tokens for all tools together are left.
    options = ("-q", "-p", "no:cacheprovider", "-k", "not within_their_tokens")
    output(sys.executable, "-m", "pytest", *options, *paths, folder=with_vendor.folder)


@ASYNC
async def test_a_new_vendor_is_found_over_both_transports(
    with_vendor: Project, vendor: str
) -> None:
    async with over_stdio(with_vendor, **acme(vendor)) as client:
        assert await names(client) == ["list_deploys"]
        result = await client.call_tool("list_deploys", {})
        assert (result.structured_content or {})["deploys"] == [{"service": "checkout"}]
        assert await names(client) == ["list_deploys"]
        assert "list_deploys" in (client.instructions or "")
    with serving_http(*SERVER, folder=with_vendor.folder) as url:
        async with Client(url) as client:
            assert await names(client) == [*(entry.name for entry in PLAIN_TOOLS), "list_deploys"]
            result = await client.call_tool("list_deploys", {})
            assert "ACME_API_KEY is not set" in str(result.content)


def test_a_new_vendor_is_found_on_the_command_line(with_vendor: Project, vendor: str) -> None:
    help_text = with_vendor.output("--help")
    assert "Acme" in help_text
    assert "ACME_API_KEY" in help_text
    assert "list_deploys" in with_vendor.output("call", "--help")
    listed = json.loads(with_vendor.output("tools", **acme(vendor)))["tools"]
    assert [tool["name"] for tool in listed] == ["list_deploys"]
    assert "list_deploys" in with_vendor.output("account", "ada", "--tools", "list_deploys")
    answer = json.loads(with_vendor.output("call", "list_deploys", **acme(vendor)))
    assert answer["deploys"] == [{"service": "checkout"}]


def test_the_settings_of_a_new_vendor_are_read_and_checked(with_vendor: Project) -> None:
    call = (*SERVER, "call", "list_deploys")
    done = run(*call, folder=with_vendor.folder)
    assert json.loads(done.stdout)["error"]["code"] == "not_configured"
    assert "ACME_API_KEY" in json.loads(done.stdout)["error"]["message"]
    assert "ACME_API_KEY" in done.stderr
    done = run(*call, folder=with_vendor.folder, ACME_API_URL="acme.example")
    assert (done.returncode, "ACME_API_URL is not a valid base URL" in done.stderr) == (2, True)


def test_the_sandbox_does_not_offer_a_vendor_that_it_does_not_emulate(
    with_vendor: Project,
) -> None:
    listed = json.loads(with_vendor.output("tools", "--sandbox"))["tools"]
    emulated = [entry.name for entry in PLAIN_TOOLS if entry.vendor.has_sandbox]
    assert [tool["name"] for tool in listed] == emulated
    done = run(*SERVER, "call", "--sandbox", "list_deploys", folder=with_vendor.folder)
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "not_configured"
    assert "The sandbox does not emulate Acme" in error["message"]
