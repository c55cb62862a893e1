"""deploy/prometheus and deploy/grafana, held to a real Prometheus that scrapes a real service."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
import yaml

from release.project import Project
from sandbox.serving import Sandbox
from server.http.accounts.verifier import new_account
from server.http.leases.failure import Reason
from server.settings import KEYS, URLS
from tests.pages import ROOT, text_of
from tests.process import output
from tests.prometheus import FOLDER, Prometheus, scraping
from tests.redis_server import RedisServer
from tests.redis_server import running as running_redis
from tests.server.http.organisations import client_with
from tests.server.http.served import Process, ask, request
from tests.server.http.test_accounts import FAR
from tests.test_docs import anchors_of
from tools.errors import ToolError

ALERTS = yaml.safe_load(text_of(FOLDER / "alerts.yml"))["groups"][0]["rules"]
CASES = yaml.safe_load(text_of(FOLDER / "alerts.test.yml"))["tests"]
DASHBOARD = json.loads(text_of(ROOT / "deploy/grafana/incident-desk.json"))
RUNBOOK = ROOT / "docs/alerts.md"
SELECTOR = re.compile(r"(\b(?:incident_desk_\w+|up)\b)(\{[^}]*\})?")
"""A metric in an expression, and its matchers."""
LABEL = re.compile(r'(\w+)(=~|!=|=)"([^"]*)"')
TOKEN, ACCOUNT = new_account("prometheus", FAR, [])
NEEDS_PROMETHEUS = pytest.mark.skipif(
    not (shutil.which("prometheus") and shutil.which("redis-server")),
    reason="needs prometheus and redis-server",
)


def panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


EXPRESSIONS = {
    f"{panel['title']}, {target['refId']}": target["expr"]
    for panel in panels()
    for target in panel["targets"]
}


def selectors() -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Each metric of the alerts and the dashboard, with its matchers: label, operator, value."""
    for expression in [*EXPRESSIONS.values(), *(rule["expr"] for rule in ALERTS)]:
        for name, matchers in SELECTOR.findall(expression):
            yield name, LABEL.findall(matchers)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool")
@pytest.mark.slow
def test_each_alert_fires_when_it_should_and_not_before() -> None:
    output("promtool", "check", "rules", "alerts.yml", folder=FOLDER)
    output("promtool", "test", "rules", "alerts.test.yml", folder=FOLDER)


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: str(rule["alert"]))
def test_each_alert_has_a_case_in_which_it_fires_and_one_in_which_nothing_does(
    rule: dict[str, Any],
) -> None:
    mark = f'alertname="{rule["alert"]}"'
    results = [
        [check["exp_samples"] for check in case["promql_expr_test"]]
        for case in CASES
        if mark in json.dumps(case).replace('\\"', '"')
    ]
    assert results
    assert any([] in samples for samples in results)


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: str(rule["alert"]))
def test_each_alert_says_what_is_wrong_and_where_to_read_what_to_do(rule: dict[str, Any]) -> None:
    notes = rule["annotations"]
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert notes["description"]
    assert len(notes["summary"]) < 100
    page, _, anchor = notes["runbook_url"].partition("#")
    assert page == f"{Project.read().repository}/blob/main/{RUNBOOK.relative_to(ROOT)}"
    assert anchor in anchors_of(RUNBOOK)


def test_the_page_about_alerts_has_a_section_for_each_of_them_and_for_no_other() -> None:
    sections = re.findall(r"^### (.*)$", text_of(RUNBOOK), re.MULTILINE)
    assert sections == [rule["alert"] for rule in ALERTS]


def test_the_page_says_what_to_do_for_each_failure_of_redis() -> None:
    section = text_of(RUNBOOK).partition("### IncidentDeskRedisDown")[2].partition("###")[0]
    documented = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert {*documented} == {*Reason}


def test_the_outcomes_in_expressions_are_those_that_there_are() -> None:
    outcomes = {error.code for error in ToolError.__subclasses__()} | {
        "ok",
        "internal",
        "cancelled",
    }
    values = {
        value
        for _, matchers in selectors()
        for label, _, values in matchers
        if label == "outcome"
        for value in values.split("|")
    }
    assert values <= outcomes


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool")
@pytest.mark.parametrize("name", ["prometheus.yml", "kubernetes.yml"])
def test_prometheus_accepts_its_configuration(name: str, tmp_path: Path) -> None:
    configuration = yaml.safe_load(text_of(FOLDER / name))
    [job] = configuration["scrape_configs"]
    job["authorization"]["credentials_file"] = str(tmp_path / "token")
    # Debian builds its Prometheus without Kubernetes.
    job.pop("kubernetes_sd_configs", None)
    (tmp_path / "token").write_text("token", encoding="utf-8")
    shutil.copy(FOLDER / "alerts.yml", tmp_path)
    (tmp_path / name).write_text(yaml.safe_dump(configuration), encoding="utf-8")
    output("promtool", "check", "config", name, folder=tmp_path)


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len({*cells})
    assert max(x for x, _ in cells) < 24
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len({*ids})


def test_each_panel_uses_the_chosen_data_source_and_says_what_it_shows() -> None:
    for panel in panels():
        sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert {source["uid"] for source in sources} == {"${datasource}"}
        assert panel["description"].endswith(".")


@pytest.fixture(scope="module")
def prometheus(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """It has scraped a service that had all kinds of traffic, and whose Redis then failed."""
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "accounts.toml").write_text(ACCOUNT, encoding="utf-8")
    with running_redis(folder) as redis, Process(**environ(sandbox, redis, folder)) as process:
        target = process.url.removeprefix("http://").removesuffix("/mcp")
        with scraping([target], TOKEN, folder) as prometheus:
            prometheus.wait_for("incident_desk_redis_up == 1")
            anyio.run(make_traffic, process)
            redis.kill()
            prometheus.wait_for("incident_desk_redis_up == 0")
            # The last series that the traffic made. `rate` needs two values of each.
            prometheus.wait_for("count_over_time(incident_desk_refused_requests_total[1m]) > 2")
            yield prometheus


def environ(sandbox: Sandbox, redis: RedisServer, folder: Path) -> dict[str, str]:
    """Rootly answers, and incident.io fails."""
    return {
        **dict.fromkeys(KEYS.values(), "key"),
        URLS["rootly"]: sandbox.url("rootly"),
        URLS["incident_io"]: sandbox.url("incident_io", fault="status:503"),
        "INCIDENT_DESK_HTTP_ACCOUNTS_FILE": str(folder / "accounts.toml"),
        "INCIDENT_DESK_REDIS_URL": redis.url(),
        "INCIDENT_DESK_COPIES": "3",
        "INCIDENT_DESK_FRESH_S": "30",
    }


async def make_traffic(process: Process) -> None:
    """Calls that succeed, are shared, fail and are wrong, and requests that are refused."""
    async with client_with(TOKEN, process.port) as client:
        for _ in range(2):
            await client.call_tool("list_incidents", {"page_size": 1})
        await client.call_tool("list_incidents", {"page_size": 0})
        await client.call_tool("list_attachments", {"incident_id": "01ABC"})
    ask(process.port, request(Host="evil.example"))


@pytest.mark.parametrize("name", ["prometheus.yml", "kubernetes.yml"])
def test_prometheus_scrapes_as_often_as_grafana_expects(name: str) -> None:
    """`$__rate_interval` is four times the interval that a data source has, which is 15 s."""
    [job] = yaml.safe_load(text_of(FOLDER / name))["scrape_configs"]
    assert job["scrape_interval"] == "15s"


def for_prometheus(expression: str) -> str:
    """The expression without the variables of Grafana."""
    return expression.replace("$__rate_interval", "1m").replace("$instance", ".*")


@pytest.mark.slow
@NEEDS_PROMETHEUS
def test_each_query_of_the_dashboard_finds_something(prometheus: Prometheus) -> None:
    empty = [
        name
        for name, expression in EXPRESSIONS.items()
        if not prometheus.query(for_prometheus(expression))
    ]
    assert not empty


@pytest.mark.slow
@NEEDS_PROMETHEUS
def test_each_metric_of_the_alerts_exists_with_its_labels(prometheus: Prometheus) -> None:
    for name, matchers in selectors():
        labels = ",".join(f'{label}!=""' for label, _, _ in matchers)
        assert prometheus.query(f"{name}{{{labels}}}"), name


@pytest.mark.slow
@NEEDS_PROMETHEUS
def test_prometheus_evaluates_each_alert_and_notices_what_fails(
    prometheus: Prometheus,
) -> None:
    for name in ("IncidentDeskVendorFails", "IncidentDeskRedisDown"):
        prometheus.wait_for(f'ALERTS{{alertname="{name}"}}')
    assert {rule["health"] for rule in prometheus.rules()} == {"ok"}
    summaries = [alert["annotations"]["summary"] for alert in prometheus.alerts()]
    assert "100% of the requests to incident_io fail." in summaries
    assert "Copies of Incident Desk without an answer from Redis: 1." in summaries
