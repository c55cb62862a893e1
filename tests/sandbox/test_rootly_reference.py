"""With some dials, answers have every field of the reference's sample answer."""

import json
from pathlib import Path
from typing import Any

from tests.sandbox.ask import Ask

REFERENCES = Path(__file__).parent / "references"
SAMPLE = json.loads((REFERENCES / "rootly_incidents.json").read_text(encoding="utf-8"))
NAMES = json.loads((REFERENCES / "rootly_parameters.json").read_text(encoding="utf-8"))
WHOLE = {"shape": "nested", "attributes": "all", "media_type": "jsonapi"}
KINDS: dict[str, type] = {"string": str, "integer": int, "boolean": bool}


def differences(sample: Any, found: Any, place: str = "") -> list[str]:
    """The paths at which the answer lacks a member of the sample, or has another type."""
    if isinstance(sample, dict):
        if not isinstance(found, dict):
            return [f"{place} is no object"]
        missing = [f"{place}.{name} is missing" for name in sample if name not in found]
        both = [name for name in sample if name in found]
        return missing + [
            line
            for name in both
            for line in differences(sample[name], found[name], f"{place}.{name}")
        ]
    if isinstance(sample, list):
        if not isinstance(found, list):
            return [f"{place} is no list"]
        return [
            line
            for index, inner in enumerate(found)
            for line in differences(sample[0], inner, f"{place}[{index}]")
        ]
    # The sample has no nulls, but almost no incident has everything.
    return [] if found is None or isinstance(found, KINDS[sample]) else [f"{place} is {found!r}"]


def test_a_full_page_satisfies_the_sample_answer(incidents: Ask) -> None:
    page = incidents(
        {"page[size]": "100", "filter[severity]": "sev0,sev1,sev2,sev3,sev4"}, **WHOLE
    ).json()
    assert len(page["data"]) == 100
    assert differences(SAMPLE, page) == []


def test_each_attribute_of_the_sample_has_a_value_somewhere(incidents: Ask) -> None:
    pages = [
        incidents({"page[size]": "100", "page[number]": number}, **WHOLE).json()
        for number in "1234"
    ]
    found = [row["attributes"] for page in pages for row in page["data"]]
    for attribute in SAMPLE["data"][0]["attributes"]:
        assert any(attributes[attribute] not in (None, [], {}) for attributes in found), attribute


def test_every_incident_has_every_attribute_of_the_current_api(incidents: Ask) -> None:
    for row in incidents({"page[size]": "100"}, **WHOLE).json()["data"]:
        assert set(NAMES["attributes"]) <= set(row["attributes"])


def test_unslimmed_incidents_are_large(incidents: Ask) -> None:
    assert 15_000 < len(incidents({"page[size]": "100"}, **WHOLE).content) / 100 < 30_000


def test_instants_have_milliseconds_and_the_offset_of_the_organisation(incidents: Ask) -> None:
    created_at = incidents().json()["data"][0]["attributes"]["created_at"]
    assert created_at == "2026-11-21T17:20:00.000-08:00"


def test_the_media_type_is_that_of_json_api(incidents: Ask) -> None:
    assert incidents({}, **WHOLE).headers["Content-Type"].startswith("application/vnd.api+json")
