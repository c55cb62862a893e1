"""The Valkey of deploy/kubernetes and compose.copies.yaml, as a real process."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml

from tests.kubernetes import FOLDER
from tests.pages import between
from tests.process import output
from tests.redis_server import programs, start
from tests.tcp_server import closed_port

PROGRAMS = programs()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PROGRAMS, reason="needs redis-server or valkey-server"),
]
HOST = "incident-desk-valkey:6379"


def manifest() -> dict[str, Any]:
    """The container of Valkey."""
    text = (FOLDER / "valkey/stateful-set.yaml").read_text(encoding="utf-8")
    [container] = yaml.safe_load(text)["spec"]["template"]["spec"]["containers"]
    assert isinstance(container, dict)
    return container


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the commands of the documentation write."""
    folder = tmp_path_factory.mktemp("installation")
    (folder / "secrets").mkdir()
    script = between("<!-- script: valkey -->\n```sh\n", "```")
    output("bash", "-euo", "pipefail", "-c", script, folder=folder)
    return folder / "secrets"


@pytest.fixture(scope="module", params=sorted(PROGRAMS))
def address(request: pytest.FixtureRequest, secrets: Path) -> Iterator[str]:
    """Where Valkey, or Redis, runs with the options of the manifest."""
    port = closed_port()
    _, *options = manifest()["args"]
    command = [PROGRAMS[request.param], str(secrets / "valkey.conf"), *options]
    command += ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(secrets)]
    with start(command) as process:
        yield f"127.0.0.1:{port}"
        process.kill()


@pytest.fixture
def client(address: str, secrets: Path) -> Iterator[redis.Redis]:
    """A client with the URL that the copies get."""
    url = (secrets / "redis").read_text(encoding="utf-8").strip()
    assert HOST in url
    with redis.Redis.from_url(url.replace(HOST, address), decode_responses=True) as client:
        yield client


def test_the_copies_can_use_valkey_with_their_url(client: redis.Redis) -> None:
    assert client.eval("return redis.call('TIME')[1]", 0)


def test_valkey_answers_nobody_without_the_password(address: str) -> None:
    with (
        redis.Redis.from_url(f"redis://{address}") as client,
        pytest.raises(redis.exceptions.AuthenticationError),
    ):
        client.ping()


def test_valkey_writes_no_files_and_evicts_nothing(client: redis.Redis) -> None:
    names = ("save", "appendonly", "maxmemory-policy", "maxmemory")
    values = {name: client.config_get(name)[name] for name in names}
    assert values == {
        "save": "",
        "appendonly": "no",
        "maxmemory-policy": "noeviction",
        "maxmemory": str(64 * 1024 * 1024),
    }


@pytest.mark.skipif(shutil.which("redis-cli") is None, reason="needs redis-cli")
def test_the_probe_of_valkey_needs_no_password(address: str) -> None:
    program, *arguments = manifest()["livenessProbe"]["exec"]["command"]
    assert (program, arguments) == ("valkey-cli", ["ping"])
    host, port = address.split(":")
    answer = output("redis-cli", "-h", host, "-p", port, *arguments, folder=Path("/"))
    assert answer.startswith("NOAUTH")
