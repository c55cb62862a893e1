"""The organisation's services, teams, people and so on, as resources of Rootly."""

import re
import tomllib
import uuid
from base64 import b32encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

Attributes = dict[str, Any]

# From the digits of base 32 to the digits of ULIDs.
_CROCKFORD = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

_SET_UP_AT = "2024-03-04T09:00:00.000-08:00"
_STAMPS = {"created_at": _SET_UP_AT, "updated_at": _SET_UP_AT}
_COLORS = ("#D32F2F", "#F57C00", "#FBC02D", "#388E3C", "#1976D2", "#7B1FA2")
_FIRST_USER = 109_673
_FIRST_OPTION = 4_101

# Each of these is an attribute `…_permissions` of a role.
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
    """Something that an incident can refer to, such as a service or a person."""

    type: str
    id: str
    attributes: Attributes
    slug: str | None = None
    name: str | None = None

    def nested(self) -> dict[str, Any]:
        """The form of the resource inside the attributes of another resource."""
        return {"data": {"id": self.id, "type": self.type, "attributes": self.attributes}}


@cache
def words() -> dict[str, Any]:
    """The content of `catalogue.toml`."""
    text = files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def on_call() -> set[str]:
    """The names of the people who appear in random incidents."""
    return {person["name"] for person in words()["people"] if person.get("is_on_call", True)}


def fixed_id(*parts: str) -> str:
    """A UUID that depends only on the parts, not on the seed."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)))


def fixed_ulid(*parts: str) -> str:
    """A ULID that depends only on the parts, not on the seed."""
    return ulid(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)).int)


def slug(title: str) -> str:
    """The words of a title in lower case, joined by hyphens."""
    return "-".join(re.findall(r"[^\W_]+", title.lower()))[:60]


def ulid(bits: int) -> str:
    """128 bits, as the 26 digits of a ULID."""
    return b32encode(bits.to_bytes(20)).translate(_CROCKFORD)[-26:].decode()


def resources() -> Iterator[Resource]:
    """Everything that an incident may refer to, users first."""
    yield from _users()
    for type_, attributes in _ATTRIBUTES.items():
        for position, (slug, (name, *values)) in enumerate(words()[type_].items()):
            own = attributes(slug, *values)
            if type_ in _WITH_CHANNELS:
                own = _channels(type_, slug, position) | own
            yield _resource(type_, slug, name, position, own)
    yield from _custom_field_options()


def _resource(type_: str, slug: str, name: str, position: int, own: Attributes) -> Resource:
    attributes = {"name": name, "slug": slug, "position": position + 1, **own, **_STAMPS}
    return Resource(type_, fixed_id(type_, slug), attributes, slug, name)


def _channels(type_: str, slug: str, position: int) -> Attributes:
    """How people hear about the resource: Slack and e-mail."""
    suffix = f"0{position:02}{type_[:4].upper()}"
    return {
        "color": _COLORS[position % len(_COLORS)],
        "notify_emails": [f"{slug}-alerts@example.com"],
        "slack_channels": [{"id": f"C{suffix}", "name": f"#{slug}"}],
        "slack_aliases": [{"id": f"S{suffix}", "name": f"@{slug}"}],
    }


def _custom_field_options() -> Iterator[Resource]:
    number = _FIRST_OPTION
    for field_id, options in enumerate(words()["custom_fields"].values(), start=1):
        for option in options:
            attributes = {"custom_field_id": field_id, "value": option}
            yield Resource("custom_field_options", str(number), attributes, name=option)
            number += 1


def _severity(slug: str, level: str, description: str) -> Attributes:
    return {"description": description, "severity": level}


def _environment(slug: str, description: str) -> Attributes:
    return {
        "description": description,
        "public_description": None,
        "external_id": None,
        "managed_by": "web",
        "properties": [],
    }


def _incident_type_or_cause(slug: str, description: str) -> Attributes:
    return {"description": description, "public_description": None, "properties": []}


def _sub_status(slug: str, parent: str) -> Attributes:
    return {"parent_status": parent, "description": None}


def _incident_role(slug: str, summary: str) -> Attributes:
    return {
        "summary": summary,
        "description": None,
        "optional": False,
        "enabled": True,
        "allow_multi_user_assignment": False,
    }


def _service(slug: str, group: str, description: str) -> Attributes:
    return {
        "description": description,
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
        # `owners_…` is from the reference, `owner_…` from the current API.
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


def _functionality(slug: str, service: str) -> Attributes:
    group = words()["services"][service][1]
    return {
        "description": None,
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


def _group(slug: str, description: str) -> Attributes:
    members = _members(slug)
    return {
        "description": description,
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


_ATTRIBUTES: Mapping[str, Callable[..., Attributes]] = {
    "severities": _severity,
    "environments": _environment,
    "incident_types": _incident_type_or_cause,
    "causes": _incident_type_or_cause,
    "sub_statuses": _sub_status,
    "incident_roles": _incident_role,
    "groups": _group,
    "services": _service,
    "functionalities": _functionality,
}
"""By type, a function from the slug and the values in the catalogue to attributes."""
_WITH_CHANNELS = {
    "severities",
    "environments",
    "incident_types",
    "groups",
    "services",
    "functionalities",
}


def _members(group: str) -> list[int]:
    """The ids of the people in a group."""
    people = enumerate(words()["people"], start=_FIRST_USER)
    return [number for number, person in people if person["group"] == group]


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
