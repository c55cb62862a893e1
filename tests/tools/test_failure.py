import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.corpus import HOSTILE, MEGABYTES
from tests.tools.hidden import hidden
from tools.errors import Rejected
from tools.failure import failure
from tools.incident_io import INCIDENT_IO
from tools.rootly import ROOTLY

moderately = settings(max_examples=60, deadline=None, derandomize=True)

KEY = "rootly_3f2c_secret"


def message_of(body: object, status: int = 422) -> str:
    """The message that an agent reads."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    error = failure(ROOTLY, status, content, key_name="ROOTLY_API_TOKEN", key=KEY)
    assert hidden(str(error)) == []
    assert hidden(error.request_id or "") == []
    assert len(str(error)) < 1_000
    return str(error)


def test_the_vendors_field_and_reason_are_quoted() -> None:
    body = {
        "errors": [
            {"message": "must be a ULID", "source": {"field": "incident_id"}},
            {"title": "Bad", "detail": "worse"},
        ]
    }
    assert message_of(body) == "Rootly refused this (422): incident_id: must be a ULID; Bad – worse"
    assert (
        message_of({"error": "Rate limit exceeded."}, 400)
        == "Rootly refused this (400): Rate limit exceeded."
    )


@pytest.mark.parametrize("status", [404, 410])
def test_nothing_found_at_rootly_may_be_due_to_the_kind_of_key(status: int) -> None:
    message = message_of(
        {"errors": [{"title": "Not found or unauthorized", "status": "404"}]}, status
    )
    assert "A team key never sees incidents: use a global or personal key." in message
    other = failure(INCIDENT_IO, status, b"{}", key_name="INCIDENT_IO_API_KEY", key=KEY)
    assert "team key" not in str(other)


@pytest.mark.parametrize(
    "text",
    [
        f"Bad key {KEY}!",
        f"{KEY}",
        f"x{KEY}x{KEY}x",
        f"{KEY[:5]}\u200b{KEY[5:]}",
        f"{KEY[:5]}\x1b[31m{KEY[5:]}",
        f"Bearer {KEY}",
        "Bearer another_secret",
        "ada.lovelace@example.com was not allowed",
        "<ada+x@example.co.uk>",
        "ada\u200b@\u202eexample.com",
        f"{'a' * 190}{KEY}",
        f"{'a ' * 95}ada@example.com",
        f"{KEY} " * 50,
    ],
)
def test_no_key_and_no_address_is_quoted(text: str) -> None:
    for body in (
        {"errors": [{"title": text}]},
        {"errors": [{"message": "x", "source": {"pointer": text}}]},
        {"error": text},
    ):
        message = message_of(body)
        for secret in (KEY, KEY[:8], "another_secret", "ada", "lovelace", "example"):
            assert secret not in message


@pytest.mark.parametrize(
    "request_id", [KEY, f"r-{KEY}", "ada@example.com", "r" * 101, "r\u200b1", ["r-1"], ""]
)
def test_an_implausible_request_id_is_left_out(request_id: object) -> None:
    body = json.dumps({"request_id": request_id}).encode()
    assert failure(ROOTLY, 400, body, key_name="x", key=KEY).request_id is None


@pytest.mark.parametrize("case", [*HOSTILE])
def test_no_hidden_characters_are_quoted(case: str) -> None:
    text, _ = HOSTILE[case]
    message_of(
        {
            "request_id": text,
            "errors": [
                {
                    "title": text,
                    "detail": text,
                    "source": {"field": text},
                    "metadata": {"scope": text},
                }
            ],
        }
    )


@pytest.mark.parametrize("case", [*MEGABYTES])
def test_a_long_error_is_cut_in_linear_time(case: str) -> None:
    message_of(
        {"errors": [{"title": MEGABYTES[case][:64_000], "detail": MEGABYTES[case][:64_000]}]}
    )
    message_of({"error": MEGABYTES[case][:64_000] + "@"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "errors",
                    "error",
                    "title",
                    "detail",
                    "message",
                    "source",
                    "field",
                    "pointer",
                    "metadata",
                    "scope",
                ]
            ),
            inner,
        )
    ),
    max_leaves=8,
)


@moderately
@given(body=JSON | st.binary(max_size=40), status=st.integers(300, 999))
def test_any_body_makes_an_error(body: Any, status: int) -> None:
    message_of(body, status)


def test_a_missing_scope_is_named() -> None:
    body = {
        "errors": [{"code": "missing_required_scope", "metadata": {"scope": "attachments.view"}}],
        "request_id": "r-1",
    }
    error = failure(
        INCIDENT_IO, 403, json.dumps(body).encode(), key_name="INCIDENT_IO_API_KEY", key=KEY
    )
    assert (
        str(error)
        == "INCIDENT_IO_API_KEY lacks the scope attachments.view; incident.io answered 403."
    )
    assert error.request_id == "r-1"


def test_a_wait_is_reported_in_whole_seconds() -> None:
    error = failure(ROOTLY, 429, b"", key_name="x", key="", retry_after_s=1.2)
    assert (str(error), error.retry_after_s) == (
        "Rootly's rate limit is reached: try again in 2 s.",
        2,
    )


def test_a_refusal_of_the_vendor_is_rejected() -> None:
    assert isinstance(failure(ROOTLY, 418, b"<html>", key_name="x", key=""), Rejected)
