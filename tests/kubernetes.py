"""The manifests of deploy/kubernetes, as kustomize builds them."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.pages import ROOT
from tests.process import output

FOLDER = ROOT / "deploy/kubernetes"
SECRETS = ("rootly", "incident_io", "accounts.toml", "valkey.conf", "redis", "board")
"""The files that an operator writes into the folder `secrets` of the example."""

Document = dict[str, Any]


class Objects(list[Document]):
    """The objects of an installation."""

    def of(self, kind: str) -> list[Document]:
        return [document for document in self if document["kind"] == kind]

    def one(self, kind: str, name: str) -> Document:
        """The object with this name, or with this name and the hash of its content."""
        documents = [
            document
            for document in self.of(kind)
            if document["metadata"]["name"] == name
            or document["metadata"]["name"].rpartition("-")[0] == name
        ]
        assert len(documents) == 1, f"{len(documents)} objects {kind} {name}, not one"
        return documents[0]

    def pods(self) -> dict[str, Document]:
        """The template of each pod, by the name of its StatefulSet."""
        return {
            document["metadata"]["name"]: document["spec"]["template"]
            for document in self.of("StatefulSet")
        }

    def settings(self) -> dict[str, str]:
        """The settings of the copies."""
        data: dict[str, str] = self.one("ConfigMap", "incident-desk-settings")["data"]
        return data


def container(pod: Document) -> Document:
    """The one container of a pod."""
    [container] = pod["spec"]["containers"]
    assert isinstance(container, dict)
    return container


def copy(folder: Path) -> Path:
    """A copy of the manifests in *folder*, with files for the secrets; returns the example."""
    copied = folder / "kubernetes"
    shutil.copytree(FOLDER, copied)
    secrets = copied / "example/secrets"
    secrets.mkdir()
    for name in SECRETS:
        (secrets / name).write_text(f"content of {name}\n", encoding="utf-8")
    return copied / "example"


def build(folder: Path) -> Objects:
    """What kubectl installs with `kubectl apply -k FOLDER`."""
    text = output("kubectl", "kustomize", str(folder), folder=folder)
    return Objects(yaml.safe_load_all(text))


def files_of(pod: Document, objects: Objects) -> Iterator[tuple[str, str, str]]:
    """The files that a pod's secrets become: path in the container, name of the Secret, key."""
    mounts = {mount["name"]: mount["mountPath"] for mount in container(pod)["volumeMounts"]}
    for volume in pod["spec"]["volumes"]:
        if "secret" not in volume:
            continue
        secret = objects.one("Secret", volume["secret"]["secretName"])
        name = secret["metadata"]["name"]
        every_key = [{"key": key, "path": key} for key in secret["data"]]
        items: Sequence[dict[str, str]] = volume["secret"].get("items", every_key)
        for item in items:
            assert item["key"] in secret["data"]
            yield f"{mounts[volume['name']]}/{item['path']}", name, item["key"]
