"""What the organisation has set up at Rootly, as JSON:API resources with all their attributes."""

import tomllib
import uuid
from base64 import b32encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

Attributes = dict[str, Any]

# From the digits of base 32 to those of ULIDs.
_CROCKFORD = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

_SET_UP_AT = "2024-03-04T09:00:00.000-08:00"
_STAMPS = {"created_at": _SET_UP_AT, "updated_at": _SET_UP_AT}
_COLORS = ("#D32F2F", "#F57C00", "#FBC02D", "#388E3C", "#1976D2", "#7B1FA2")
_FIRST_USER = 109_673
_FIRST_OPTION = 4_101

# The kinds of thing that a role may be allowed to do something with; each is an attribute `…_permissions` of the role.
_PERMITTED = (
    "alerts",
    "api_keys",
    "audits",
    "billing",
    "catalogs",
    "communication",
    "edge_connector",
    "environments",
    "form_fields",
    "functionalities",
    "groups",
    "incident_causes",
    "incident_communication",
    "incident_feedbacks",
    "incident_roles",
    "incident_types",
    "incidents",
    "integrations",
    "invitations",
    "paging",
    "playbooks",
    "private_agent",
    "private_incidents",
    "pulses",
    "retrospective",
    "roles",
    "secrets",
    "services",
    "severities",
    "slas",
    "status_page_updates",
    "status_pages",
    "sub_statuses",
    "webhooks",
    "workflows",
)


@dataclass(frozen=True)
class Resource:
    type: str
    id: str
    attributes: Attributes
    slug: str | None = None
    name: str | None = None

    def nested(self) -> dict[str, Any]:
        """As it stands inside the attributes of another resource."""
        return {"data": {"id": self.id, "type": self.type, "attributes": self.attributes}}


@cache
def words() -> dict[str, Any]:
    """The catalogue as it is written."""
    table: dict[str, Any] = tomllib.loads(
        files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8")
    )
    return table


def fixed_id(*parts: str) -> str:
    """The same UUID for the same parts, in each world."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)))


def fixed_ulid(*parts: str) -> str:
    """The same ULID for the same parts, in each world."""
    return ulid(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)).int)


def slug(title: str) -> str:
    """The words of a title in lower case, joined by hyphens."""
    return "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())[:60]


def ulid(bits: int) -> str:
    """The 128 bits as the 26 digits of a ULID."""
    return b32encode(bits.to_bytes(20)).translate(_CROCKFORD)[-26:].decode()


def resources() -> Iterator[Resource]:
    """All that incidents of every world may refer to, users first."""
    catalogue = words()
    yield from _users()
    for position, (slug, (name, level, description)) in enumerate(catalogue["severities"].items()):
        yield _named("severities", slug, name, position, description=description, severity=level)
    for type_ in ("environments", "incident_types", "causes"):
        for position, (slug, (name, description)) in enumerate(catalogue[type_].items()):
            yield _named(type_, slug, name, position, description=description, **_OWN[type_])
    for position, (slug, (name, parent)) in enumerate(catalogue["sub_statuses"].items()):
        yield _plain("sub_statuses", slug, name, position, parent_status=parent, description=None)
    for position, (slug, (name, summary)) in enumerate(catalogue["incident_roles"].items()):
        yield _plain(
            "incident_roles", slug, name, position, summary=summary, **_OWN["incident_roles"]
        )
    for position, (slug, (name, description)) in enumerate(catalogue["groups"].items()):
        yield _named("groups", slug, name, position, description=description, **_group(slug))
    for position, (slug, (name, group, description)) in enumerate(catalogue["services"].items()):
        yield _named(
            "services", slug, name, position, description=description, **_service(slug, group)
        )
    for position, (slug, (name, service)) in enumerate(catalogue["functionalities"].items()):
        yield _named(
            "functionalities", slug, name, position, description=None, **_functionality(service)
        )
    options = (
        (field, option) for field, values in catalogue["custom_fields"].items() for option in values
    )
    for number, (field, option) in enumerate(options, start=_FIRST_OPTION):
        field_id = 1 + list(catalogue["custom_fields"]).index(field)
        yield Resource(
            "custom_field_options",
            str(number),
            {"custom_field_id": field_id, "value": option},
            name=option,
        )


def _named(type_: str, slug: str, name: str, position: int, **own: Any) -> Resource:
    """A resource that people are told about in Slack and by e-mail."""
    told: Attributes = {
        "color": _COLORS[position % len(_COLORS)],
        "notify_emails": [f"{slug}-alerts@example.com"],
        "slack_channels": [{"id": f"C0{position:02}{type_[:4].upper()}", "name": f"#{slug}"}],
        "slack_aliases": [{"id": f"S0{position:02}{type_[:4].upper()}", "name": f"@{slug}"}],
    }
    if type_ == "causes":
        told = {}
    return _plain(type_, slug, name, position, **told, **own)


def _plain(type_: str, slug: str, name: str, position: int, **own: Any) -> Resource:
    attributes = {"name": name, "slug": slug, "position": position + 1, **own, **_STAMPS}
    return Resource(type_, fixed_id(type_, slug), attributes, slug, name)


_OWN: dict[str, Attributes] = {
    "environments": {
        "public_description": None,
        "external_id": None,
        "managed_by": "web",
        "properties": [],
    },
    "incident_types": {"public_description": None, "properties": []},
    "causes": {"public_description": None, "properties": []},
    "incident_roles": {
        "description": None,
        "optional": False,
        "enabled": True,
        "allow_multi_user_assignment": False,
    },
}


def _service(slug: str, group: str) -> Attributes:
    return {
        "public_description": None,
        "backstage_id": f"component:default/{slug}",
        "external_id": None,
        "pagerduty_id": f"P{fixed_id('pagerduty', slug)[:6].upper()}",
        "opsgenie_id": None,
        "cortex_id": None,
        "service_now_ci_sys_id": None,
        "github_repository_name": f"example/{slug}",
        "github_repository_branch": "main",
        "gitlab_repository_name": None,
        "gitlab_repository_branch": None,
        "kubernetes_deployment_name": f"{group}/{slug}",
        "environment_ids": [fixed_id("environments", "production")],
        "service_ids": [],
        # The reference says `owners_…`, the current API `owner_…`.
        "owners_group_ids": [fixed_id("groups", group)],
        "owners_user_ids": _members(group),
        "owner_group_ids": [fixed_id("groups", group)],
        "owner_user_ids": _members(group),
        "alert_urgency_id": None,
        "escalation_policy_id": None,
        "alerts_email_enabled": True,
        "alerts_email_address": f"{slug}@alerts.example.com",
        "managed_by": "web",
        "properties": [],
    }


def _functionality(service: str) -> Attributes:
    group = words()["services"][service][1]
    return {
        "public_description": None,
        "backstage_id": None,
        "external_id": None,
        "pagerduty_id": None,
        "opsgenie_id": None,
        "opsgenie_team_id": None,
        "cortex_id": None,
        "service_now_ci_sys_id": None,
        "environment_ids": [fixed_id("environments", "production")],
        "service_ids": [fixed_id("services", service)],
        "owners_group_ids": [fixed_id("groups", group)],
        "owners_user_ids": _members(group),
        "owner_group_ids": [fixed_id("groups", group)],
        "owner_user_ids": _members(group),
        "managed_by": "web",
        "properties": [],
    }


def _group(slug: str) -> Attributes:
    members = _members(slug)
    return {
        "public_description": None,
        "backstage_id": f"group:default/{slug}",
        "external_id": None,
        "pagerduty_id": None,
        "pagerduty_service_id": None,
        "opsgenie_id": None,
        "victor_ops_id": None,
        "pagertree_id": None,
        "cortex_id": None,
        "service_now_ci_sys_id": None,
        "scim_group_id": None,
        "user_ids": members,
        "admin_ids": members[:1],
        "alerts_email_enabled": True,
        "alerts_email_address": f"{slug}@alerts.example.com",
        "alert_urgency_id": None,
        "managed_by": "web",
        "properties": [],
    }


def _members(group: str) -> list[int]:
    return [
        _FIRST_USER + n for n, person in enumerate(words()["people"]) if person["group"] == group
    ]


def _users() -> Iterator[Resource]:
    for number, person in enumerate(words()["people"], start=_FIRST_USER):
        yield Resource(
            "users",
            str(number),
            _user(number, person["name"], person["group"]),
            name=person["name"],
        )


def _user(number: int, name: str, group: str) -> Attributes:
    first, _, last = name.partition(" ")
    address = f"{fixed_id('mail', name)[:8]}@example.com"
    phone = f"+1202555{number % 10_000:04}"
    return {
        "id": number,
        "name": name,
        "email": address,
        "phone": phone,
        "phone_2": None,
        "first_name": first,
        "last_name": last,
        "preferred_name": None,
        "full_name": name,
        "full_name_with_team": f"[{words()['groups'][group][0]}] {name}",
        "slack_id": f"U0{number}",
        "time_zone": "America/Los_Angeles",
        "role": _role("incident-responder", "Incident Responder", ("read", "update")),
        "on_call_role": _role("on-call-responder", "On-Call Responder", ()),
        "email_addresses": [{"id": fixed_id("mail", address), "email": address, "primary": True}],
        "phone_numbers": [
            {"id": fixed_id("phone", phone), "phone": phone, "primary": True, "verified_at": None}
        ],
        "devices": [
            {
                "id": fixed_id("device", name),
                "model": "Phone 12",
                "platform": "ios",
                "token": f"tok-{number}",
            }
        ],
        **_STAMPS,
    }


def _role(slug: str, name: str, verbs: tuple[str, ...]) -> dict[str, Any]:
    permissions = {f"{thing}_permissions": list(verbs) for thing in _PERMITTED if verbs}
    attributes = {
        "name": name,
        "slug": slug,
        "incident_permission_set_id": None,
        "is_deletable": False,
        "is_editable": True,
        **permissions,
        **_STAMPS,
    }
    return Resource("roles", fixed_id("roles", slug), attributes, slug, name).nested()
