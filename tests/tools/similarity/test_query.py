"""What the argument similar_to means."""

from typing import Any

import pytest

from tests.conftest import NOW
from tools.errors import InvalidArguments
from tools.rootly.list_arguments import ListIncidents
from tools.rootly.similarity.query import MAX_CHARS, Query
from tools.validation import validate

NUMBERS = {
    "123": "123",
    "#123": "123",
    "0123": "123",
    "INC-123": "123",
    "inc-123": "123",
    " 123\n": "123",
    "incident 123": "123",
    "Incident #123": "123",
    "https://rootly.com/account/incidents/5-checkout-errors": "5",
    "https://rootly.com/account/incidents/5-checkout-errors?tab=timeline#top": "5",
}
WORDS = (
    "503-errors",
    "123-some-slug",
    "502 from the gateway",
    "#123 again",
    "incident 123 again",
    "sev-1",
    "utf-8",
    "us-east-1",
    "OPS-12 again",
    "https://rootly.com/account/incidents/5-checkout-errors happened again",
    "支付",
)
REFUSED = {
    "a short link": ("https://root.ly/x7k2p9", "where.linked finds the incident of a link"),
    "a link elsewhere": ("https://example.pagerduty.com/incidents/Q2H7", "where.linked"),
    "a link by id": (
        "https://rootly.com/account/incidents/1b4e28ba-2fa1-11d2-883f-0016d3cca427",
        "without the number",
    ),
    "a key": ("OPS-12", "where.linked finds the incident of a key"),
    "zero": ("0", "is not the number of an incident"),
    "a negative number": (-5, "must be a string"),
    "too many digits": ("1" * 600, "is not the number of an incident"),
    "a long number": (10**30, "must be a string"),
    "a boolean": (True, "must be a string"),
    "a list": (["checkout"], "must be a string"),
    "a fraction": (1.5, "must be a string"),
    "blank": (" \n ", "is blank"),
    "hidden characters alone": ("\u202e\u200b", "is blank"),
    "too long": ("word " * 500, "is longer than 2,000 characters"),
    "stop words": ("has this happened before?", "has no word that can be compared"),
    "small numbers": ("a 7 of 42", "has no word that can be compared"),
    "hiragana alone": ("しました", "has no word that can be compared"),
    "signs": ("!!! ??? 🔥", "has no word that can be compared"),
}


def query(value: Any) -> Query:
    """The argument as a call has it after validation."""
    arguments = validate(ListIncidents, {"similar_to": value}, now=NOW, vendor="Rootly")
    assert isinstance(arguments.similar_to, Query)
    return arguments.similar_to


@pytest.mark.parametrize("text", NUMBERS)
def test_the_forms_of_a_number_name_an_incident(text: str) -> None:
    assert query(text) == Query(number=query(text).number)
    assert query(text).number == NUMBERS[text]


def test_an_integer_names_an_incident() -> None:
    assert query(4821).number == "4821"


@pytest.mark.parametrize(("text", "reference"), [("INC-123", "INC-123"), ("123", None)])
def test_the_form_of_incident_io_is_remembered_for_a_note(text: str, reference: str | None) -> None:
    number = query(text).number
    assert number
    assert number.reference == reference


@pytest.mark.parametrize("text", WORDS)
def test_everything_else_is_words(text: str) -> None:
    assert query(text) == Query(words=text)


def test_a_pasted_alert_is_folded_to_one_line() -> None:
    alert = "[FIRING:1]\tHighErrorRate \n\n  checkout-api\r\n\x1b[31m5xx\x1b[0m at 14%\u200b "
    assert query(alert).words == "[FIRING:1] HighErrorRate checkout-api 5xx at 14%"


def test_a_long_alert_is_taken_whole() -> None:
    alert = ("error " * 400)[:MAX_CHARS].strip()
    assert query(alert).words == alert


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_neither_a_number_nor_words_is_refused_with_a_reason(case: str) -> None:
    value, reason = REFUSED[case]
    with pytest.raises(InvalidArguments) as caught:
        query(value)
    [detail] = caught.value.details
    assert detail["argument"] == "similar_to"
    assert reason in detail["problem"]
