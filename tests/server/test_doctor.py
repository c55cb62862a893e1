"""`incident-desk doctor` finds each fault of an installation and of its way to the vendors.

The ways are real: the sandbox, TLS servers and proxies, all on loopback.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from sandbox.serving import VENDORS, Sandbox, serve
from server.commands.doctor.environment import WITHOUT_EFFECT
from server.network_variables import CERTIFICATES
from server.settings import KEYS, URLS
from tests.authority import Authority
from tests.connect_proxy import refusing, tunnelling
from tests.pages import between
from tests.redis_server import RedisServer, running
from tests.server.shell import run
from tests.server.terminal import ESCAPE, terminal
from tests.tcp_server import Treatment, after_request, at_once, closed_port, serving

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + b'{"data":[]}'
KEY = "rootly_7f3a9be0c4d85126"
SCRIPTS = Path(sys.executable).parent


@pytest.fixture(autouse=True)
def environ(no_settings: None, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without our variables, proxies and certificates."""
    for name in [*os.environ]:
        if name.lower().endswith("_proxy") or name in (*CERTIFICATES, *WITHOUT_EFFECT):
            monkeypatch.delenv(name)
    return monkeypatch


@pytest.fixture(scope="module")
def emulation() -> Iterator[Sandbox]:
    """The sandbox, with clocks that go on."""
    with serve() as sandbox:
        yield sandbox


@pytest.fixture
def vendors(emulation: Sandbox, environ: pytest.MonkeyPatch) -> Sandbox:
    """Both vendors, with keys."""
    for vendor in VENDORS:
        environ.setenv(KEYS[vendor], KEY)
        environ.setenv(URLS[vendor], emulation.url(vendor))
    return emulation


def findings(
    capsys: pytest.CaptureFixture[str], topic: str, *options: str
) -> tuple[int, list[dict[str, str]]]:
    """The exit code of `doctor`, and its findings about *topic*."""
    code, out, err = run(capsys, "doctor", "--json", *options)
    assert err == ""
    assert KEY not in out
    document = json.loads(out)
    assert document["ok"] is (code == 0)
    return code, [finding for finding in document["findings"] if finding["topic"] == topic]


def problem(capsys: pytest.CaptureFixture[str], topic: str) -> dict[str, str]:
    """The one problem, which is about *topic*."""
    code, rows = findings(capsys, topic)
    [problem] = [finding for finding in rows if finding["status"] == "problem"]
    assert code == 1
    return problem


def texts(rows: list[dict[str, str]], status: str) -> str:
    return " ".join(one["text"] for one in rows if one["status"] == status)


def test_all_is_well_with_both_vendors(
    vendors: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    for topic in ("Rootly", "incident.io"):
        code, rows = findings(capsys, topic)
        assert code == 0
        assert {finding["status"] for finding in rows} == {"ok"}
        text = texts(rows, "ok")
        for expected in ("answered in", "without a proxy", "Its clock agrees", "accepts the key"):
            assert expected in text
    assert "has the scope incidents.view" in text


def test_one_vendor_is_enough(
    vendors: Sandbox, environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ.delenv("INCIDENT_IO_API_KEY")
    code, [finding] = findings(capsys, "incident.io")
    assert code == 0
    assert finding == {
        "topic": "incident.io",
        "status": "skipped",
        "text": "Not asked, because INCIDENT_IO_API_KEY is not set.",
    }


def test_the_sandbox_needs_no_keys(
    environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ.setenv("ROOTLY_API_TOKEN", KEY)
    code, rows = findings(capsys, "Rootly", "--sandbox")
    assert code == 0
    assert "its answers are made up" in texts(rows, "ok")


def test_no_key_is_a_problem(capsys: pytest.CaptureFixture[str]) -> None:
    assert "No key is set" in problem(capsys, "Settings")["text"]


def test_wrong_settings_are_problems_and_misspelt_ones_warnings(
    vendors: Sandbox, environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ.setenv("INCIDENT_DESK_TIMEOUT_S", "soon")
    environ.setenv("INCIDENT_DESK_LOGLEVEL", "debug")
    environ.setenv("ROOTLY_API_TOKEN", '"quoted-secret"')
    code, rows = findings(capsys, "Settings")
    assert code == 1
    assert "INCIDENT_DESK_TIMEOUT_S takes a number" in texts(rows, "problem")
    assert "ROOTLY_API_TOKEN has quotation marks" in texts(rows, "problem")
    assert "Did you mean INCIDENT_DESK_LOG_LEVEL?" in texts(rows, "warning")
    assert "quoted-secret" not in str(rows)
    _, [skipped] = findings(capsys, "incident.io")
    assert skipped["text"] == "Not asked, because settings are wrong."


def test_wrong_settings_of_the_service_are_problems(
    vendors: Sandbox, environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ.setenv("INCIDENT_DESK_HTTP_HOST", "0.0.0.0")
    environ.setenv("INCIDENT_DESK_HTTP_PORT", "none")
    code, rows = findings(capsys, "Settings")
    assert code == 1
    assert "incident-desk http does not start: Other machines can reach" in texts(rows, "problem")
    assert "INCIDENT_DESK_HTTP_PORT takes a number" in texts(rows, "problem")


def only_rootly(environ: pytest.MonkeyPatch, url: str) -> None:
    environ.setenv("ROOTLY_API_TOKEN", KEY)
    environ.setenv("ROOTLY_API_URL", url)


def test_a_name_that_does_not_resolve(
    environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    only_rootly(environ, "https://vendor.invalid")
    finding = problem(capsys, "Rootly")
    assert "vendor.invalid cannot be found: its name does not resolve" in finding["text"]
    assert "ROOTLY_API_URL" in finding["advice"]


@pytest.mark.slow
def test_name_servers_that_do_not_answer(
    environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    is_over = Event()
    environ.setattr(socket, "getaddrinfo", lambda *_, **__: is_over.wait() and [])
    only_rootly(environ, "https://vendor.invalid")
    environ.setenv("INCIDENT_DESK_TIMEOUT_S", "4")
    finding = problem(capsys, "Rootly")
    is_over.set()
    assert "the name vendor.invalid does not resolve in time" in finding["text"]
    assert "DNS" in finding["advice"]


def test_a_refused_connection(
    environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    only_rootly(environ, f"https://127.0.0.1:{closed_port()}")
    assert "refuses connections" in problem(capsys, "Rootly")["text"]


def test_an_untrusted_certificate(
    tmp_path: Path, environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    authority = Authority(tmp_path)
    environ.setenv("REQUESTS_CA_BUNDLE", str(authority.certificate))
    with serving(after_request(ANSWER), authority.server()) as server:
        only_rootly(environ, f"https://127.0.0.1:{server.port}")
        finding = problem(capsys, "Rootly")
        assert "is not trusted" in finding["text"]
        assert "set SSL_CERT_FILE to a PEM file" in finding["advice"]
        assert "REQUESTS_CA_BUNDLE is set, but has no effect here" in finding["advice"]
        environ.setenv("SSL_CERT_FILE", str(authority.certificate))
        code, rows = findings(capsys, "Rootly")
    assert code == 0
    assert "certificate is trusted (issued by Test authority, TLSv1" in texts(rows, "ok")


@pytest.mark.parametrize(
    ("variable", "advice"),
    [
        ("SSL_CERT_FILE", "SSL_CERT_FILE does not have the authority of this certificate."),
        ("SSL_CERT_DIR", "was not prepared with `openssl rehash`."),
    ],
)
def test_an_untrusted_certificate_although_authorities_are_set(
    tmp_path: Path,
    environ: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    advice: str,
) -> None:
    folders = [tmp_path / "theirs", tmp_path / "ours"]
    for folder in folders:
        folder.mkdir()
    theirs, ours = map(Authority, folders)
    value = theirs.certificate if variable == "SSL_CERT_FILE" else folders[1]
    environ.setenv(variable, str(value))
    with serving(after_request(ANSWER), ours.server()) as server:
        only_rootly(environ, f"https://127.0.0.1:{server.port}")
        finding = problem(capsys, "Rootly")
    assert "is not trusted" in finding["text"]
    assert advice in finding["advice"]
    assert str(tmp_path) not in str(finding)


@pytest.mark.parametrize(
    ("proxy", "url", "reason"),
    [
        (refusing("403 Forbidden"), "", "does not allow a connection to vendor.invalid"),
        (refusing("502 Bad Gateway"), "", "could not connect to vendor.invalid"),
        (tunnelling("someone:hunter2"), "", "requires authentication (407)"),
        (tunnelling("someone:hunter2"), "someone:hunter3@", "requires authentication (407)"),
        (at_once(b""), "", "closed the connection without an answer"),
    ],
    ids=["forbids", "fails", "wants a password", "wants another password", "closes"],
)
def test_a_proxy_that_does_not_let_requests_pass(
    environ: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    proxy: Treatment,
    url: str,
    reason: str,
) -> None:
    with serving(proxy) as server:
        environ.setenv("HTTPS_PROXY", f"http://{url}127.0.0.1:{server.port}")
        only_rootly(environ, "https://vendor.invalid")
        finding = problem(capsys, "Rootly")
    assert f"the proxy in HTTPS_PROXY {reason}" in finding["text"]
    assert "hunter" not in str(finding)


def test_a_proxy_that_cannot_be_reached(
    environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port()}")
    only_rootly(environ, "https://vendor.invalid")
    assert "the proxy in HTTPS_PROXY refuses connections" in problem(capsys, "Rootly")["text"]
    environ.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1080")
    assert "HTTPS_PROXY is not a proxy for HTTP" in problem(capsys, "Settings")["text"]


def test_a_proxy_that_works_is_named(
    tmp_path: Path, environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    authority = Authority(tmp_path)
    environ.setenv("SSL_CERT_FILE", str(authority.certificate))
    vendor = serving(after_request(ANSWER), authority.server())
    with vendor as server, serving(tunnelling("someone:hunter2")) as proxy:
        environ.setenv("HTTPS_PROXY", f"http://someone:hunter2@127.0.0.1:{proxy.port}")
        only_rootly(environ, f"https://127.0.0.1:{server.port}")
        code, rows = findings(capsys, "Rootly")
    assert (code, "through the proxy in HTTPS_PROXY" in texts(rows, "ok")) == (0, True)
    assert "hunter2" not in str(rows)


@pytest.mark.parametrize(
    ("vendor", "options", "text", "advice"),
    [
        ("rootly", {"fault": "status:401"}, "Rootly does not accept ROOTLY_API_TOKEN.", "API Keys"),
        (
            "incident_io",
            {"fault": "status:401"},
            "incident.io does not accept INCIDENT_IO_API_KEY.",
            "Put a valid key into INCIDENT_IO_API_KEY, from incident.io → Settings → API keys",
        ),
        ("rootly", {"key": "team"}, "A team key never sees incidents", "a global or personal key"),
        (
            "incident_io",
            {"scope": "incidents.view"},
            "INCIDENT_IO_API_KEY lacks the scope attachments.view",
            "a key with the scope attachments.view",
        ),
        ("rootly", {"fault": "html"}, "answered in a shape that it does not", "a login page"),
        ("rootly", {"fault": "error-in-success"}, "answered an error", "ROOTLY_API_URL"),
        ("rootly", {"fault": "status:422"}, "Rootly refused this (422).", "ROOTLY_API_URL"),
        ("rootly", {"fault": "status:503"}, "Rootly failed (503).", "Try again later."),
        ("rootly", {"fault": "429:none"}, "rate limit is reached", "Other programs may use"),
        ("rootly", {"fault": "redirect:302"}, "answered with status 302", "a login page"),
        ("rootly", {"fault": "truncated"}, "broke off its answer", "Try again."),
        ("rootly", {"fault": "oversized"}, "answer is longer than 16 MB", "ROOTLY_API_URL"),
    ],
    ids=lambda value: "=".join(*value.items()) if isinstance(value, dict) else "",
)
def test_a_vendor_that_refuses_or_fails(
    vendors: Sandbox,
    environ: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    vendor: str,
    options: dict[str, str],
    text: str,
    advice: str,
) -> None:
    environ.setenv(URLS[vendor], vendors.url(vendor, **options))
    finding = problem(capsys, {"rootly": "Rootly", "incident_io": "incident.io"}[vendor])
    assert text in finding["text"]
    assert advice in finding["advice"]


QUESTIONS = {
    "rootly": ("list_incidents", "page_size=1"),
    "incident_io": ("list_attachments", "resource_type=jira_issue", "external_id=OPS-1"),
}


@pytest.mark.parametrize(
    "fault",
    [
        *("status:401", "status:403", "status:404", "status:415", "status:204", "redirect:302"),
        *("html", "malformed", "cut", "empty", "oversized", "gzip-bomb", "partial"),
        *("root:[]", "root:null", "root:{}", "root:17", "missing-rows"),
        *("error-in-success", "error-with-rows", "content-type", "numeric-ids", "nulls"),
    ],
)
@pytest.mark.parametrize("vendor", QUESTIONS)
def test_it_finds_a_problem_if_and_only_if_a_call_fails(
    vendors: Sandbox,
    environ: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    vendor: str,
    fault: str,
) -> None:
    environ.setenv(URLS[vendor], vendors.url(vendor, fault=fault))
    code, _ = findings(capsys, "Settings")
    call_code, out, _ = run(capsys, "call", *QUESTIONS[vendor])
    assert code == call_code, out


def respond(head: str, body: bytes = b'{"data":[]}') -> Treatment:
    return after_request(f"HTTP/1.1 {head}\r\nConnection: close\r\n\r\n".encode() + body)


@pytest.mark.parametrize(
    ("treat", "text"),
    [
        (respond("200 OK\r\nContent-Encoding: br"), "Rootly's answer is not readable."),
        (respond("200 OK\r\nContent-Encoding: gzip"), "Rootly's answer is not readable."),
        (respond("200 OK", b'{"incidents":[]}'), "a shape that it does not document"),
        (respond("401 No\r\nContent-Length: 99"), "Rootly does not accept ROOTLY_API_TOKEN."),
    ],
    ids=["unknown encoding", "wrong encoding", "another API", "refusal that breaks off"],
)
def test_its_words_are_those_of_a_call(
    environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], treat: Treatment, text: str
) -> None:
    with serving(treat) as server:
        only_rootly(environ, f"http://127.0.0.1:{server.port}")
        finding = problem(capsys, "Rootly")
        _, out, _ = run(capsys, "call", "list_incidents")
    assert text in finding["text"]
    assert text in out


def test_a_missing_scope_that_only_some_arguments_need_is_a_warning(
    vendors: Sandbox, environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = vendors.url("incident_io", scope="attachments.view")
    environ.setenv("INCIDENT_IO_API_URL", url)
    code, rows = findings(capsys, "incident.io")
    assert code == 0
    assert "lacks the scope incidents.view" in texts(rows, "warning")


@pytest.mark.parametrize(
    ("ahead", "text"),
    [
        ("600", "The clock of this machine is 10 min behind Rootly's."),
        ("-10800", "The clock of this machine is 3 h ahead of Rootly's."),
        ("864000", "The clock of this machine is 10 days behind Rootly's."),
        ("50", ""),
        ("-50", ""),
    ],
)
def test_a_clock_that_is_wrong_is_a_warning(
    vendors: Sandbox,
    environ: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ahead: str,
    text: str,
) -> None:
    environ.setenv("ROOTLY_API_URL", vendors.url("rootly", clock=ahead))
    code, rows = findings(capsys, "Rootly")
    assert (code, texts(rows, "warning")) == (0, text)


@pytest.mark.parametrize("options", [[], ["--facts"]])
@pytest.mark.parametrize(
    "date",
    ["Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "tomorrow"],
)
def test_a_date_that_no_clock_shows_counts_as_none(
    environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], date: str, options: list[str]
) -> None:
    with serving(respond(f"200 OK\r\nDate: {date}")) as server:
        only_rootly(environ, f"http://127.0.0.1:{server.port}")
        code, out, _ = run(capsys, "doctor", *options)
    assert code == 0
    assert "The clock of this machine is" not in out


@pytest.mark.slow
def test_a_vendor_that_does_not_answer_in_time(
    vendors: Sandbox, environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ.setenv("ROOTLY_API_URL", vendors.url("rootly", fault="delay:30"))
    environ.setenv("INCIDENT_DESK_TIMEOUT_S", "1")
    assert problem(capsys, "Rootly")["text"] == "Rootly did not answer within 1 s."


@pytest.mark.slow
def test_a_slow_vendor_is_a_warning(
    vendors: Sandbox, environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ.setenv("ROOTLY_API_URL", vendors.url("rootly", fault="delay:6"))
    code, rows = findings(capsys, "Rootly")
    assert (code, "It is slow" in texts(rows, "warning")) == (0, True)


def test_the_command_on_path_is_compared_with_this_installation(
    vendors: Sandbox,
    environ: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environ.setenv("HOME", str(tmp_path))
    environ.setenv("PATH", str(tmp_path / "bin"))
    _, rows = findings(capsys, "Installation")
    assert "is not on PATH" in texts(rows, "warning")
    other = tmp_path / "bin/incident-desk"
    other.parent.mkdir()
    other.touch(mode=0o755)
    _, rows = findings(capsys, "Installation")
    assert "is another installation: ~/bin/incident-desk" in texts(rows, "warning")
    other.unlink()
    other.symlink_to(SCRIPTS / "incident-desk")
    _, rows = findings(capsys, "Installation")
    assert "on PATH is this installation" in texts(rows, "ok")


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize("fault", ["canary", "status:422", "status:403", "wrong-types"])
def test_nothing_secret_or_personal_is_printed(
    vendors: Sandbox,
    environ: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    fault: str,
    options: list[str],
) -> None:
    canary = "canary4711"
    home = tmp_path / canary
    home.mkdir()
    environ.setenv("HOME", str(home))
    environ.setenv("PATH", str(home))
    (home / "incident-desk").touch(mode=0o755)
    environ.setenv("INCIDENT_DESK_LOG_LEVEL", "debug")
    for name in (*KEYS.values(), "USER", "LOGNAME", "ROOTLY_TOKEN", "INCIDENT_DESK_NONSENSE"):
        environ.setenv(name, canary)
    environ.setenv("HTTPS_PROXY", f"http://{canary}:{canary}@127.0.0.1:{closed_port()}")
    environ.setenv("ROOTLY_API_URL", vendors.url("rootly", fault=fault))
    environ.setenv("INCIDENT_IO_API_URL", f"https://127.0.0.1:1/{canary}")
    _, out, err = run(capsys, "doctor", *options)
    assert "refuses connections" in out
    assert canary not in out + err


def run_the_script_of_the_page(folder: Path, entry: object) -> subprocess.CompletedProcess[str]:
    """Run it for a configuration with *entry*."""
    script = between("<!-- doctor: host -->\n```sh\n", "```\n<!-- /doctor -->")
    config = folder / "claude_desktop_config.json"
    config.write_text(json.dumps({"mcpServers": {"incident-desk": entry}}), encoding="utf-8")
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_page_runs_it_with_the_environment_of_a_host(vendors: Sandbox, tmp_path: Path) -> None:
    entry = {
        "command": str(SCRIPTS / "incident-desk"),
        "env": {
            "ROOTLY_API_TOKEN": KEY,
            "ROOTLY_API_URL": vendors.url("rootly"),
            "INCIDENT_IO_API_KEY": "${INCIDENT_IO_API_KEY}",
        },
    }
    done = run_the_script_of_the_page(tmp_path, entry)
    assert (done.returncode, done.stderr) == (0, "")
    assert "INCIDENT_IO_API_KEY has a placeholder that was not replaced" in done.stdout
    assert "It accepts the key" in done.stdout


@pytest.mark.slow
def test_the_page_runs_it_with_the_arguments_of_the_entry(tmp_path: Path) -> None:
    entry = {"command": sys.executable, "args": [str(SCRIPTS / "incident-desk"), "--sandbox"]}
    done = run_the_script_of_the_page(tmp_path, entry)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The sandbox takes the place of the vendors" in done.stdout


def test_a_person_reads_a_list_with_colours_only_in_a_terminal(
    vendors: Sandbox, environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ.setenv("ROOTLY_API_URL", vendors.url("rootly", fault="status:401"))
    code, out, _ = run(capsys, "doctor")
    assert code == 1
    assert "\nRootly\n  ok       127.0.0.1:" in out
    assert (
        "\n  problem  Rootly does not accept ROOTLY_API_TOKEN.\n           Put a valid key" in out
    )
    assert out.endswith("\n1 problem: this installation cannot fully work here.\n")
    assert not ESCAPE.search(out)
    with terminal("doctor", columns=200, variables=dict(os.environ)) as screen:
        text = screen.read()
    assert screen.process.returncode == 1
    assert ESCAPE.search(text)
    assert "Rootly does not accept ROOTLY_API_TOKEN." in text


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    with running(tmp_path, password="hunter2") as server:
        yield server


def test_the_shared_redis_is_tried_out(
    redis_server: RedisServer,
    vendors: Sandbox,
    environ: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environ.setenv("INCIDENT_DESK_REDIS_URL", redis_server.url())
    environ.setenv("INCIDENT_DESK_COPIES", "3")
    code, [finding] = findings(capsys, "Redis")
    assert (code, finding["status"]) == (0, "ok")
    assert "runs the script of the shared budget" in finding["text"]


def test_a_redis_that_refuses_the_password_is_a_problem(
    redis_server: RedisServer,
    vendors: Sandbox,
    environ: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environ.setenv("INCIDENT_DESK_REDIS_URL", redis_server.url().replace("hunter2", "hunter3"))
    environ.setenv("INCIDENT_DESK_COPIES", "3")
    finding = problem(capsys, "Redis")
    assert "refuses the user, the password or the command (WRONGPASS)" in finding["text"]
    assert "hunter" not in json.dumps(finding)


def test_a_url_of_redis_with_which_the_service_does_not_start_is_a_problem(
    vendors: Sandbox, environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ.setenv("INCIDENT_DESK_REDIS_URL", "redis://:hunter2@127.0.0.1:port")
    environ.setenv("INCIDENT_DESK_COPIES", "3")
    finding = problem(capsys, "Redis")
    assert "does not start with it" in finding["text"]
    assert "hunter" not in json.dumps(finding)


def test_a_redis_without_the_number_of_copies_is_a_wrong_setting(
    vendors: Sandbox, environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ.setenv("INCIDENT_DESK_REDIS_URL", "redis://127.0.0.1:6379")
    assert "INCIDENT_DESK_COPIES is not set" in problem(capsys, "Settings")["text"]
    assert findings(capsys, "Redis")[1] == []
