"""`incident-desk doctor --facts` finds every dial that GET requests can show."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import pytest

from evals.settings import NOW
from sandbox.serving import VENDORS, Sandbox, serve
from server.commands.facts.client import MAX_REQUESTS, Counter
from server.commands.facts.report import Findings
from server.commands.facts.survey import PROBES, UNSEEN, survey
from server.settings import Settings
from tests.pages import between
from tools.limits import Limits

LIMITS = Limits(timeout_s=5, backoff_s=0)


@pytest.fixture(scope="module")
def account() -> Iterator[Sandbox]:
    """A sandbox whose newest incidents are close together, as after an import."""
    with serve(now=NOW) as running:
        running.store.create_incidents(
            {
                "created_at": NOW - timedelta(minutes=30, milliseconds=400 * min(place, 8)),
                "services": ["checkout-api"],
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


def seen(result: Findings) -> dict[str, str | None]:
    return {fact.dial: fact.value for fact in result.seen}


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_dial_is_either_asked_about_or_documented_as_unseen(vendor: str) -> None:
    asked = [dial for probe in PROBES[vendor] for dial in probe.dials]
    assert sorted([*asked, *UNSEEN[vendor]]) == sorted(VENDORS[vendor].dials)
    documented = between("<!-- unseen -->", "<!-- /unseen -->")
    assert all(f"`{dial}`" in documented for dial in UNSEEN[vendor])


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


def turns() -> Iterator[tuple[str, str, str]]:
    """Each value of each dial that can be seen, with its vendor and its dial."""
    for vendor, dials in VENDORS.items():
        for name, dial in dials.dials.items():
            if name in UNSEEN[vendor]:
                continue
            for form in dial.values:
                for value in EXAMPLES.get((name, form), [form]):
                    assert dial.allows(value), (name, value)
                    yield vendor, name, value


@pytest.mark.parametrize(("vendor", "name", "value"), [*turns()])
@pytest.mark.anyio
async def test_a_dial_that_is_turned_is_seen(
    account: Sandbox, vendor: str, name: str, value: str
) -> None:
    result = await findings(account, vendor, **{name: value})
    assert seen(result)[name] == value
    defaults = {dial: VENDORS[vendor].dials[dial].default for dial in seen(result)}
    assert seen(result) == {**defaults, name: value}
