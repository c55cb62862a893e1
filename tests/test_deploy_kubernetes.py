"""deploy/kubernetes: what kubectl builds from it fits Kubernetes, itself and the service."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest

from sandbox.serving import Sandbox
from server import __version__
from server.http.board.sessions import Sessions
from server.http.settings import HttpSettings
from server.setting_names import HTTP_PREFIX, NAMES
from server.settings import URLS
from tests.kubernetes import FOLDER, Document, Objects, build, container, copy, files_of
from tests.pages import ROOT, text_of
from tests.server.http.board_client import message
from tests.server.http.served import Process, ask, request
from tests.server.http.test_accounts import ALICES
from tests.slow import slow
from tests.tcp_server import closed_port
from tests.test_deploy_copies import TIME_FOR_LOGS_S

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")

VERSIONS = ["1.27", "1.32", "1.37"]
SERVICE = "incident-desk"
PREFIX_OF_SECRETS = "/run/secrets/"
POD_IP = "10.1.2.3"
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
RESTRICTED_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy(tmp_path_factory.mktemp("manifests"))


@pytest.fixture(scope="module")
def objects(example: Path) -> Objects:
    return build(example)


@pytest.mark.parametrize("version", [*slow(VERSIONS[:-1]), VERSIONS[-1]])
def test_the_manifests_fit_the_schemas_of_kubernetes(version: str, objects: Objects) -> None:
    for document in [*objects, *build(FOLDER / "base")]:
        kubernetes_validate.validate(document, version, strict=True)


def test_a_misspelt_member_does_not_fit_the_schemas(objects: Objects) -> None:
    pod = objects.pods()[SERVICE]
    misspelt = {"apiVersion": "v1", "kind": "Pod", **pod, "specs": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(misspelt, VERSIONS[-1], strict=True)


# The rules are those of https://kubernetes.io/docs/concepts/security/pod-security-standards/.
RESTRICTED: dict[str, Callable[[Document, Document], bool]] = {
    "the host's namespaces": lambda pod, _: not any(name.startswith("host") for name in pod),
    "volumes": lambda pod, _: all(
        {*volume} - {"name"} <= RESTRICTED_VOLUMES for volume in pod["volumes"]
    ),
    "sysctls": lambda pod, _: "sysctls" not in pod["securityContext"],
    "non-root": lambda pod, _: pod["securityContext"]["runAsNonRoot"] is True,
    "user": lambda pod, _: pod["securityContext"]["runAsUser"] > 0,
    "seccomp": lambda pod, _: pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault",
    "escalation": lambda _, one: one["securityContext"]["allowPrivilegeEscalation"] is False,
    "capabilities": lambda _, one: one["securityContext"]["capabilities"] == {"drop": ["ALL"]},
    "no override": lambda _, one: (
        {*one["securityContext"]}
        == {"allowPrivilegeEscalation", "capabilities", "readOnlyRootFilesystem"}
    ),
    "host ports": lambda _, one: not any("hostPort" in port for port in one["ports"]),
}


@pytest.mark.parametrize("rule", RESTRICTED)
def test_pods_keep_to_the_restricted_pod_security_standard(rule: str, objects: Objects) -> None:
    for pod in objects.pods().values():
        assert RESTRICTED[rule](pod["spec"], container(pod))


def test_the_namespace_enforces_that_standard(objects: Objects) -> None:
    [namespace] = objects.of("Namespace")
    labels = namespace["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_pods_cannot_write_and_have_no_token_of_kubernetes(objects: Objects) -> None:
    for pod in objects.pods().values():
        assert container(pod)["securityContext"]["readOnlyRootFilesystem"] is True
        assert pod["spec"]["automountServiceAccountToken"] is False
    [account] = objects.of("ServiceAccount")
    assert account["automountServiceAccountToken"] is False
    assert objects.pods()[SERVICE]["spec"]["serviceAccountName"] == account["metadata"]["name"]


def test_every_variable_is_a_setting_or_part_of_one(objects: Objects) -> None:
    one = container(objects.pods()[SERVICE])
    names = {*objects.settings(), *(variable["name"] for variable in one["env"])}
    values = " ".join(variable.get("value", "") for variable in one["env"])
    assert {name for name in names if f"$({name})" not in values} <= NAMES


def test_kubernetes_adds_no_variables_that_look_like_settings(objects: Objects) -> None:
    for pod in objects.pods().values():
        assert pod["spec"]["enableServiceLinks"] is False


def test_every_file_that_a_setting_names_is_mounted(objects: Objects) -> None:
    mounted = {path for path, _, _ in files_of(objects.pods()[SERVICE], objects)}
    needed = {path for path in objects.settings().values() if path.startswith(PREFIX_OF_SECRETS)}
    assert needed == mounted


def test_every_file_of_valkey_is_mounted(objects: Objects) -> None:
    pod = objects.pods()["incident-desk-valkey"]
    [(path, _, _)] = files_of(pod, objects)
    assert container(pod)["args"][0] == path


def labels_fit(selector: dict[str, str], pod: Document) -> bool:
    labels: dict[str, str] = pod["metadata"]["labels"]
    return selector.items() <= labels.items()


def selectors(objects: Objects) -> Iterator[dict[str, str]]:
    for service in objects.of("Service"):
        yield service["spec"]["selector"]
    for budget in objects.of("PodDisruptionBudget"):
        yield budget["spec"]["selector"]["matchLabels"]
    for policy in objects.of("NetworkPolicy"):
        yield policy["spec"]["podSelector"]["matchLabels"]
    for pod in objects.pods().values():
        for constraint in pod["spec"].get("topologySpreadConstraints", []):
            yield constraint["labelSelector"]["matchLabels"]


def test_every_selector_selects_the_pods_of_one_set(objects: Objects) -> None:
    for selector in selectors(objects):
        fits = [labels_fit(selector, pod) for pod in objects.pods().values()]
        assert fits.count(True) == 1


def test_every_port_that_is_named_is_one_of_a_container(objects: Objects) -> None:
    ports = {port["name"] for pod in objects.pods().values() for port in container(pod)["ports"]}
    for service in objects.of("Service"):
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    rules = [
        rule
        for policy in objects.of("NetworkPolicy")
        for rule in [*policy["spec"].get("ingress", []), *policy["spec"].get("egress", [])]
    ]
    named = {port["port"] for rule in rules for port in rule["ports"]}
    assert {port for port in named if isinstance(port, str)} == ports


def test_every_set_has_its_service(objects: Objects) -> None:
    services = {service["metadata"]["name"] for service in objects.of("Service")}
    for one in objects.of("StatefulSet"):
        assert one["spec"]["serviceName"] in services


def test_a_pod_can_be_reached_only_as_its_policies_say(objects: Objects) -> None:
    policies = [policy["spec"] for policy in objects.of("NetworkPolicy")]
    for pod in objects.pods().values():
        mine = [
            policy for policy in policies if labels_fit(policy["podSelector"]["matchLabels"], pod)
        ]
        types = {kind for policy in mine for kind in policy["policyTypes"]}
        assert types == {"Ingress", "Egress"}
        assert all(rule["from"] for policy in mine for rule in policy.get("ingress", []))


def test_clients_reach_nothing_but_the_protocol(objects: Objects) -> None:
    [ingress] = objects.of("Ingress")
    [rule] = ingress["spec"]["rules"]
    paths = {path["path"]: path["pathType"] for path in rule["http"]["paths"]}
    assert paths == {
        "/mcp": "Exact",
        "/board": "Prefix",
        "/.well-known/oauth-protected-resource": "Prefix",
    }
    services = {path["backend"]["service"]["name"] for path in rule["http"]["paths"]}
    assert services == {SERVICE}
    allowed = objects.settings()["INCIDENT_DESK_HTTP_ALLOWED_HOSTS"]
    assert ingress["spec"]["tls"][0]["hosts"] == [rule["host"]] == [allowed]


@pytest.mark.parametrize("name", ["next-upstream", "next-upstream-timeout", "read-timeout"])
def test_the_ingress_treats_calls_as_nginx_does(name: str, objects: Objects) -> None:
    [ingress] = objects.of("Ingress")
    value = ingress["metadata"]["annotations"][f"nginx.ingress.kubernetes.io/proxy-{name}"]
    directive = f"proxy_{name.replace('-', '_')} {value}"
    assert re.search(rf"^ *{directive}s?;$", text_of(ROOT / "deploy/nginx.conf"), re.MULTILINE)


@pytest.mark.parametrize("kustomization", ["base", "example"])
def test_there_are_never_more_pods_than_the_setting_allows(
    kustomization: str, example: Path
) -> None:
    built = build(example.parent / kustomization)
    [autoscaler] = built.of("HorizontalPodAutoscaler")
    copies = int(built.settings()["INCIDENT_DESK_COPIES"])
    assert autoscaler["spec"]["maxReplicas"] == copies
    # A Deployment, or a second process in each pod, would exceed it.
    assert autoscaler["spec"]["scaleTargetRef"]["kind"] == "StatefulSet"
    assert f"{HTTP_PREFIX}WORKERS" not in built.settings()


def test_one_number_of_an_installation_says_how_many_copies_there_are(tmp_path: Path) -> None:
    example = copy(tmp_path)
    change(example / "kustomization.yaml", "INCIDENT_DESK_COPIES=6", "INCIDENT_DESK_COPIES=9")
    built = build(example)
    [autoscaler] = built.of("HorizontalPodAutoscaler")
    assert autoscaler["spec"]["maxReplicas"] == 9


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_copy_has_the_time_to_finish_its_calls(objects: Objects) -> None:
    variables = {**objects.settings(), f"{HTTP_PREFIX}ACCOUNTS_FILE": "accounts.toml"}
    for name in ("INCIDENT_DESK_REDIS_URL_FILE", f"{HTTP_PREFIX}BOARD_SECRET_FILE"):
        del variables[name]
    http = HttpSettings.read(variables)
    grace_s = objects.pods()[SERVICE]["spec"]["terminationGracePeriodSeconds"]
    assert grace_s == http.drain_s + http.stop_s + TIME_FOR_LOGS_S


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("secrets/rootly", "rootly", "new key"),
        ("secrets/accounts.toml", "accounts", "new accounts"),
        ("secrets/redis", "redis", "new password"),
        ("kustomization.yaml", "desk.example.com", "new.example.com"),
    ],
)
def test_a_change_restarts_the_copies(file: str, old: str, new: str, tmp_path: Path) -> None:
    example = copy(tmp_path)
    before = build(example).pods()[SERVICE]
    change(example / file, old, new)
    assert build(example).pods()[SERVICE] != before


def test_without_valkey_the_service_needs_no_redis(tmp_path: Path) -> None:
    example = copy(tmp_path)
    change(example / "kustomization.yaml", "components:\n  - ../valkey\n", "")
    built = build(example)
    assert [*built.pods()] == [SERVICE]
    assert "INCIDENT_DESK_REDIS_URL_FILE" not in built.settings()


def test_the_example_runs_this_version(objects: Objects) -> None:
    image = container(objects.pods()[SERVICE])["image"]
    assert image == f"registry.example.com/incident-desk:{__version__}"


def test_nobody_commits_the_secrets_of_an_installation() -> None:
    assert "secrets/" in text_of(ROOT / ".gitignore").splitlines()


def test_pods_may_use_more_memory_than_they_ask_for_and_any_idle_processor(
    objects: Objects,
) -> None:
    for pod in objects.pods().values():
        resources: dict[str, Any] = container(pod)["resources"]
        assert mebibytes(resources["requests"]) < mebibytes(resources["limits"])
        assert "cpu" not in resources["limits"]


def mebibytes(amounts: dict[str, str]) -> int:
    return int(amounts["memory"].removesuffix("Mi"))


def mount(objects: Objects, contents: dict[str, str], folder: Path) -> None:
    """Write the secrets of a copy into *folder*, with the symbolic links that Kubernetes makes."""
    for path, _, key in files_of(objects.pods()[SERVICE], objects):
        file = folder / path.removeprefix(PREFIX_OF_SECRETS)
        data = file.parent / "..2026_11_22"
        data.mkdir(parents=True, exist_ok=True)
        (data / file.name).write_text(contents[key], encoding="utf-8")
        link = file.parent / "..data"
        if not link.exists():
            link.symlink_to(data.name)
        file.symlink_to(f"..data/{file.name}")


def environ(objects: Objects, folder: Path) -> dict[str, str]:
    """The variables of a copy whose secrets are in *folder*."""
    settings = objects.settings()
    values = {"POD_IP": POD_IP, "CLIENT_HOSTS": settings["INCIDENT_DESK_HTTP_ALLOWED_HOSTS"]}
    variables = dict(settings)
    for variable in container(objects.pods()[SERVICE])["env"]:
        value = variable.get("value", "")
        variables[variable["name"]] = re.sub(r"\$\((\w+)\)", lambda name: values[name[1]], value)
    return {
        name: value.replace(PREFIX_OF_SECRETS, f"{folder}/") for name, value in variables.items()
    }


@pytest.fixture(scope="module")
def pod(
    objects: Objects, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Process]:
    """The service as the container starts it, with a Redis that does not answer."""
    folder = tmp_path_factory.mktemp("pod")
    redis = f"redis://:password@127.0.0.1:{closed_port()}\n"
    keys = {"rootly": "key", "incident_io": "key", "board": "0123456789abcdef" * 4}
    contents = {**keys, "accounts.toml": ALICES, "url": redis}
    mount(objects, contents, folder)
    urls = {variable: sandbox.url(vendor) for vendor, variable in URLS.items()}
    with Process(**environ(objects, folder), **urls) as process:
        yield process


@pytest.mark.slow
@pytest.mark.parametrize("name", PROBES)
def test_a_copy_answers_the_probes_of_kubernetes(name: str, objects: Objects, pod: Process) -> None:
    one = container(objects.pods()[SERVICE])
    assert one["args"] == ["http"]
    [port] = one["ports"]
    assert port["containerPort"] == HttpSettings().port
    probe = one[name]["httpGet"]
    assert probe["port"] == port["name"]
    headers = {header["name"]: header["value"] for header in probe["httpHeaders"]}
    status, _, _ = ask(pod.port, request("", method="GET", path=probe["path"], **headers))
    assert status == 200


@pytest.mark.slow
def test_copies_share_the_secret_of_the_board(pod: Process, objects: Objects) -> None:
    host = objects.settings()["INCIDENT_DESK_HTTP_ALLOWED_HOSTS"]
    headers = {"Host": host, "Origin": f"https://{host}"}
    sessions = Sessions("0123456789abcdef" * 4, 60)
    cookie = f"__Host-incident-desk-board={sessions.start(re.findall('[0-9a-f]{64}', ALICES)[0])}"
    assert ask(pod.port, message(Cookie=cookie, **headers))[0] == 200


@pytest.mark.slow
@pytest.mark.parametrize("host", ["desk.example.com", f"{POD_IP}:8000"])
def test_a_copy_accepts_the_names_that_clients_and_prometheus_use(host: str, pod: Process) -> None:
    assert ask(pod.port, request(Host=host))[0] == 401


@pytest.mark.slow
def test_a_copy_does_not_accept_other_names(pod: Process) -> None:
    assert ask(pod.port, request(Host="10.1.2.4:8000"))[0] == 421
