"""The arguments of a tool as words of the command line."""

import io
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.commands.argument_words import parse_arguments, words_of
from server.commands.shells import join
from server.commands.usage import UsageError
from tools.rootly.list_arguments import ListIncidents
from tools.schema import complete_schema

SCHEMA = complete_schema(ListIncidents)


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ([], {}),
        (["status=started"], {"status": ["started"]}),
        (["status=started", "status=mitigated"], {"status": ["started", "mitigated"]}),
        (["status=started, mitigated"], {"status": ["started", "mitigated"]}),
        (['services=[" a"]'], {"services": [" a"]}),
        (['services=["a b","c"]'], {"services": ["a b", "c"]}),
        (
            ["created_at.gte=-24h", "created_at.lt=now"],
            {"created_at": {"gte": "-24h", "lt": "now"}},
        ),
        (['created_at={"gte":"-24h"}'], {"created_at": {"gte": "-24h"}}),
        (
            ["private=true", "page_size=5", "user_id=-7"],
            {"private": True, "page_size": 5, "user_id": -7},
        ),
        (
            ["service_ids=a,b", "exclude.labels=c", "closed_at.lte=now"],
            {"service_ids": ["a", "b"], "exclude": {"labels": ["c"]}, "closed_at": {"lte": "now"}},
        ),
        (["private=yes", "page_size=five"], {"private": "yes", "page_size": "five"}),
        (["page_size=99999999999999999999"], {"page_size": 99999999999999999999}),
        (["page_size=--1"], {"page_size": "--1"}),
        ([f"page_size={'9' * 5_000}"], {"page_size": "9" * 5_000}),
        (["services=a", "services=[b"], {"services": ["a", "[b"]}),
        (["after=c0.a=b"], {"after": "c0.a=b"}),
        (["nonsense.deep=1"], {"nonsense": {"deep": "1"}}),
        (['{"view":"table"}'], {"view": "table"}),
    ],
)
def test_words_are_typed_by_the_schema(words: list[str], arguments: dict[str, Any]) -> None:
    assert parse_arguments(words, SCHEMA) == arguments


@pytest.mark.parametrize(
    "word",
    ['{"a":' * 100_000, "services=" + "[" * 100_000, "created_at" + ".gte" * 5_000 + "=1"],
    ids=["JSON", "value", "key"],
)
def test_words_with_too_many_levels_are_wrong_usage(word: str) -> None:
    with pytest.raises(UsageError):
        parse_arguments([word], SCHEMA)


def test_a_single_value_given_twice_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="given twice"):
        parse_arguments(["page_size=1", "page_size=2"], SCHEMA)


@pytest.mark.parametrize("word", ["{nonsense", "status", "[1]", "=x", "{'a': 1}", "-", "null"])
def test_words_of_another_form_are_wrong_usage(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"[]")))
    with pytest.raises(UsageError):
        parse_arguments([word], SCHEMA)


def test_a_value_beside_a_key_of_it_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="both as a value and with a key"):
        parse_arguments(["sort=created_at", "sort.x=1"], SCHEMA)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_on_stdin_may_come_from_any_shell(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '{"search":"Größe"}'.encode(encoding)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text), encoding="ascii"))
    assert parse_arguments(["-"], SCHEMA) == {"search": "Größe"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, []),
        ({"status": ["started", "mitigated"]}, ["status=started,mitigated"]),
        (
            {"created_at": {"gte": "-24h", "lt": "now"}},
            ["created_at.gte=-24h", "created_at.lt=now"],
        ),
        ({"exclude": {"service_ids": ["a"]}}, ["exclude.service_ids=a"]),
        ({"private": True, "page_size": 5}, ["private=true", "page_size=5"]),
        ({"services": ["a,b"]}, ['services=["a,b"]']),
        ({"search": "it's $HOME"}, ["search=it's $HOME"]),
        ({"status": "started"}, ['{"status":"started"}']),
        ({"page_size": "5"}, ['{"page_size":"5"}']),
        ({"limit": 5}, ['{"limit":5}']),
    ],
)
def test_arguments_are_written_as_words_that_mean_the_same(
    arguments: dict[str, Any], words: list[str]
) -> None:
    assert words_of(arguments, SCHEMA) == words
    assert parse_arguments(words, SCHEMA) == arguments


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
VALUES = st.recursive(
    TEXTS | st.booleans() | st.integers(-(2**53), 2**53) | st.lists(TEXTS),
    lambda inner: st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*SCHEMA["properties"]]) | TEXTS, VALUES, max_size=4))
def test_any_arguments_come_back_from_a_command_line(arguments: dict[str, Any]) -> None:
    line = join(words_of(arguments, SCHEMA))
    assert parse_arguments(shlex.split(line), SCHEMA) == arguments
