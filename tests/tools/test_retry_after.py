from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.retry_after import CREDIBLE_S, retry_after_s

moderately = settings(max_examples=120, deadline=None, derandomize=True)

NOW = datetime(2025, 4, 17, 11, 17, 8, tzinfo=UTC)


def wait(body: object = None, **headers: str) -> float | None:
    return retry_after_s(
        httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()}), body, NOW
    )


def limit(value: object) -> dict[str, Any]:
    return {"type": "too_many_requests", "rate_limit": {"retry_after": value}}


FORMS: dict[str, float | None] = {
    "10": 10,
    "0": 0,
    " 10 ": 10,
    "+10": 10,
    "10.5": 10.5,
    "0.001": 0.001,
    "-5": 0,
    "-0": 0,
    "-99999999999": 0,
    "86400": 86_400,
    "86401": None,
    "999999999999": None,
    "9" * 50: None,
    "1744888638": None,
    "1e3": None,
    "١٠": None,
    "Thu, 17 Apr 2025 11:17:18 GMT": 10,
    "Thu, 17 Apr 2025 11:17:18 UTC": 10,
    "Thu, 17 Apr 2025 11:17:18 +0000": 10,
    "Thu, 17 Apr 2025 13:17:18 +0200": 10,
    "Thu, 17 Apr 2025 11:17:18": 10,
    "Thursday, 17-Apr-25 11:17:18 GMT": 10,
    "Thu, 17 Apr 2025 11:17:00 GMT": 0,
    "Thu, 01 Jan 1970 00:00:00 GMT": 0,
    "Thu, 17 Apr 2525 11:17:18 GMT": None,
    "2025-04-17T11:17:18Z": 10,
    "2025-04-17T11:17:18.5Z": 10.5,
    "2025-04-17T13:17:18+02:00": 10,
    "2025-04-17 11:17:18": 10,
    "2025-04-17T11:00:00Z": 0,
    "2125-04-17T11:17:18Z": None,
    "": None,
    " ": None,
    "soon": None,
    "10 s": None,
    "10, 20": None,
    "10s": None,
    "NaN": None,
    "inf": None,
    "-inf": None,
    "null": None,
    "Thu, 99 Apr 2025 11:17:18 GMT": None,
    "Thu, 17 Apr 2025 11:17:18 +9999": None,
    "2025-13-17T11:17:18Z": None,
    ",": None,
    "Thu, 17 Apr 99999 11:17:18 GMT": None,
    "0x10": None,
    "\u0660": None,
}
"""The seconds that a value means; None if it is not credible."""


@pytest.mark.parametrize("value", [value for value in FORMS if value.isascii()])
def test_a_header_has_seconds_or_a_date(value: str) -> None:
    assert wait(retry_after=value) == FORMS[value]


@pytest.mark.parametrize("value", FORMS)
def test_a_body_has_the_same_forms(value: str) -> None:
    assert wait(limit(value)) == FORMS[value]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (10, 10),
        (10.5, 10.5),
        (0, 0),
        (-5, 0),
        (86_401, None),
        (10**400, None),
        (-(10**400), None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        (None, None),
        ([10], None),
        ({"seconds": 10}, None),
    ],
)
def test_a_body_may_have_a_number(value: object, seconds: float | None) -> None:
    assert wait(limit(value)) == seconds


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "10",
        10,
        {},
        {"rate_limit": None},
        {"rate_limit": 10},
        {"rate_limit": []},
        {"retry_after": 10},
    ],
)
def test_a_body_without_a_time_gives_none(body: object) -> None:
    assert wait(body) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1744888638", 10),
        (" 1744888638 ", 10),
        ("1744888620", 0),
        ("1744975028", 86_400),
        ("1744975029", None),
        ("9999999999", None),
        ("10", None),
        ("0", None),
        ("-1744888638", None),
        ("1744888638.5", None),
        ("1744888638000", None),
        ("", None),
        ("soon", None),
        ("60, 1200;window=60", None),
    ],
)
def test_the_reset_is_in_epoch_seconds(value: str, seconds: float | None) -> None:
    assert wait(x_ratelimit_reset=value) == seconds


def test_the_header_counts_before_the_body_and_the_body_before_the_reset() -> None:
    assert wait(limit(20), retry_after="10", x_ratelimit_reset="1744888658") == 10
    assert wait(limit(20), x_ratelimit_reset="1744888658") == 20
    assert wait({}, x_ratelimit_reset="1744888658") == 30


def test_a_value_that_is_not_credible_is_skipped() -> None:
    assert wait(limit(20), retry_after="999999") == 20
    assert wait(limit("soon"), retry_after="soon", x_ratelimit_reset="1744888658") == 30
    assert wait(limit(10**9), retry_after="9" * 30, x_ratelimit_reset="9") is None


def test_dates_are_compared_with_the_vendors_clock_if_it_sends_its_time() -> None:
    an_hour_ahead = "Thu, 17 Apr 2025 12:17:08 GMT"
    assert wait(retry_after="Thu, 17 Apr 2025 12:17:18 GMT", date=an_hour_ahead) == 10
    assert wait(limit("2025-04-17T12:17:18Z"), date=an_hour_ahead) == 10
    assert wait(x_ratelimit_reset="1744892238", date=an_hour_ahead) == 10
    assert wait(retry_after="10", date=an_hour_ahead) == 10
    assert wait(retry_after="Thu, 17 Apr 2025 11:17:18 GMT", date="yesterday") == 10


HEADERS = st.text(st.characters(codec="latin-1"), max_size=40) | st.sampled_from(
    [value for value in FORMS if value.isascii()]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from([*FORMS]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["rate_limit", "retry_after"]), inner)
    ),
    max_leaves=5,
)


@moderately
@given(retry=HEADERS, reset=HEADERS | st.integers().map(str), date=HEADERS, body=JSON)
def test_any_answer_gives_a_credible_wait_or_none(
    retry: str, reset: str, date: str, body: object
) -> None:
    seconds = retry_after_s(
        {"retry-after": retry, "x-ratelimit-reset": reset, "date": date}, body, NOW
    )
    assert seconds is None or 0 <= seconds <= CREDIBLE_S
