"""Faults of data: a successful answer with strange rows."""

from collections.abc import Callable
from dataclasses import replace
from itertools import cycle
from typing import Any
from zlib import crc32

from sandbox.faults.case import Case, Fault
from sandbox.route import Reply

Change = Callable[[str, Any], Any]
"""Takes the name and the value of a member, and returns its new value."""

# The names of members with secrets or personal data, at any depth.
_SECRET = {
    "zoom_meeting_start_url",
    "zoom_meeting_join_url",
    "zoom_meeting_password",
    "zoom_meeting_pstn_password",
    "zoom_meeting_h323_password",
    "zoom_meeting_global_dial_in_numbers",
    "google_meeting_url",
    "microsoft_teams_meeting_url",
    "webex_meeting_url",
    "email",
    "phone",
    "phone_2",
    "notify_emails",
    "alerts_email_address",
    "devices",
    "phone_numbers",
    "email_addresses",
    "call_url",
}
_ENUMERATED = {
    "status",
    "kind",
    "resource_type",
    "source",
    "retrospective_progress_status",
    "visibility",
}
_TEXTS = {
    "title",
    "summary",
    "name",
    "mitigation_message",
    "resolution_message",
    "event",
    "message",
}
_DATES = {"scheduled_for", "scheduled_until", "occurred_at", "due_date"}
_NO_DATES = (
    "not a date",
    "2026-13-45T99:99:99Z",
    "",
    "0000-00-00T00:00:00Z",
    "2026-11-22 10:00 PST",
)


def everywhere(changes: Callable[[Case], Change]) -> Fault:
    """The fault that changes members of the rows and of `included`, at any depth."""

    def fault(reply: Reply, case: Case) -> Reply:
        if not isinstance(reply.body, dict):
            return reply
        change = changes(case)
        body = dict(reply.body)
        for name in (case.vendor.rows, "included"):
            if name in body:
                body[name] = _changed(body[name], change)
        return replace(reply, body=body)

    return fault


def _texts(is_changed: Callable[[str], bool], changed: Callable[[str], Any]) -> Change:
    """The change of texts, in the members whose names are accepted by *is_changed*."""

    def change(name: str, value: Any) -> Any:
        if isinstance(value, str) and is_changed(name):
            return changed(value)
        return value

    return change


def _changed(value: Any, change: Change) -> Any:
    if isinstance(value, dict):
        return {name: _changed(change(name, inner), change) for name, inner in value.items()}
    if isinstance(value, list):
        return [_changed(inner, change) for inner in value]
    return value


def wrong_types(case: Case) -> Change:
    """About a tenth of all members have a wrong type. The rows themselves stay objects."""
    others = cycle((0, "", [], {}, True, 1.5))

    def change(name: str, value: Any) -> Any:
        if name in ("attributes", "resource") or case.random.random() > 0.1:
            return value
        other = next(others)
        while isinstance(other, type(value)):
            other = next(others)
        return other

    return change


def nulls(case: Case) -> Change:
    """About a tenth of all members are null."""

    def change(name: str, value: Any) -> Any:
        if case.random.random() < 0.1:
            return None
        return value

    return change


def numeric_ids(case: Case) -> Change:
    """Ids are numbers."""
    return _texts(_is_id, lambda text: crc32(text.encode()))


def _is_id(name: str) -> bool:
    return name == "id" or name.endswith("_id")


def invalid_dates(case: Case) -> Change:
    """Dates are not valid."""
    no_dates = cycle(_NO_DATES)

    def change(name: str, value: Any) -> Any:
        if value and _is_date(name):
            return next(no_dates)
        return value

    return change


def _is_date(name: str) -> bool:
    return name.endswith("_at") or name in _DATES


def surrogates(case: Case) -> Change:
    """Texts end in half a character, as `\\ud800` in the JSON."""
    return _texts(_TEXTS.__contains__, lambda text: f"{text}\ud800")


def unknown_enums(case: Case) -> Change:
    """Enumerated values are new ones that are not documented."""
    return _texts(_ENUMERATED.__contains__, lambda text: f"newer_{text}")


def canary(case: Case) -> Change:
    """All secret or personal values, also nulls, are a unique `CANARY-…` in `planted`."""

    def change(name: str, value: Any) -> Any:
        if name not in _SECRET and not name.endswith("_permissions"):
            return value
        planted = f"CANARY-{len(case.planted):06}"
        case.planted.add(planted)
        if isinstance(value, list):
            return [planted]
        return planted

    return change


def duplicates(reply: Reply, case: Case) -> Reply:
    """Every row comes twice."""
    if not isinstance(reply.body, dict) or case.vendor.rows not in reply.body:
        return reply
    rows = []
    for row in reply.body[case.vendor.rows]:
        rows += [row, row]
    return replace(reply, body={**reply.body, case.vendor.rows: rows})


def conflicting_duplicates(reply: Reply, case: Case) -> Reply:
    """Every row comes twice, the second time with another title and another status."""
    twice = duplicates(reply, case)
    if twice is reply or not isinstance(twice.body, dict):
        return reply
    rows = twice.body[case.vendor.rows]
    rows[1::2] = [_changed(row, _conflicting) for row in rows[1::2]]
    return twice


def _conflicting(name: str, value: Any) -> Any:
    if name == "title":
        return f"{value} (before it was renamed)"
    if name == "status":
        return "cancelled"
    return value


def dangling(reply: Reply, case: Case) -> Reply:
    """Half of the resources that the rows refer to are missing from `included`."""
    if not isinstance(reply.body, dict) or "included" not in reply.body:
        return reply
    return replace(reply, body={**reply.body, "included": reply.body["included"][::2]})
