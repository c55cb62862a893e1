"""`incident-desk doctor --facts` finds every dial that GET requests can show."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import httpx
import pytest

from evals.settings import NOW
from sandbox.drift import drift
from sandbox.serving import VENDORS, Sandbox, serve, serve_store
from sandbox.store import Store
from server.commands.facts.client import MAX_REQUESTS, Counter
from server.commands.facts.report import Findings, to_json, to_text
from server.commands.facts.rootly.account import RELATIONS
from server.commands.facts.survey import SURVEYS, survey
from server.settings import KEYS, Settings
from tests.pages import between
from tests.server.shell import run
from tests.slow import seeds, slow
from tests.tcp_server import after_request, serving
from tools.limits import Limits

pytestmark = pytest.mark.anyio
COMMAND = ("doctor", "--facts")
LIMITS = Limits(timeout_s=20, backoff_s=0)
Options = Mapping[str, str]


@pytest.fixture(scope="module")
def account() -> Iterator[Sandbox]:
    """A sandbox whose newest incidents are close together, as after an import.

    One of them is a sub-incident, so that the shortest first page shows every kind of row.
    """
    with serve(now=NOW) as running:
        running.store.create_incidents(
            {
                "created_at": NOW - timedelta(minutes=30, milliseconds=400 * min(place, 8)),
                "services": ["checkout-api"],
                "kind": "normal_sub" if place == 9 else "normal",
            }
            for place in (3, 7, 1, 9, 5, 0, 8, 2, 6, 4)
        )
        yield running


async def findings(sandbox: Sandbox, vendor: str, **options: str) -> Findings:
    settings = Settings(
        keys={vendor: "key"}, urls={vendor: sandbox.url(vendor, **options)}, limits=LIMITS
    )
    counter = Counter()
    [result] = await survey(settings, counter, lambda: NOW)
    assert counter.number == result.requests <= MAX_REQUESTS
    return result


def values_of(result: Findings) -> dict[str, str]:
    return {fact.dial: str(fact.value) for fact in result.seen}


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_dial_is_either_asked_about_or_documented_as_unseen(vendor: str) -> None:
    dials = [*SURVEYS[vendor].dials, *SURVEYS[vendor].unseen]
    assert sorted(dials) == sorted(VENDORS[vendor].dials)
    documented = between("<!-- unseen -->", "<!-- /unseen -->")
    assert all(f"`{dial}`" in documented for dial in SURVEYS[vendor].unseen)


# For forms with a placeholder: values that an account of 400 incidents can show.
EXAMPLES: Mapping[tuple[str, str], Sequence[str]] = {
    ("relations", "absent:NAMES"): ["absent:services,groups"],
    ("relations", "null:NAMES"): ["null:services,groups"],
    ("relations", "links:NAMES"): ["links:services,groups"],
    ("relations", "dangling:NAMES"): ["dangling:services,groups"],
    ("ignore", "NAMES"): [
        "all",
        "services",
        "created_at",
        "gte",
        "labels",
        "not_in",
        "sequential_id",
        "status,teams",
        "team_ids",
        "kind,private,user_id",
    ],
    ("total", "more:N"): ["more:1", "more:10"],
    ("total", "fewer:N"): ["fewer:1", "fewer:3"],
    ("total", "at_most:N"): ["at_most:2", "at_most:100", "at_most:409"],
    ("total", "N"): ["1", "12", "411", "5000"],
    ("page_limit", "N"): ["7", "50", "99", "150", "409"],
    ("empty_page", "N"): ["1", "2", "3"],
    ("cursor", "expires:N"): ["expires:1", "expires:2"],
    ("clock", "SECONDS"): ["90", "-3600"],
}


def values(vendor: str) -> list[tuple[str, str]]:
    """Each dial that can be seen, with each of its values."""
    pairs = []
    for name, dial in VENDORS[vendor].dials.items():
        if name in SURVEYS[vendor].unseen:
            continue
        for form in dial.values:
            for value in EXAMPLES.get((name, form), [form]):
                assert dial.allows(value), (name, value)
                pairs.append((name, value))
    return pairs


def dial_values(vendor: str, options: Options) -> dict[str, str]:
    """The value of each dial."""
    return {name: dial.default for name, dial in VENDORS[vendor].dials.items()} | {**options}


def seen_as(options: Options) -> dict[str, str]:
    """The options as they look from outside: some values have the same effect as another one."""
    looks = {**options}
    has_microseconds = looks["stored"] == "us"
    if has_microseconds and looks["compared"] == "ms" and looks["shown"] != "us":
        looks["stored"] = "ms"
    for name in ("compared", "sorted"):
        if looks[name] == "ms" and not has_microseconds:
            looks[name] = "stored"
    if looks["compared"] == "ms" and looks["shown"] != "us":
        looks["compared"] = "stored"
    if looks["stored"] == "s" and looks["sorted"] == "s":
        looks["sorted"] = "stored"
    return looks


def is_part_of(names: str, all_names: str) -> bool:
    return all_names == "all" or set(names.split(",")) <= set(all_names.split(","))


def check_nothing_is_wrong(vendor: str, options: Options, result: Findings) -> None:
    truth = dial_values(vendor, options)
    if vendor == "rootly":
        truth = seen_as(truth)
    facts = values_of(result)
    if facts.get("ignore", "none") != "none":
        # A filter that the account's incidents cannot try may be ignored, too.
        assert is_part_of(facts.pop("ignore"), truth["ignore"])
    wrong = {dial: value for dial, value in facts.items() if value != truth[dial]}
    assert not wrong
    assert not [fact for fact in result.not_seen if "a bug" in fact.reason]


async def check_turned(account: Sandbox, vendor: str, name: str, value: str) -> None:
    """The dial is seen. All others are at their default, or not seen."""
    result = await findings(account, vendor, **{name: value})
    truth = dial_values(vendor, {name: value})
    assert values_of(result)[name] == (seen_as(truth) if vendor == "rootly" else truth)[name]
    check_nothing_is_wrong(vendor, {name: value}, result)


@pytest.mark.parametrize(("name", "value"), values("incident_io"))
async def test_a_turned_dial_of_incident_io_is_seen(
    account: Sandbox, name: str, value: str
) -> None:
    await check_turned(account, "incident_io", name, value)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "value"), values("rootly"))
async def test_a_turned_dial_of_rootly_is_seen(account: Sandbox, name: str, value: str) -> None:
    await check_turned(account, "rootly", name, value)


MANY: Sequence[Options] = [
    {},
    {
        "strict": "if_sent",
        "limits": "shown",
        "media_type": "jsonapi",
        "shape": "nested",
        "attributes": "all",
        "relations": "dangling:services,groups",
        "severity": "flat",
        "labels": "pairs",
        "subscribers": "user_id",
        "sub_status": "never",
        "selections": "custom_fields",
        "unknown_include": "refused",
        "fieldsets": "attributes",
        "excluding": "drops",
        "label_filter": "key",
        "kind_filter": "with_sub",
        "bad_date": "nothing",
        "gone": "404",
        "total": "more:3",
        "page_limit": "50",
        "page_limit_told": "no",
        "last_cursor": "set",
        "nulls": "last",
        "ties": "page_size",
        "stored": "us",
        "sorted": "s",
        "shown": "us",
        "zone": "+05:30",
        "clock": "90",
    },
    {
        "strict": "1",
        "severity": "string",
        "slugs": "name",
        "sub_status": "plain",
        "fieldsets": "ignored",
        "ignore": "labels,status",
        "bad_date": "ignored",
        "total": "at_most:100",
        "empty_page": "2",
        "last_cursor": "absent",
        "nulls": "low",
        "ties": "request",
        "compared": "s",
        "shown": "us",
        "zone": "Z",
    },
]


@pytest.mark.parametrize("options", MANY, ids=len)
async def test_many_dials_that_are_turned_together_are_seen(
    account: Sandbox, options: Options
) -> None:
    result = await findings(account, "rootly", **options)
    check_nothing_is_wrong("rootly", options, result)
    assert {**dial_values("rootly", {}), **values_of(result)} == dial_values("rootly", options)
    words = result.options.removeprefix("/rootly").split(";")[1:]
    assert dict(word.split("=") for word in words) == options


@pytest.mark.parametrize(
    "options",
    [
        {"stored": "us", "shown": "us", "compared": "ms"},
        {"stored": "us", "shown": "us", "sorted": "ms"},
        {"stored": "us", "shown": "us"},
    ],
    ids=["compared", "sorted", "neither"],
)
async def test_microseconds_are_seen_where_answers_show_them(
    account: Sandbox, options: Options
) -> None:
    result = await findings(account, "rootly", **options)
    assert {**dial_values("rootly", {}), **values_of(result)} == dial_values("rootly", options)


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("seed", seeds(40, fast=1))
async def test_dials_that_are_turned_together_are_seen_or_not_but_never_wrong(
    account: Sandbox, vendor: str, seed: int
) -> None:
    random = Random(seed)
    possible = values(vendor)
    chosen = random.sample(sorted({name for name, _ in possible}), random.choice((2, 2, 3)))
    options = {
        name: random.choice([value for one, value in possible if one == name]) for name in chosen
    }
    result = await findings(account, vendor, **options)
    check_nothing_is_wrong(vendor, options, result)


@pytest.mark.parametrize("size", [2, 12, *slow([40, 3_000])])
@pytest.mark.parametrize(
    "options", [{}, *slow([MANY[1], {**MANY[2], "total": "at_most:1"}])], ids=len
)
async def test_small_and_large_accounts_never_give_a_wrong_value(
    size: int, options: Options
) -> None:
    with serve(now=NOW, size=size) as sandbox:
        for vendor in VENDORS:
            own = options if vendor == "rootly" else {}
            check_nothing_is_wrong(vendor, own, await findings(sandbox, vendor, **own))


async def test_an_empty_account_shows_headers_and_little_more() -> None:
    with serve_store(Store.containing([], NOW)) as sandbox:
        rootly = await findings(sandbox, "rootly", limits="shown", meta="none")
        incident_io = await findings(sandbox, "incident_io", limits="shown", gone="404")
    assert (rootly.options, incident_io.options) == (
        "/rootly;limits=shown;meta=none",
        "/incident_io;limits=shown;gone=404",
    )
    reasons = {fact.dial: fact.reason for fact in rootly.not_seen}
    assert reasons["nulls"] == "the first page has no incidents"


# The names of members whose values are words of the vendors, not of an account.
VOCABULARY = {"type", "status", "kind", "priority", "severity", "visibility", "source"}


def texts(value: Any, name: str = "") -> Iterator[str]:
    """All strings of an answer, without the vendors' own words."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from texts(member, key)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item, name)
    elif isinstance(value, str) and name not in VOCABULARY and not name.endswith("_permissions"):
        yield value


def answer_texts(sandbox: Sandbox) -> set[str]:
    """The strings of the answers of both vendors, but for short ones that may be in any word."""
    includes = {"include": ",".join(RELATIONS), "page[size]": "100"}
    paths = [
        ("rootly", "/v1/incidents", includes),
        ("incident_io", "/v2/incidents", {"page_size": "25"}),
        ("incident_io", "/v1/incident_attachments", {"resource_type": "jira_issue"}),
        ("incident_io", "/v1/identity", {}),
    ]
    strings = set[str]()
    with httpx.Client(headers={"Authorization": "Bearer key"}) as client:
        for vendor, path, params in paths:
            options = {"attributes": "all"} if vendor == "rootly" else {"half_a_mode": "all"}
            answer = client.get(sandbox.url(vendor, **options) + path, params=params)
            assert answer.status_code == 200
            strings |= set(texts(answer.json()))
    return {text for text in strings if len(text) > 2}


@pytest.mark.parametrize(
    "options",
    [{}, *slow([{"fault": "canary", "shape": "nested", "attributes": "all"}, {"slugs": "name"}])],
    ids=len,
)
async def test_the_report_has_no_text_of_the_account(account: Sandbox, options: Options) -> None:
    fault = {name: value for name, value in options.items() if name == "fault"}
    results = [
        await findings(account, "rootly", **options),
        await findings(account, "incident_io", **fault),
    ]
    strings = answer_texts(account) | account.faults.planted
    # An environment of the made-up data has this name. The report says that it is the sandbox.
    strings.discard("sandbox")
    assert len(strings) > 3_000
    for report in (to_text(results), to_json(results)):
        words = set(re.findall(r"[\w-]+", report))
        assert not strings & words
        assert not [text for text in strings if len(text) > 7 and text in report]
        assert not re.search(r"https?:|@", report)


@pytest.mark.parametrize("fault", ["status:500", "status:401", "reset", "html", "429:none"])
async def test_a_vendor_that_fails_is_not_asked_on_and_on(account: Sandbox, fault: str) -> None:
    for vendor in VENDORS:
        result = await findings(account, vendor, fault=fault)
        assert result.seen == []
        assert result.requests <= 10
        assert {fact.reason for fact in result.not_seen if fact.dial not in SURVEYS[vendor].unseen}


@pytest.mark.parametrize("status", ["409", "418", "451"])
async def test_the_words_of_a_refusal_are_not_quoted(account: Sandbox, status: str) -> None:
    result = await findings(account, "incident_io", fault=f"status:{status}")
    reasons = {
        fact.reason for fact in result.not_seen if fact.dial not in SURVEYS["incident_io"].unseen
    }
    assert f"incident.io refuses this with {status}" in reasons
    assert not any("conflict" in reason for reason in reasons)


async def test_no_request_is_sent_beyond_the_limit(account: Sandbox) -> None:
    settings = Settings(
        keys={"rootly": "key"}, urls={"rootly": account.url("rootly")}, limits=LIMITS
    )
    counter = Counter()
    counter.number = MAX_REQUESTS - 6
    [result] = await survey(settings, counter, lambda: NOW)
    assert (counter.number, result.requests) == (MAX_REQUESTS, 6)
    check_nothing_is_wrong("rootly", {}, result)
    assert "the limit of 40 requests was reached" in {fact.reason for fact in result.not_seen}


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["status:500", "status:401", "reset", "html", "truncated"])
@pytest.mark.parametrize("seed", range(3))
async def test_single_failures_hide_dials_and_never_make_them_wrong(
    account: Sandbox, fault: str, seed: int
) -> None:
    for vendor in VENDORS:
        result = await findings(account, vendor, fault=fault, rate="0.3", seed=str(seed))
        check_nothing_is_wrong(vendor, {}, result)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
async def test_strange_answers_are_no_bug(account: Sandbox, seed: int) -> None:
    for vendor in VENDORS:
        settings = Settings(
            keys={vendor: "key"},
            urls={vendor: account.url(vendor, fault="mix", rate="0.5", seed=str(seed))},
            limits=Limits(timeout_s=1, backoff_s=0),
        )
        [result] = await survey(settings, Counter(), lambda: NOW)
        assert not [fact for fact in result.not_seen if "a bug" in fact.reason]


async def test_a_redirect_to_an_invalid_address_is_reported_as_a_redirect() -> None:
    redirect = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: javascript:1\r\n\r\n"
    with serving(after_request(redirect)) as server:
        settings = Settings(
            keys={"rootly": "key"},
            urls={"rootly": f"http://127.0.0.1:{server.port}"},
            limits=LIMITS,
        )
        [result] = await survey(settings, Counter(), lambda: NOW)
    assert not result.seen
    reason = "Rootly answered with status 302, which it does not document"
    assert reason in {fact.reason for fact in result.not_seen}


@pytest.mark.parametrize("seed", seeds(20, fast=1))
async def test_incidents_that_are_declared_or_deleted_meanwhile_never_make_a_dial_wrong(
    seed: int,
) -> None:
    random = Random(seed)
    change = drift(seed, ["declare", "declare-tied", "backfill", "delete"])
    with serve(now=NOW) as sandbox:
        for number in random.sample(range(2, 27), 6):
            sandbox.script.before(number, change)
        check_nothing_is_wrong("rootly", {}, await findings(sandbox, "rootly"))


async def test_a_first_page_that_is_too_long_is_asked_for_in_a_shorter_form() -> None:
    with serve(now=NOW) as sandbox:
        for number in (1, 2, 3):
            sandbox.script.turn(number, fault="truncated")
        result = await findings(sandbox, "rootly")
        assert {"cursor", "page_limit", "total", "stored"} <= values_of(result).keys()
        [(_, first), *_, (_, smaller)] = [*sandbox.script.requests][:4]
        assert [dict(one.query)["page[size]"] for one in (first, smaller)] == ["100", "25"]


@pytest.mark.usefixtures("no_settings")
def test_without_a_key_it_says_what_to_set(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *COMMAND)
    assert (code, out) == (1, "")
    assert all(variable in err for variable in KEYS.values())


@pytest.mark.usefixtures("no_settings")
def test_it_asks_only_the_vendor_that_has_a_key(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INCIDENT_IO_API_KEY", "a-secret-key-of-an-account")
    with serve(size=12) as sandbox:
        url = sandbox.url("incident_io", gone="404", external_ids="any_case")
        monkeypatch.setenv("INCIDENT_IO_API_URL", url)
        code, out, _ = run(capsys, *COMMAND, "--json")
        text_code, text, _ = run(capsys, *COMMAND)
    vendors = json.loads(out)["vendors"]
    assert (code, [*vendors]) == (0, ["incident_io"])
    assert vendors["incident_io"]["options"] == "/incident_io;gone=404;external_ids=any_case"
    assert vendors["incident_io"]["source"] == "sandbox"
    assert vendors["incident_io"]["seen"]["gone"]["value"] == "404"
    assert text_code == 0
    assert "options of the sandbox: /incident_io;gone=404;external_ids=any_case\n" in text
    assert "a-secret-key" not in out + text


@pytest.mark.usefixtures("no_settings")
def test_a_vendor_of_which_nothing_is_seen_exits_with_1(
    capsys: pytest.CaptureFixture[str], account: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INCIDENT_IO_API_KEY", "invalid")
    monkeypatch.setenv("INCIDENT_IO_API_URL", account.url("incident_io"))
    code, out, _ = run(capsys, *COMMAND)
    assert code == 1
    assert "incident.io does not accept INCIDENT_IO_API_KEY" in out
    assert "options" not in out


@pytest.mark.slow
@pytest.mark.usefixtures("no_settings")
def test_the_sandbox_can_be_asked_without_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, *COMMAND, "--sandbox")
    assert code == 0
    assert "made-up data" in out
    assert "options of the sandbox: /rootly\n" in out
    assert "options of the sandbox: /incident_io\n" in out
