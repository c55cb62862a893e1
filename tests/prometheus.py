"""A real Prometheus on loopback that scrapes a service, configured by deploy/prometheus."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import yaml

from tests.pages import ROOT
from tests.tcp_server import closed_port
from tests.waiting import wait_until

FOLDER = ROOT / "deploy/prometheus"


class Prometheus:
    """Its API at *port*."""

    def __init__(self, port: int) -> None:
        self._api = f"http://127.0.0.1:{port}/api/v1"

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series that *expression* selects or computes now."""
        return self._data("query", query=expression)["result"]  # type: ignore[no-any-return]

    def alerts(self) -> list[dict[str, Any]]:
        """The alerts that are pending or firing."""
        return self._data("alerts")["alerts"]  # type: ignore[no-any-return]

    def rules(self) -> list[dict[str, Any]]:
        return [rule for group in self._data("rules")["groups"] for rule in group["rules"]]

    def wait_for(self, expression: str) -> None:
        """Wait until *expression* has a result."""
        wait_until(lambda: bool(self.query(expression)))

    def is_ready(self) -> bool:
        try:
            self.query("1")
        except URLError:
            return False
        return True

    def _data(self, path: str, **parameters: str) -> Any:
        with urlopen(f"{self._api}/{path}?{urlencode(parameters)}") as answer:
            return json.load(answer)["data"]


@contextmanager
def scraping(targets: Sequence[str], token: str, folder: Path) -> Iterator[Prometheus]:
    """A Prometheus that scrapes *targets* every second with *token*."""
    (folder / "token").write_text(token, encoding="utf-8")
    configuration = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    configuration["global"] = {"evaluation_interval": "1s"}
    configuration["rule_files"] = [str(FOLDER / name) for name in configuration["rule_files"]]
    [job] = configuration["scrape_configs"]
    job["scrape_interval"] = "1s"
    job["authorization"]["credentials_file"] = str(folder / "token")
    job["static_configs"] = [{"targets": [*targets]}]
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(configuration), encoding="utf-8")
    port = closed_port()
    command = [
        "prometheus",
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            prometheus = Prometheus(port)
            wait_until(prometheus.is_ready)
            yield prometheus
        finally:
            process.terminate()
