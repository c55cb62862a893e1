"""Questions about sub-incidents, and about the incidents of pages, tickets and channels."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evals import truth
from evals.attached import PAGE
from evals.question import (
    Answer,
    Call,
    Question,
    Walk,
    all_of,
    attachments,
    column,
    facts,
    incidents,
    is_number,
    pairs,
    rows,
)
from sandbox.store import Store

PARENT, CHILD = 4722, 4723
"""An incident with sub-incidents, and the one of these that has a sub-incident itself."""
SLACK_LINK = "https://example.slack.com/archives/C00004821"
SHORT_LINK = "https://root.ly/x7k2p9"
TICKETS = ["OPS-4820", "OPS-4817", "OPS-1"]
_ENDINGS = ("_id", "_key", "_number", "_url")
_OF_ROOTLY = ("id", "sequential_id", "parent_incident_id", "duplicate_incident_id")
_LINKED = ["sequential_id", "title"]


def _true_links(store: Store, *ids: str) -> dict[int, dict[str, str]]:
    """By incident, the columns with one of these ids or links, and their values."""
    listed = ", ".join(f"'{id_.lower()}'" for id_ in ids)
    links: dict[int, dict[str, str]] = {}
    for name in store.columns("incidents"):
        is_link = name == "url" or name.endswith(_ENDINGS)
        if is_link and name not in _OF_ROOTLY and "meeting" not in name:
            for number, value in truth.select(
                store, f"sequential_id, {name}", f"lower({name}) IN ({listed})"
            ):
                links.setdefault(number, {})[name] = value
    return links


def _has(name: str, *values: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda row: row.get(name) in values


def _children(number: int) -> str:
    """A condition: the incident is a direct child of this one."""
    return f"parent_incident_id = (SELECT id FROM incidents WHERE sequential_id = {number})"


def _linked_with_attachments(answers: Sequence[Answer]) -> Call:
    """The incidents that are linked with any of the attachments in the first answer."""
    ids = [row["external_id"] for row in rows(answers[0])]
    return incidents(where={"linked": ids}, fields=_LINKED)


_FULL_LIST = incidents(view="full")

SUB_INCIDENTS = (
    Question(
        f"Which sub-incidents does {PARENT} have, and what is their status?",
        [
            incidents(
                where={"parent": str(PARENT)},
                fields=["sequential_id", "title", "status"],
                view="table",
            )
        ],
        facts("title", "status"),
        lambda store: truth.by_number(store, "title, status", _children(PARENT)),
        # The id of the parent, and then all incidents with the ids of their parents.
        [Walk(incidents(), is_number(PARENT)), Walk(_FULL_LIST)],
    ),
    Question(
        f"And which does {CHILD} have?",
        [
            incidents(
                where={"parent": str(CHILD)},
                fields=["sequential_id", "title", "status"],
                view="table",
            )
        ],
        facts("title", "status"),
        lambda store: truth.by_number(store, "title, status", _children(CHILD)),
        # The id of the parent, and then all incidents with the ids of their parents.
        [Walk(incidents(), is_number(CHILD)), Walk(_FULL_LIST)],
    ),
    Question(
        f"How many sub-incidents does INC-{PARENT} have, by status?",
        [incidents(where={"parent": f"INC-{PARENT}"}, group_by="status")],
        pairs("status", "incidents"),
        lambda store: truth.counts(store, "status", _children(PARENT)),
        [Walk(incidents(), is_number(PARENT)), Walk(_FULL_LIST)],
    ),
    Question(
        "Which sub-incidents does 9999 have?",
        [incidents(where={"parent": "9999"}, fields=["sequential_id"])],
        lambda answers: answers[0]["error"]["code"],
        lambda store: {0: "not_found"}[truth.count(store, "sequential_id = 9999")],
        all_of({}),
    ),
)

LINKS = (
    Question(
        f"Which incident at Rootly does the PagerDuty page {PAGE} belong to?",
        [incidents(where={"linked": PAGE}, fields=_LINKED)],
        pairs("sequential_id", "linked"),
        lambda store: _true_links(store, PAGE),
        [Walk(_FULL_LIST, _has("pagerduty_incident_id", PAGE))],
    ),
    Question(
        f"Which incidents do the tickets {', '.join(TICKETS)} belong to?",
        [incidents(where={"linked": TICKETS}, fields=["sequential_id"])],
        pairs("sequential_id", "linked"),
        lambda store: _true_links(store, *TICKETS),
        [Walk(_FULL_LIST)],
    ),
    Question(
        f"Which incident is this channel about: {SLACK_LINK}?",
        [incidents(where={"linked": SLACK_LINK}, fields=_LINKED)],
        pairs("sequential_id", "linked"),
        lambda store: _true_links(store, SLACK_LINK),
        [Walk(_FULL_LIST, _has("slack_channel_url", SLACK_LINK))],
    ),
    Question(
        f"Someone posted {SHORT_LINK}. What is that?",
        [incidents(where={"linked": SHORT_LINK}, fields=_LINKED)],
        pairs("sequential_id", "linked"),
        lambda store: _true_links(store, SHORT_LINK),
        [Walk(incidents(), _has("url", SHORT_LINK))],
    ),
    Question(
        "Which incident at Rootly is INC-1207 of incident.io?",
        [attachments(incident_id="INC-1207"), _linked_with_attachments],
        column("sequential_id"),
        lambda store: [
            *_true_links(
                store, *truth.only_values(truth.attached(store, "external_id", "number = 1207"))
            )
        ],
        None,  # A reference sent as an id gives an empty list, not an error.
    ),
)
