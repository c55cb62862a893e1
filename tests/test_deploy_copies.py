"""compose.copies.yaml and deploy/systemd: several copies on one machine, which fit together."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from release.systemd import TEMPLATE
from server.http.settings import HttpSettings
from server.setting_names import HTTP_PREFIX, NAMES
from tests.pages import ROOT, text_of

TIME_FOR_LOGS_S = 25
"""How long a stop may still take for logs and spans after the last call: docs/service.md."""
FORWARDING = ["deploy/nginx.conf", "deploy/Caddyfile", "deploy/prometheus/prometheus.yml"]
"""Files that have the addresses of three copies on one machine."""


class ComposeLoader(yaml.SafeLoader):
    """Reads a file of Docker Compose. `!override` takes the place of what another file says."""


def _override(loader: ComposeLoader, node: yaml.SequenceNode) -> list[Any]:
    return loader.construct_sequence(node, deep=True)


ComposeLoader.add_constructor("!override", _override)


def compose(name: str, service: str) -> dict[str, Any]:
    document = yaml.load(text_of(ROOT / name), ComposeLoader)
    section: dict[str, Any] = document["services"][service]
    return section


def copies() -> dict[str, Any]:
    return compose("compose.copies.yaml", "incident-desk")


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def test_there_are_as_many_copies_as_the_setting_says() -> None:
    assert copies()["deploy"]["replicas"] == copies()["environment"]["INCIDENT_DESK_COPIES"]


@pytest.mark.parametrize("name", FORWARDING)
def test_each_copy_has_a_port_that_the_others_know(name: str) -> None:
    [(first, last)] = re.findall(r"127\.0\.0\.1:(\d+)-(\d+):8000", copies()["ports"][0])
    ports = [*range(int(first), int(last) + 1)]
    assert len(ports) == copies()["deploy"]["replicas"]
    text = re.sub(r"#.*", "", text_of(ROOT / name))
    assert [int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", text)] == ports


def test_the_variables_of_the_copies_are_settings() -> None:
    variables = {**compose("compose.yaml", "incident-desk")["environment"]}
    assert {*variables, *copies()["environment"]} <= NAMES


def test_docker_gives_a_copy_the_time_to_finish_its_calls() -> None:
    alone = compose("compose.yaml", "incident-desk")
    settings = HttpSettings()
    assert seconds(alone["stop_grace_period"]) == settings.stop_s + TIME_FOR_LOGS_S
    drain_s = copies()["environment"][f"{HTTP_PREFIX}DRAIN_S"]
    assert seconds(copies()["stop_grace_period"]) == drain_s + settings.stop_s + TIME_FOR_LOGS_S


@pytest.mark.parametrize("service", ["incident-desk", "incident-desk-valkey"])
def test_a_container_cannot_write_and_has_no_capabilities(service: str) -> None:
    name = "compose.yaml" if service == "incident-desk" else "compose.copies.yaml"
    section = compose(name, service)
    assert section["read_only"] is True
    assert section["cap_drop"] == ["ALL"]
    assert section["security_opt"] == ["no-new-privileges:true"]


def test_valkey_runs_alike_in_docker_and_kubernetes() -> None:
    section = compose("compose.copies.yaml", "incident-desk-valkey")
    text = text_of(ROOT / "deploy/kubernetes/valkey/stateful-set.yaml")
    [valkey] = yaml.safe_load(text)["spec"]["template"]["spec"]["containers"]
    program, configuration, *options = section["command"]
    assert [program] == valkey["command"]
    assert Path(configuration).name == Path(valkey["args"][0]).name
    assert options == valkey["args"][1:]
    assert section["image"] == valkey["image"]


def test_systemd_gives_a_copy_the_time_to_finish_its_calls() -> None:
    text = text_of(ROOT / TEMPLATE)
    [drain_s] = re.findall(rf"^Environment={HTTP_PREFIX}DRAIN_S=(\d+)$", text, re.MULTILINE)
    [stop_s] = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    assert int(stop_s) > int(drain_s) + HttpSettings().stop_s + TIME_FOR_LOGS_S
