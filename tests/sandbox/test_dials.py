"""The dials of both vendors: their values and their documentation. None breaks an answer."""

import re

import httpx
import pytest

from sandbox.dial import Dial
from sandbox.serving import VENDORS, Sandbox
from sandbox.world import story
from tests.pages import check

DIALS = [(vendor, name, dial) for vendor in VENDORS for name, dial in VENDORS[vendor].dials.items()]
EXAMPLES = {"N": "2", "SECONDS": "-30.5", "NAMES": "services,labels"}
REQUESTS: dict[str, list[tuple[str, dict[str, str]]]] = {
    "rootly": [
        (
            "/v1/incidents",
            {"page[size]": "5", "sort": "-resolved_at", "include": "services,sub_statuses,roles"},
        ),
        (
            "/v1/incidents",
            {
                "page[number]": "2",
                "filter[services][not_in]": "ingress",
                "filter[updated_at][gte]": "2026-11-01",
            },
        ),
    ],
    "incident_io": [
        ("/v1/incident_attachments", {"incident_id": story.IO_ID}),
        (f"/v2/incidents/{story.IO_ID}", {}),
    ],
}


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_readme_lists_the_dials(vendor: str) -> None:
    rows = ["| dial | values, the default first | |", "|---|---|---|"]
    for name, dial in VENDORS[vendor].dials.items():
        rows.append(
            f"| `{name}` | {' '.join(f'`{value}`' for value in dial.values)} | {dial.meaning} |"
        )
    check(f"<!-- dials: {vendor} -->\n", "<!-- /dials -->", "\n".join(rows) + "\n")


@pytest.mark.parametrize(
    ("vendor", "name", "dial"), DIALS, ids=lambda part: part if isinstance(part, str) else ""
)
def test_a_dial_has_values_and_a_meaning(vendor: str, name: str, dial: Dial) -> None:
    assert dial.allows(dial.default)
    assert len(dial.values) > 1
    assert dial.meaning
    assert "|" not in dial.meaning


@pytest.mark.parametrize(
    ("values", "value", "allowed"),
    [
        (("on", "expires:N"), "expires:12", True),
        (("on", "expires:N"), "expires:", False),
        (("on", "expires:N"), "expires:N", False),
        (("0", "SECONDS"), "-12.5", True),
        (("0", "SECONDS"), "soon", False),
        (("none", "NAMES"), "services,labels", True),
        (("none", "NAMES"), "services;labels", False),
        (("-08:00", "Z"), "Z", True),
    ],
)
def test_a_value_fits_one_of_the_forms(values: tuple[str, ...], value: str, allowed: bool) -> None:
    assert Dial(values, "").allows(value) is allowed


@pytest.mark.parametrize(
    ("vendor", "name", "dial"), DIALS, ids=lambda part: part if isinstance(part, str) else ""
)
def test_a_vendor_answers_under_each_setting(
    sandbox: Sandbox, client: httpx.Client, vendor: str, name: str, dial: Dial
) -> None:
    for form in dial.values:
        value = re.sub("[A-Z]+", lambda word: EXAMPLES.get(word[0], word[0]), form)
        for path, parameters in REQUESTS[vendor]:
            answer = client.get(sandbox.url(vendor, **{name: value}) + path, params=parameters)
            assert answer.status_code in (200, 403, 404, 422), (value, answer.text)
            assert answer.headers["Content-Type"].startswith("application/")
