"""The commands of docs/alerts.md, as an operator runs them."""

import os
import re
from pathlib import Path

import httpx
import pytest

from sandbox.serving import Sandbox
from server.settings import KEYS, URLS
from tests.console_script import console_script
from tests.pages import between
from tests.process import output, run, serving_http
from tests.redis_server import running as running_redis
from tests.server.http.test_accounts import ALICES

pytestmark = pytest.mark.slow


def script(name: str) -> str:
    return between(f"<!-- script: {name} -->\n```sh\n", "```")


def test_the_account_for_prometheus_gets_metrics_and_no_tools(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    command = console_script(tmp_path / "bin")
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    (tmp_path / "accounts.toml").write_text(ALICES, encoding="utf-8")
    done = run("bash", "-euc", script("account"), folder=tmp_path, PATH=path)
    [token] = re.findall(r": (\S+)$", done.stderr, re.MULTILINE)
    environ = {
        KEYS["rootly"]: "key",
        URLS["rootly"]: sandbox.url("rootly"),
        "INCIDENT_DESK_HTTP_ACCOUNTS_FILE": "accounts.toml",
    }
    with serving_http(str(command), folder=tmp_path, **environ) as url:
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json, text/event-stream",
        }
        metrics = httpx.get(url.replace("/mcp", "/metrics"), headers=headers)
        assert "incident_desk_draining 0.0" in metrics.text
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        assert '"tools":[]' in httpx.post(url, json=body, headers=headers).text


def test_doctor_gets_the_settings_of_the_systemd_units(sandbox: Sandbox, tmp_path: Path) -> None:
    urls = [f"{variable}={sandbox.url(vendor)}" for vendor, variable in URLS.items()]
    settings = [
        "INCIDENT_DESK_HTTP_ALLOWED_HOSTS=desk.example.com",
        "INCIDENT_DESK_COPIES=3",
        *urls,
    ]
    command = console_script(tmp_path / "bin")
    with running_redis(tmp_path) as redis:
        files = {
            "settings": "\n".join(settings),
            "accounts.toml": ALICES,
            "redis": redis.url(),
            **dict.fromkeys(KEYS, "key"),
        }
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        commands = script("doctor").replace("/etc/incident-desk", str(tmp_path))
        commands = commands.replace("/opt/incident-desk/bin/incident-desk", str(command))
        said = output("bash", "-euc", commands, folder=tmp_path)
    assert "It runs the script of the shared budget" in said
    assert said.count("It accepts the key") == len(KEYS)
