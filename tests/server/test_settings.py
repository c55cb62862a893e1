"""The environment, read once and checked."""

import os
import ssl
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from server.reading import Reading
from server.setting_names import HTTP_NAMES, KEY_FILES, SHARED_NAMES
from server.settings import KEYS, URLS, Settings, SettingsError
from tests.pages import ROOT
from tests.process import output
from tools.catalogue import TOOLS


def test_nothing_set_is_fine() -> None:
    settings = Settings.read({})
    assert (dict(settings.keys), dict(settings.urls), settings.sandbox) == ({}, {}, False)
    assert (settings.limits.timeout_s, settings.limits.max_result_chars, settings.log_level) == (
        50,
        39_900,
        "warning",
    )


def test_every_vendor_has_its_variables() -> None:
    assert {tool.vendor.name for tool in TOOLS} == KEYS.keys() == URLS.keys()
    keys = {variable: f"key-of-{vendor}" for vendor, variable in KEYS.items()}
    assert {*Settings.read(keys).keys.values()} == {*keys.values()}


def test_values_are_read() -> None:
    settings = Settings.read(
        {
            "ROOTLY_API_TOKEN": " rootly_abc ",
            "INCIDENT_IO_API_URL": "http://127.0.0.1:8089/incident_io/",
            "INCIDENT_IO_EXTRA_RESOURCE_TYPES": "figma_file, notion_page",
            "INCIDENT_DESK_TIMEOUT_S": "12.5",
            "INCIDENT_DESK_MAX_RESULT_CHARS": "12000",
            "INCIDENT_DESK_LOG_LEVEL": "INFO",
        }
    )
    assert settings.keys == {"rootly": "rootly_abc"}
    assert settings.urls == {"incident_io": "http://127.0.0.1:8089/incident_io"}
    assert settings.extra_values == {
        "INCIDENT_IO_EXTRA_RESOURCE_TYPES": ("figma_file", "notion_page")
    }
    assert (settings.limits.timeout_s, settings.limits.max_result_chars, settings.log_level) == (
        12.5,
        12_000,
        "info",
    )


def test_a_key_can_be_in_a_file(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("from-a-file\n", encoding="utf-8")
    assert Settings.read({"ROOTLY_API_TOKEN_FILE": str(key)}).keys == {"rootly": "from-a-file"}


def test_a_file_of_a_windows_editor_is_read(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"\xef\xbb\xbffrom-a-file\r\n")
    assert Settings.read({"ROOTLY_API_TOKEN_FILE": str(key)}).keys == {"rootly": "from-a-file"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is empty: put the key into it"),
        ('"secret"', "quotation marks around"),
        ("Bearer secret", "give only the key"),
        ("secret\nsecret", "white space"),
        ("\0", "white space"),
        ("x" * 20_000, "too long for a key"),
    ],
)
def test_a_key_in_a_file_is_checked_like_one_in_a_variable(
    tmp_path: Path, content: str, problem: str
) -> None:
    key = tmp_path / "key"
    key.write_text(content, encoding="utf-8")
    expected = f"ROOTLY_API_TOKEN_FILE names a file that .*{problem}"
    with pytest.raises(SettingsError, match=expected) as raised:
        Settings.read({"ROOTLY_API_TOKEN_FILE": str(key)})
    assert "secret" not in str(raised.value)


def test_no_key_is_in_a_repr() -> None:
    assert "sesame" not in repr(Settings.read({"ROOTLY_API_TOKEN": "sesame"}))


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com",
        "https://api.example.com:8443/rootly",
        "HTTPS://API.example.com/v1/@me",
        "https://gateway.example.com/v1/rootly",
        "http://127.0.0.1:8089/rootly;cursor=off",
        "http://127.1.2.3",
        "http://LOCALHOST:1",
        "http://[::1]:8089/rootly",
    ],
)
def test_a_base_url_is_read(url: str) -> None:
    assert Settings.read({"ROOTLY_API_URL": f" {url}/ "}).urls == {"rootly": url}


@pytest.mark.parametrize(
    "url",
    [
        "api.example.com",
        "https:api.example.com",
        "https://",
        "https:///incidents",
        "https://api.example.com:99999",
        "https://api.example.com:port",
        "https://api.example.com?team=1",
        "https://api.example.com?",
        "https://api.example.com#top",
        "https://api.example.com/a b",
        "https://api.exa\tmple.com",
        "https://key@api.example.com",
        "https://[::1",
        "https://api.example.com\uff03top",
    ],
)
def test_what_is_not_a_base_url_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="ROOTLY_API_URL is not a valid base URL"):
        Settings.read({"ROOTLY_API_URL": url})


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({"ROOTLY_API_TOKEN": "a", "ROOTLY_API_TOKEN_FILE": "/b"}, "both set"),
        ({"ROOTLY_API_TOKEN_FILE": "/nowhere/at/all"}, "cannot be read"),
        ({"ROOTLY_API_TOKEN_FILE": "/dev/zero"}, "too long for a key"),
        ({"ROOTLY_API_TOKEN_FILE": "/"}, r"cannot be read \(IsADirectoryError\): check the path"),
        ({"ROOTLY_API_TOKEN": "two words"}, "white space"),
        ({"ROOTLY_API_TOKEN": "Bearer secret"}, "begins like a header"),
        ({"ROOTLY_API_TOKEN": "bearer:secret"}, "give only the key"),
        ({"ROOTLY_API_TOKEN": "Authorization: Bearer secret"}, "give only the key"),
        ({"ROOTLY_API_TOKEN": "rootly_${SECRET}"}, "a placeholder that was not replaced"),
        ({"ROOTLY_API_TOKEN": '"secret"'}, "quotation marks around"),
        ({"ROOTLY_API_TOKEN": "'secret'"}, "quotation marks around"),
        ({"ROOTLY_API_TOKEN": "“secret”"}, "quotation marks around"),
        ({"ROOTLY_API_TOKEN": "secret'"}, "quotation marks around"),
        ({"ROOTLY_API_TOKEN_FILE": '"/run/key"'}, "quotation marks around"),
        ({"ROOTLY_API_URL": '"https://api.example.com"'}, "quotation marks around"),
        ({"ROOTLY_API_URL": "https://${HOST}/rootly"}, "a placeholder that was not replaced"),
        ({"ROOTLY_API_URL": "https://api.rootly.com/v1"}, "ends with /v1, which"),
        ({"ROOTLY_API_URL": "https://api.rootly.com/v1/"}, "ends with /v1, which"),
        ({"ROOTLY_API_URL": "https://api.rootly.com/v1/incidents"}, "ends with /v1/incidents, "),
        ({"INCIDENT_IO_API_URL": "https://api.incident.io/v2"}, "ends with /v2, which"),
        (
            {"INCIDENT_IO_API_URL": "https://api.incident.io/v1/incident_attachments"},
            "ends with /v1/incident_attachments, ",
        ),
        ({"INCIDENT_DESK_TIMEOUT_S": "'50'"}, "quotation marks around"),
        ({"ROOTLY_API_URL": "http://api.example.com"}, "not https"),
        ({"ROOTLY_API_URL": "ftp://api.example.com"}, "not a valid base URL"),
        ({"ROOTLY_API_URL": "https://user:secret@api.example.com"}, "not a valid base URL"),
        ({"ROOTLY_API_URL": "http://127.0.0.1.example.com"}, "not https"),
        ({"INCIDENT_IO_EXTRA_RESOURCE_TYPES": "Figma File"}, "snake_case"),
        ({"INCIDENT_DESK_TIMEOUT_S": "soon"}, "a number from 1"),
        ({"INCIDENT_DESK_TIMEOUT_S": "nan"}, "a number from 1"),
        ({"INCIDENT_DESK_MAX_RESULT_CHARS": "10"}, "a number from 10,000"),
        ({"INCIDENT_DESK_LOG_LEVEL": "loud"}, "takes one of debug"),
        ({"INCIDENT_DESK_SANDBOX": "maybe"}, "takes 1 or 0"),
        ({"INCIDENT_DESK_SANDBOX": "1", "ROOTLY_API_TOKEN": "a"}, "do not mix"),
    ],
)
def test_a_mistake_is_reported_by_name(environ: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError, match=problem) as raised:
        Settings.read(environ)
    assert next(iter(environ)).removesuffix("_FILE") in str(raised.value)
    assert "secret" not in str(raised.value)


def test_all_mistakes_are_reported_together() -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.read(
            {"INCIDENT_DESK_TIMEOUT_S": "x", "INCIDENT_DESK_LOG_LEVEL": "y", "ROOTLY_API_URL": "z"}
        )
    assert len(str(raised.value).splitlines()) == 3


def test_the_command_lines_sandbox_ignores_keys() -> None:
    settings = Settings.read(
        {"ROOTLY_API_TOKEN": "a", "ROOTLY_API_URL": "https://x.example.com"}, sandbox=True
    )
    assert (dict(settings.keys), dict(settings.urls), settings.sandbox) == ({}, {}, True)


PLACEHOLDERS = [
    "${ROOTLY_API_TOKEN}",
    "${user_config.rootly}",
    "${env:ROOTLY_API_TOKEN}",
    "${input:rootly}",
    "${ROOTLY_API_TOKEN:-}",
    "$ROOTLY_API_TOKEN",
    "$env:ROOTLY_API_TOKEN",
    "$(cat key)",
    "%ROOTLY_API_TOKEN%",
    "{env:ROOTLY_API_TOKEN}",
    "{{rootly}}",
]


@pytest.mark.parametrize("value", PLACEHOLDERS)
@pytest.mark.parametrize("name", sorted({*SHARED_NAMES, *KEY_FILES.values()}))
def test_a_placeholder_that_the_host_left_counts_as_not_set(name: str, value: str) -> None:
    settings = Settings.read({name: f" {value} "})
    [warning] = settings.warnings
    assert warning.startswith(f"{name} has a placeholder that was not replaced")
    assert replace(settings, warnings=()) == Settings.read({})


@pytest.mark.parametrize("name", SHARED_NAMES)
def test_an_empty_value_counts_as_not_set(name: str) -> None:
    settings = Settings.read({name: "  "})
    assert replace(settings, warnings=()) == Settings.read({})
    is_key = name in KEYS.values()
    assert settings.warnings == ((f"{name} is empty, so it counts as not set.",) if is_key else ())


def test_one_empty_key_beside_another_is_no_warning() -> None:
    assert not Settings.read({"ROOTLY_API_TOKEN": "a", "INCIDENT_IO_API_KEY": ""}).warnings


def test_a_placeholder_beside_a_file_leaves_the_file(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("from-a-file", encoding="utf-8")
    environ = {"ROOTLY_API_TOKEN": "${ROOTLY_API_TOKEN}", "ROOTLY_API_TOKEN_FILE": str(key)}
    assert Settings.read(environ).keys == {"rootly": "from-a-file"}


@pytest.mark.parametrize("value", ["your-rootly-api-token", "YOUR_TOKEN", "<token>", "rootly_…"])
def test_the_placeholder_of_an_example_counts_as_not_set(value: str) -> None:
    settings = Settings.read({"ROOTLY_API_TOKEN": value, "INCIDENT_IO_API_KEY": "a-key"})
    assert settings.keys == {"incident_io": "a-key"}
    [warning] = settings.warnings
    assert warning.startswith("ROOTLY_API_TOKEN still has the example's placeholder")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("INCIDENT_DESK_TIMEOUT", "INCIDENT_DESK_TIMEOUT_S"),
        ("INCIDENT_DESK_LOGLEVEL", "INCIDENT_DESK_LOG_LEVEL"),
        ("incident_desk_log_level", "INCIDENT_DESK_LOG_LEVEL"),
        ("INCIDENTDESK_SANDBOX", "INCIDENT_DESK_SANDBOX"),
        ("INCIDENT_DESK_HTTP_ACCOUNT_FILE", "INCIDENT_DESK_HTTP_ACCOUNTS_FILE"),
        ("ROOTLY_TOKEN", "ROOTLY_API_TOKEN"),
        ("ROOTLY_API_KEY", "ROOTLY_API_TOKEN"),
        ("ROOTLY_KEY", "ROOTLY_API_TOKEN"),
        ("ROOTLY_API_TOKN", "ROOTLY_API_TOKEN"),
        ("ROOTLY_API_KEY_FILE", "ROOTLY_API_TOKEN_FILE"),
        ("ROOTLY_BASE_URL", "ROOTLY_API_URL"),
        ("INCIDENT_IO_API_TOKEN", "INCIDENT_IO_API_KEY"),
        ("INCIDENT_IO_TOKEN", "INCIDENT_IO_API_KEY"),
        ("INCIDENT_DESK_ROOTLY_API_TOKEN", "ROOTLY_API_TOKEN"),
        ("INCIDENTIO_API_KEY", "INCIDENT_IO_API_KEY"),
        ("INCIDENTIO_BASE_URL", "INCIDENT_IO_API_URL"),
    ],
)
def test_a_misspelt_name_is_a_warning_with_the_nearest_name(name: str, meant: str) -> None:
    settings = Settings.read({name: "sesame"})
    assert settings.warnings == (
        f"{name} is not a setting, and has no effect. Did you mean {meant}?",
    )


def test_a_name_of_ours_that_is_like_no_setting_is_a_warning() -> None:
    [warning] = Settings.read({"INCIDENT_DESK_COLOUR": "blue"}).warnings
    assert "INCIDENT_DESK_COLOUR is not a setting" in warning
    assert "Did you mean" not in warning


@pytest.mark.parametrize(
    "environ",
    [
        {"ROOTLY_API_TOKEN": "a", "ROOTLY_API_KEY": "of another program"},
        {"ROOTLY_API_TOKEN_FILE": __file__, "ROOTLY_TOKEN": "of another program"},
        {"ROOTLY_TEAM": "platform", "INCIDENT_ID": "17", "INCIDENT_IO_ORGANISATION": "x"},
        {"ROOT": "/", "INCLUDE": "x", "INCIDENT_DESK_\udcff": "x", "INCIDENT_DESK_A B": "x"},
        dict.fromkeys(HTTP_NAMES, "1"),
        {"INCIDENT_TOKEN": "x", "INCIDENT_BOT_TOKEN": "x", "INCIDENT_DESK": "x"},
        {"INCIDENT_IO_API_VERSION": "2", "ROOTLY_API_VERSION": "1"},
        {
            "INCIDENT_DESK_SERVICE_HOST": "10.0.0.7",
            "INCIDENT_DESK_SERVICE_PORT": "80",
            "INCIDENT_DESK_SERVICE_PORT_MCP": "80",
            "INCIDENT_DESK_PORT": "tcp://10.0.0.7:80",
            "INCIDENT_DESK_PORT_80_TCP": "tcp://10.0.0.7:80",
            "INCIDENT_DESK_PORT_80_TCP_ADDR": "10.0.0.7",
        },
    ],
    ids=[
        "other program",
        "file",
        "not alike",
        "not ours",
        "http",
        "other tokens",
        "other versions",
        "kubernetes",
    ],
)
def test_variables_of_other_programs_and_commands_are_no_warning(environ: dict[str, str]) -> None:
    assert not Settings.read(environ, keep_problems=True).warnings


def test_a_port_is_misspelt_where_kubernetes_has_no_service_of_that_name() -> None:
    [warning] = Settings.read({"INCIDENT_DESK_PORT": "8080"}).warnings
    assert "Did you mean INCIDENT_DESK_HTTP_PORT?" in warning


def test_the_token_of_hosts_is_never_suggested() -> None:
    """The server does not read it."""
    [warning] = Settings.read({"INCIDENT_DESK_TOKENS": "x"}).warnings
    assert "INCIDENT_DESK_TOKEN?" not in warning


def test_the_number_of_warnings_has_a_limit() -> None:
    assert len(Settings.read({f"INCIDENT_DESK_{n}": "x" for n in range(1_000)}).warnings) == 5


PEM = "-----BEGIN CERTIFICATE-----\n"


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({"HTTPS_PROXY": "socks5://127.0.0.1:1080"}, "HTTPS_PROXY is not a proxy for HTTP"),
        ({"https_proxy": "socks5h://127.0.0.1:1080"}, "https_proxy is not a proxy for HTTP"),
        ({"ALL_PROXY": "socks://127.0.0.1:1080/"}, "ALL_PROXY is not a proxy for HTTP"),
        ({"all_proxy": "ftp://secret@proxy"}, "all_proxy is not a proxy for HTTP"),
        ({"HTTPS_PROXY": "http://"}, "HTTPS_PROXY is not a valid URL"),
        ({"HTTPS_PROXY": "http://:3128"}, "HTTPS_PROXY is not a valid URL"),
        ({"HTTPS_PROXY": "http://user:secret@proxy:port"}, "HTTPS_PROXY is not a valid URL"),
        ({"HTTPS_PROXY": "http://[::1"}, "HTTPS_PROXY is not a valid URL"),
        ({"HTTPS_PROXY": "${HTTPS_PROXY}"}, "HTTPS_PROXY has a placeholder"),
        ({"SSL_CERT_FILE": "/nowhere/ca.pem"}, "SSL_CERT_FILE names a file that cannot be read"),
        ({"SSL_CERT_FILE": os.devnull}, "SSL_CERT_FILE names a file without certificates"),
        ({"SSL_CERT_FILE": "/dev/zero"}, "SSL_CERT_FILE names a file without certificates"),
        ({"SSL_CERT_FILE": "/"}, "SSL_CERT_FILE names a file that cannot be read"),
        ({"SSL_CERT_DIR": "/nowhere"}, "SSL_CERT_DIR is not a folder"),
    ],
)
def test_wrong_proxies_and_certificates_are_wrong_settings(
    environ: dict[str, str], problem: str
) -> None:
    with pytest.raises(SettingsError, match=problem) as raised:
        Settings.read({"ROOTLY_API_TOKEN": "a", **environ})
    assert "secret" not in str(raised.value)
    # Without a key, and for the sandbox, nobody needs them.
    assert not Settings.read(environ).problems
    assert not Settings.read(environ, sandbox=True).problems


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTPS_PROXY": "proxy.example.com:3128"},
        {"HTTPS_PROXY": "http://user:pass@proxy.example.com"},
        {"https_proxy": "https://[::1]:3128", "HTTPS_PROXY": ""},
        {"ALL_PROXY": "socks5://127.0.0.1:1080", "NO_PROXY": "localhost, *"},
        {"SSL_CERT_FILE": "", "SSL_CERT_DIR": "/"},
        {"SSL_CERT_FILE": "/nowhere", "ROOTLY_API_URL": "http://127.0.0.1:1"},
    ],
)
def test_proxies_and_certificates_that_httpx_takes_are_no_problem(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Settings.read({"ROOTLY_API_TOKEN": "a", **environ})
    for name in [*os.environ]:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    httpx.Client(verify=ssl.create_default_context()).close()


def test_a_file_with_certificates_is_no_problem(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(f"# Our authority\n{PEM}", encoding="utf-8")
    Settings.read({"ROOTLY_API_TOKEN": "a", "SSL_CERT_FILE": str(file)})


def test_files_are_read_without_slow_imports(tmp_path: Path) -> None:
    files = {"ROOTLY_API_TOKEN_FILE": "key", "SSL_CERT_FILE": PEM}
    environ = {}
    for name, content in files.items():
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        environ[name] = str(path)
    code = f"""if True:
        import sys
        from server.settings import Settings
        assert Settings.read({environ}).keys
        print(*sys.modules)
    """
    modules = {*output(sys.executable, "-c", code, folder=ROOT).split()}
    assert not modules & {"pathlib", "ssl", "typing", "urllib.parse", "difflib"}


def test_problems_can_be_kept() -> None:
    settings = Settings.read(
        {"INCIDENT_DESK_TIMEOUT_S": "x", "ROOTLY_API_TOKEN": "a"}, keep_problems=True
    )
    assert settings.problems == ("INCIDENT_DESK_TIMEOUT_S takes a number from 1 to 3,600.",)
    assert (settings.limits.timeout_s, settings.keys) == (50, {"rootly": "a"})


def test_a_setting_that_is_not_listed_cannot_be_read() -> None:
    with pytest.raises(KeyError, match="INCIDENT_DESK_COLOUR is missing"):
        Reading({}).text("INCIDENT_DESK_COLOUR")
