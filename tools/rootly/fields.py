"""The fields of an incident that can be shown: an allowlist.

Rootly adds attributes at any time, and some hold secrets. What is not listed here is never
requested and never shown. Two kinds are left out on purpose: everything that joins a meeting (ids,
links, passwords, dial-in numbers), and `slack_channel_deep_link`, which is not an http or https
link.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tools import times
from tools.rootly.relations import SLUGS
from tools.rootly.values import (
    Reader,
    flag,
    identifiers,
    key,
    labels,
    long_text,
    number,
    severity,
    text,
    url,
    who,
    word,
)
from tools.text import title


@dataclass(frozen=True)
class Field:
    """A field of a row: the first of Rootly's `attributes` that has a value, as `read` reads it.

    `read_long` reads it if the field was requested by name.
    """

    attributes: tuple[str, ...]
    read: Reader
    read_long: Reader


def _fields(read: Reader, *names: str, read_long: Reader | None = None) -> dict[str, Field]:
    """Fields with the same names as Rootly's attributes."""
    return {name: Field((name,), read, read_long or read) for name in names}


_INTEGRATIONS = (
    ("jira_issue", "id key"),
    ("github_issue", "id"),
    ("gitlab_issue", "id"),
    ("asana_task", "id"),
    ("linear_issue", "id"),
    ("trello_card", "id"),
    ("zendesk_ticket", "id"),
    ("pagerduty_incident", "id number"),
    ("opsgenie_incident", "id"),
    ("opsgenie_alert", "id"),
    ("service_now_incident", "id key"),
    ("mattermost_channel", "id"),
    ("confluence_page", "id"),
    ("datadog_notebook", "id"),
    ("shortcut_story", "id"),
    ("shortcut_task", "id"),
    ("motion_task", "id"),
    ("clickup_task", "id"),
    ("victor_ops_incident", "id"),
    ("quip_page", "id"),
    ("sharepoint_page", "id"),
    ("airtable_record", "id"),
    ("freshservice_ticket", "id"),
    ("freshservice_task", "id"),
    ("slack_channel", "id"),
    ("google_drive", "id"),
    ("microsoft_teams_channel", "id"),
    ("microsoft_teams_chat", "id"),
    ("google_chat_space", "id"),
)
"""Things of an incident in other products: each has a link, an id, perhaps a key or a number."""


def _integration_keys() -> Iterator[str]:
    """Attributes such as `jira_issue_id` and `jira_issue_key`."""
    for thing, kinds in _INTEGRATIONS:
        for kind in kinds.split():
            yield f"{thing}_{kind}"


def _integration_links() -> Iterator[str]:
    """Attributes such as `jira_issue_url`."""
    for thing, _ in _INTEGRATIONS:
        yield f"{thing}_url"


FIELDS: Mapping[str, Field] = {
    **_fields(key, "id"),
    **_fields(number, "sequential_id"),
    **_fields(title, "title"),
    **_fields(word, "status"),
    **_fields(severity, "severity"),
    **_fields(word, "kind"),
    **_fields(flag, "private"),
    **{name: Field((relation,), key, key) for name, relation in SLUGS.items()},
    **_fields(labels, "labels"),
    **_fields(
        text,
        "summary",
        "mitigation_message",
        "resolution_message",
        "cancellation_message",
        read_long=long_text,
    ),
    **_fields(
        times.to_second,
        "created_at",
        "in_triage_at",
        "started_at",
        "detected_at",
        "acknowledged_at",
        "mitigated_at",
        "resolved_at",
        "closed_at",
        "cancelled_at",
        "scheduled_for",
        "scheduled_until",
        "updated_at",
    ),
    "url": Field(("short_url", "url"), url, url),
    **_fields(
        who,
        "user",
        "in_triage_by",
        "started_by",
        "mitigated_by",
        "resolved_by",
        "closed_by",
        "cancelled_by",
    ),
    **_fields(
        key,
        "slug",
        "parent_incident_id",
        "duplicate_incident_id",
        "slack_last_message_ts",
        "google_drive_parent_id",
        "microsoft_teams_team_id",
        "google_chat_space_domain_id",
        "airtable_base_key",
    ),
    **_fields(
        title,
        "public_title",
        "slack_channel_name",
        "microsoft_teams_channel_name",
        "google_chat_space_name",
        "mattermost_channel_name",
        "airtable_table_name",
    ),
    **_fields(flag, "slack_channel_archived", "google_chat_space_archived"),
    **_fields(identifiers, "muted_service_ids"),
    **_fields(word, "source", "retrospective_progress_status"),
    **_fields(key, *_integration_keys()),
    **_fields(
        url,
        *_integration_links(),
        "slack_channel_short_url",
        "microsoft_teams_channel_short_url",
        "google_chat_space_short_url",
    ),
}
"""The fields by their names in results: that of an argument if there is one, otherwise Rootly's."""

COMPACT = (
    "sequential_id",
    "title",
    "status",
    "severity",
    "kind",
    "private",
    "services",
    "environments",
    "teams",
    "started_at",
    "resolved_at",
    "url",
)
"""The fields of `compact` and `table`, which leave out `kind` if normal and `private` if false."""

FULL = tuple(name for name in FIELDS if name != "causes")
"""The fields of `full`: all except `causes`, which a call must name."""
