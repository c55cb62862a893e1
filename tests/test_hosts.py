"""`incident-desk config`, and the pages in docs/hosts that show what it prints."""

import json
import os
import re
import shlex
import stat
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from server.commands.config.formats import write
from server.commands.config.hosts import HOSTS, Host
from server.commands.config.servers import LocalServer
from tests.console_script import console_script
from tests.pages import ROOT, check, text_of
from tests.process import run
from tests.slow import slow
from tools.catalogue import PLAIN_TOOLS, VENDORS

FOLDER = ROOT / "docs/hosts"
DATA = ROOT / "tests/hosts"
SCRIPT_OF_PAGES = "/home/you/.local/bin/incident-desk"
URL = "https://desk.example.com/mcp"
KEYS = {vendor.key_variable: f"secret-of-{vendor.name}" for vendor in VENDORS}
BY_NAME = {host.name: host for host in HOSTS}
OF_EACH_KIND = ("claude-code", "codex", "cursor", "vs-code", "zed")
"""One host for each way to write the configuration and to keep the keys."""
EACH_HOST = pytest.mark.parametrize(
    "host",
    [
        *[BY_NAME[name] for name in OF_EACH_KIND],
        *slow(host for host in HOSTS if host.name not in OF_EACH_KIND),
    ],
    ids=lambda host: host.name,
)
BLOCK = re.compile(
    r"^<!-- config: (?P<words>[^|]*) \| .*? -->\n```\w+\n.*?^```$",
    re.DOTALL | re.MULTILINE,
)


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return console_script(tmp_path_factory.mktemp("installation") / "it's a folder")


@dataclass(frozen=True)
class Output:
    code: int
    out: str
    err: str


def config(script: Path, *words: str, **environ: str) -> Output:
    """The result of `incident-desk config`, without settings of the tester."""
    process = subprocess.run(
        [script, "config", *words],
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return Output(process.returncode, process.stdout, process.stderr)


def parse(host: Host, text: str) -> dict[str, Any]:
    loads = tomllib.loads if host.format == "toml" else json.loads
    document: dict[str, Any] = loads(text)
    return document


@dataclass(frozen=True)
class Entry:
    """What a host makes of an entry: the command that it runs, and the variables it passes."""

    command: Sequence[str]
    environ: Mapping[str, str]


def read_as_host(host: Host, text: str, environ: Mapping[str, str]) -> Entry:
    """Read the configuration as the host's documentation says. *environ* is the host's own."""
    if host.format == "claude":
        words = shlex.split(text)
        end = words.index("--")
        pairs = [words[i + 1] for i, word in enumerate(words[:end]) if word == "--env"]
        values = dict(pair.split("=", 1) for pair in pairs)
        return Entry(words[end + 1 :], resolve(host, values, environ))
    entry = parse(host, text)[host.servers]["incident-desk"]
    forwarded = {name: environ[name] for name in entry.get("env_vars", [])}
    values = entry.get("environment") or entry.get("env") or {}
    command = entry["command"]
    line = command if isinstance(command, list) else [command, *entry.get("args", [])]
    return Entry(line, {**resolve(host, values, environ), **forwarded})


def resolve(host: Host, values: Mapping[str, str], environ: Mapping[str, str]) -> Mapping[str, str]:
    references = {host.reference.replace("NAME", name): name for name in environ}
    return {
        name: environ[references[value]] if value in references else value
        for name, value in values.items()
    }


def offered_tools(entry: Entry) -> list[str]:
    """The names in the answer to `tools/list` of the server that *entry* starts."""
    client = {"name": "host", "version": "1"}
    params = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
    messages: list[dict[str, Any]] = [
        {"id": 1, "method": "initialize", "params": params},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/list"},
    ]
    lines = [json.dumps({"jsonrpc": "2.0", **message}) for message in messages]
    process = subprocess.run(
        entry.command,
        cwd="/",
        env=dict(entry.environ),
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answers = [json.loads(line) for line in process.stdout.splitlines()]
    [tools] = [answer["result"]["tools"] for answer in answers if answer.get("id") == 2]
    return [tool["name"] for tool in tools]


@EACH_HOST
def test_a_configuration_starts_the_server_with_the_key_of_the_user(
    script: Path, tmp_path: Path, host: Host
) -> None:
    environ = {"ROOTLY_API_TOKEN": KEYS["ROOTLY_API_TOKEN"], "HOME": str(tmp_path)}
    output = config(script, host.name, **environ)
    assert output.code == 0, output.err
    for command in re.findall(r"^  (\(umask .*\))$", output.err, re.MULTILINE):
        subprocess.run(["bash", "-c", command], env={**os.environ, **environ}, check=True)
    assert offered_tools(read_as_host(host, output.out, environ)) == ["list_incidents"]


@EACH_HOST
def test_a_configuration_of_the_sandbox_needs_no_keys(script: Path, host: Host) -> None:
    output = config(script, host.name, "--sandbox", **KEYS)
    entry = read_as_host(host, output.out, {})
    assert entry.command[1:] == ["--sandbox"]
    assert entry.environ == {}
    assert offered_tools(entry) == [tool.name for tool in PLAIN_TOOLS]


@pytest.mark.parametrize("module", ["server", "incident_desk"])
def test_a_checkout_without_a_script_is_started_by_its_interpreter(
    tmp_path: Path, module: str
) -> None:
    process = run(sys.executable, "-m", module, "config", "cursor", "--sandbox", folder=ROOT)
    entry = read_as_host(BY_NAME["cursor"], process.stdout, {})
    assert entry.command[0] == sys.executable
    assert offered_tools(entry) == [tool.name for tool in PLAIN_TOOLS]


@EACH_HOST
def test_no_key_is_printed(script: Path, tmp_path: Path, host: Host) -> None:
    secrets = {**KEYS, "INCIDENT_DESK_TOKEN": "secret-token", "HOME": str(tmp_path)}
    for words in ((), ("--sandbox",), ("--url", URL)):
        output = config(script, host.name, *words, **secrets)
        assert "secret" not in output.out + output.err


def test_a_key_file_is_readable_only_for_its_owner(script: Path, tmp_path: Path) -> None:
    environ = {**KEYS, "HOME": str(tmp_path)}
    output = config(script, "zed", **environ)
    for command in re.findall(r"^  (\(.*\))$", output.err, re.MULTILINE):
        subprocess.run(["bash", "-c", command], env={**os.environ, **environ}, check=True)
    files = [*(tmp_path / ".config/incident-desk").iterdir()]
    assert {file.read_text().strip() for file in files} == {*KEYS.values()}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert "umask" not in config(script, "zed", **environ).err


def test_a_key_that_is_not_set_is_pasted_into_its_file(script: Path, tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path / "it's home")}
    output = config(script, "zed", "--vendor", "rootly", **environ)
    [command] = re.findall(r"^  (\(.*\))$", output.err, re.MULTILINE)
    pasted = {**os.environ, **environ}
    subprocess.run(["bash", "-c", command], env=pasted, input=b"pasted-key\n", check=True)
    [file] = (tmp_path / "it's home/.config/incident-desk").iterdir()
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("pasted-key\n", 0o600)
    entry = read_as_host(BY_NAME["zed"], output.out, {})
    assert entry.environ == {"ROOTLY_API_TOKEN_FILE": str(file)}


def test_a_key_that_is_in_a_file_stays_there_in_every_host(script: Path) -> None:
    output = config(script, "cursor", ROOTLY_API_TOKEN_FILE="/run/secrets/rootly")
    entry = read_as_host(BY_NAME["cursor"], output.out, {})
    assert entry.environ == {"ROOTLY_API_TOKEN_FILE": "/run/secrets/rootly"}


def variables(output: Output) -> set[str]:
    return {*read_as_host(BY_NAME["cursor"], output.out, {}).environ}


def test_a_configuration_has_the_keys_that_are_set(script: Path) -> None:
    assert variables(config(script, "cursor")) == {*KEYS}
    assert variables(config(script, "cursor", ROOTLY_API_TOKEN=" ")) == {*KEYS}
    for variable, key in KEYS.items():
        assert variables(config(script, "cursor", **{variable: key})) == {variable}


def test_a_placeholder_counts_as_not_set(script: Path) -> None:
    environ = {**KEYS, "ROOTLY_API_TOKEN": "${ROOTLY_API_TOKEN}"}
    output = config(script, "cursor", **environ, INCIDENT_DESK_TIMEOUT_S="${TIMEOUT}")
    assert variables(output) == {"INCIDENT_IO_API_KEY"}


def test_the_option_vendor_chooses_the_keys(script: Path) -> None:
    chosen = config(script, "cursor", "--vendor", "incident_io", **KEYS)
    assert variables(chosen) == {"INCIDENT_IO_API_KEY"}
    both = config(script, "cursor", "--vendor", "incident_io", "--vendor", "rootly")
    assert variables(both) == {*KEYS}


def test_a_configuration_has_the_settings_that_are_set(script: Path) -> None:
    settings = {
        "ROOTLY_API_URL": "https://rootly.example.com",
        "INCIDENT_DESK_TIMEOUT_S": "30",
        "SSL_CERT_FILE": "/etc/ssl/company.pem",
        "HTTPS_PROXY": "http://proxy.example.com:3128",
    }
    environ = {**settings, "INCIDENT_DESK_SANDBOX_NOW": "2026-11-22", "UNRELATED": "1", **KEYS}
    output = config(script, "zed", **environ)
    entry = read_as_host(BY_NAME["zed"], output.out, {})
    assert {name: entry.environ.get(name) for name in settings} == settings
    assert {*entry.environ} == {*settings, *(f"{name}_FILE" for name in KEYS)}
    assert "HTTPS_PROXY" in output.err


def test_the_paths_in_a_configuration_are_absolute(script: Path) -> None:
    environ = {"SSL_CERT_FILE": "company.pem", "ROOTLY_API_TOKEN_FILE": "keys/rootly"}
    entry = read_as_host(BY_NAME["cursor"], config(script, "cursor", **environ).out, {})
    assert entry.environ == {name: str(Path.cwd() / path) for name, path in environ.items()}


@EACH_HOST
def test_a_proxy_with_a_password_reaches_the_server_but_is_not_in_the_configuration(
    script: Path, host: Host
) -> None:
    environ = {"HTTPS_PROXY": "http://me:secret@proxy.example.com:3128", **KEYS}
    output = config(script, host.name, **environ)
    assert "secret@" not in output.out + output.err
    assert "HTTPS_PROXY" in output.err
    entry = read_as_host(host, output.out, environ)
    if host.name in ("antigravity", "claude-desktop", "zed"):
        # They cannot refer to variables.
        assert "HTTPS_PROXY" not in output.out
    else:
        assert entry.environ["HTTPS_PROXY"] == environ["HTTPS_PROXY"]


def test_if_no_key_is_set_the_advice_says_what_to_remove(script: Path) -> None:
    assert "No key is set here" in config(script, "cursor").err
    assert "No key is set here" not in config(script, "cursor", **KEYS).err
    assert "No key is set here" not in config(script, "cursor", "--vendor", "rootly").err


def test_the_advice_names_the_file_and_a_check(script: Path) -> None:
    output = config(script, "cursor", **KEYS)
    assert "~/.cursor/mcp.json" in output.err
    assert "docs/hosts/cursor.md" in output.err
    assert "ROOTLY_API_TOKEN" in output.err


def test_the_command_for_claude_code_reaches_it_through_a_shell(
    script: Path, tmp_path: Path
) -> None:
    recorder = tmp_path / "claude"
    recorder.write_text(
        f"#!{sys.executable}\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\n", encoding="utf-8"
    )
    recorder.chmod(0o755)
    command = config(script, "claude-code", **KEYS).out
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    process = run("bash", "-c", command, folder=tmp_path, PATH=path, **KEYS)
    words = json.loads(process.stdout)
    assert words[:5] == ["mcp", "add", "--scope", "user", "incident-desk"]
    assert words[-2:] == ["--", str(script)]
    assert "ROOTLY_API_TOKEN=${ROOTLY_API_TOKEN}" in words


def test_on_windows_the_command_for_claude_code_is_quoted_for_powershell() -> None:
    server = LocalServer([r"C:\Program Files\it's\incident-desk.exe", "--sandbox"])
    command = write(BY_NAME["claude-code"], server, "win32")
    assert command == (
        "claude mcp add --scope user incident-desk '--'"
        r" 'C:\Program Files\it''s\incident-desk.exe' --sandbox"
    )


def test_the_list_of_hosts_has_each_host_with_its_file(script: Path) -> None:
    output = config(script)
    assert output.code == 0
    for host in HOSTS:
        assert re.search(rf"^  {host.name} +{host.title} ", output.out, re.MULTILINE)
    assert "~/.codex/config.toml" in output.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("cusor",), "Did you mean cursor?"),
        (("vscode",), "Did you mean vs-code"),
        (("claude",), "claude-code"),
        (("emacs",), "The hosts are antigravity, claude-code"),
        (("claude-desktop", "--url", URL), "Settings → Connectors"),
        (("cursor", "--url", URL, "--sandbox"), "leave out --sandbox and --vendor"),
        (("cursor", "--url", URL, "--vendor", "rootly"), "leave out --sandbox and --vendor"),
        (("cursor", "--sandbox", "--vendor", "rootly"), "it does not take --vendor"),
        (("cursor", "--oauth"), "give its address with --url"),
        (("cursor", "--url", "desk.example.com"), "https://desk.example.com/mcp"),
        (("cursor", "--url", "http://desk.example.com/mcp"), "--url takes https"),
        (("cursor", "--url", "https://desk.example.com"), "usually ends in /mcp"),
        (("cursor", "--url", "https://me:secret@desk.example.com/mcp"), "without user"),
        (("cursor", "--url", "https://desk.example.com/mcp?key=secret"), "without user"),
        (("cursor", "--url", "https://desk.example.com/m\ncp"), "an address like"),
        (("cursor", "--url", "https://[desk/mcp"), "an address like"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_says_what_is_right(script: Path, words: Sequence[str], message: str) -> None:
    output = config(script, *words)
    # The usage before it names all options.
    last = output.err.splitlines()[-1]
    assert (output.code, output.out) == (2, "")
    assert last.startswith("incident-desk config: ")
    assert message in last
    assert "secret" not in output.err


def test_a_service_on_this_machine_may_use_http(script: Path) -> None:
    output = config(script, "cursor", "--url", "http://127.0.0.1:8000/mcp")
    assert "http://127.0.0.1:8000/mcp" in output.out


@pytest.mark.parametrize("name", OF_EACH_KIND)
def test_a_service_with_oauth_needs_no_token(script: Path, name: str) -> None:
    assert "TOKEN" in config(script, name, "--url", URL).out
    output = config(script, name, "--url", URL, "--oauth")
    assert URL in output.out
    assert "TOKEN" not in output.out + output.err


def test_a_host_that_does_not_log_in_by_itself_is_told_how(script: Path) -> None:
    oauth = ("--url", URL, "--oauth")
    assert "codex mcp login incident-desk" in config(script, "codex", *oauth).err
    assert "opens a browser" in config(script, "cursor", *oauth).err


def test_zed_has_the_members_of_its_documentation(script: Path) -> None:
    [local, remote] = (
        json.loads(config(script, "zed", *words).out) for words in ((), ("--url", URL))
    )
    assert {*local} == {*remote} == {"context_servers"}
    assert {*local["context_servers"]["incident-desk"]} == {"command", "env"}
    assert {*remote["context_servers"]["incident-desk"]} == {"url", "headers"}


THIRD_PARTY = json.loads((DATA / "mcp_config_schema.json").read_text(encoding="utf-8"))["hosts"]


@pytest.mark.parametrize("name", [name for name in THIRD_PARTY if BY_NAME[name].files])
def test_the_files_are_where_others_found_them(name: str) -> None:
    for platform, path in THIRD_PARTY[name]["configPath"].items():
        assert BY_NAME[name].files[platform] == path.replace("$HOME", "~")


@pytest.mark.parametrize("name", [name for name in THIRD_PARTY if BY_NAME[name].files])
def test_the_members_are_those_that_others_write(script: Path, name: str) -> None:
    host, structure = BY_NAME[name], THIRD_PARTY[name]["configStructure"]
    assert host.servers == structure["serversPropertyName"]
    local = parse(host, config(script, name, **KEYS).out)[host.servers]["incident-desk"]
    members = structure["stdioPropertyMapping"]
    assert members["commandProperty"] in local
    assert members["envProperty"] in local or "env_vars" in local
    if host.remote:
        remote = parse(host, config(script, name, "--url", URL).out)[host.servers]
        members = structure["httpPropertyMapping"]
        assert remote["incident-desk"][members["urlProperty"]] == URL
        assert members["headersProperty"] in remote["incident-desk"] or name == "codex"


@pytest.mark.parametrize("words", [(), ("--sandbox",), ("--url", URL), ("--url", URL, "--oauth")])
def test_vs_code_accepts_its_configuration_by_its_own_schema(
    script: Path, words: Sequence[str]
) -> None:
    schema = json.loads((DATA / "vs_code_mcp.schema.json").read_text(encoding="utf-8"))
    document = json.loads(config(script, "vs-code", *words).out)
    jsonschema.Draft7Validator(schema).validate(document)
    references = set(re.findall(r"\$\{input:(\w+)\}", json.dumps(document)))
    assert references == {prompt["id"] for prompt in document.get("inputs", [])}


def blocks() -> list[tuple[Path, re.Match[str]]]:
    pages = sorted(FOLDER.glob("*.md"))
    return [(page, block) for page in pages for block in BLOCK.finditer(text_of(page))]


def test_every_host_has_a_page_with_its_configuration() -> None:
    configured = {page.stem: block["words"].split()[0] for page, block in blocks()}
    assert configured == {host.name: host.name for host in HOSTS}


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_a_page_shows_what_the_command_prints(script: Path, host: Host) -> None:
    page = FOLDER / f"{host.name}.md"

    def printed(block: re.Match[str]) -> str:
        words = block["words"].split()
        output = config(script, *words, HOME="/home/you")
        text = output.out.replace(shlex.quote(str(script)), SCRIPT_OF_PAGES)
        text = text.replace(str(script), SCRIPT_OF_PAGES)
        place = "shell" if host.format == "claude" else host.files["linux"]
        language = {"claude": "sh"}.get(host.format, host.format)
        return f"<!-- config: {block['words']} | {place} -->\n```{language}\n{text}```"

    expected = BLOCK.sub(printed, text_of(page))
    if os.environ.get("UPDATE_DOCS"):
        page.write_text(expected, encoding="utf-8")
    assert text_of(page) == expected


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_a_page_says_if_its_host_was_not_tried(host: Host) -> None:
    driven = re.findall(r'^ +name="([\w-]+)"', text_of(ROOT / ".ci/hosts/hosts.py"), re.MULTILINE)
    says_so = f"Not tried in {host.title} itself" in text_of(FOLDER / f"{host.name}.md")
    assert says_so == (host.name not in driven)


def test_the_index_lists_the_hosts() -> None:
    rows = ["| host | HOST | where the configuration goes on Linux | keys |", "|---|---|---|---|"]
    for host in sorted(HOSTS, key=lambda host: host.title):
        place = f"`{host.files['linux']}`" if host.files else "a command that you run"
        rows.append(
            f"| [{host.title}]({host.name}.md) | `{host.name}` | {place} | {way_of_keys(host)} |"
        )
    check("<!-- hosts -->\n", "<!-- /hosts -->", "\n".join(rows) + "\n")


def way_of_keys(host: Host) -> str:
    if host.asks_for_values:
        return "typed once, and stored by the host"
    if host.reference or "env_vars" in host.local:
        return "environment variables"
    return "files"


def test_the_readme_names_every_host() -> None:
    section = text_of(ROOT / "README.md").partition("## Connect a host")[2].partition("\n## ")[0]
    words = " ".join(section.split())
    assert [host.title for host in HOSTS if host.title not in words] == []


def test_a_wrong_setting_that_a_configuration_would_have_is_named(script: Path) -> None:
    output = config(script, "codex", INCIDENT_IO_API_URL="https://api.example.com/v1")
    assert "Setting here: INCIDENT_IO_API_URL" in output.err
