"""The environment, read once and checked."""

from pathlib import Path

import pytest

from server.settings import KEYS, URLS, Settings, SettingsError
from tools.catalogue import TOOLS


def test_nothing_set_is_fine() -> None:
    settings = Settings.read({})
    assert (dict(settings.keys), dict(settings.urls), settings.sandbox) == ({}, {}, False)
    assert (settings.limits.timeout_s, settings.limits.max_result_chars, settings.log_level) == (
        50,
        40_000,
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


def test_no_key_is_in_a_repr() -> None:
    assert "sesame" not in repr(Settings.read({"ROOTLY_API_TOKEN": "sesame"}))


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com",
        "https://api.example.com:8443/rootly",
        "HTTPS://API.example.com/v1/@me",
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
        ({"ROOTLY_API_TOKEN": "two words"}, "white space"),
        ({"ROOTLY_API_TOKEN": "your-rootly-token"}, "placeholder"),
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
