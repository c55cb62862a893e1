"""What a client may tell its model about this server as a whole."""

from collections.abc import Container

from server.settings import Settings

_ABOUT = {
    "list_incidents": """\
list_incidents asks Rootly.
- What is on fire: list_incidents with the live statuses. Narrow by severity, services, environments, started_at.
- How many, how often, how long: group_by, or page_size 1 and read total. Never page to count.
- Long lists: view table, or fields with only what is needed. One in depth: sequential_id, with view full or include.
- An empty list with a hint: use the names that the hint has.""",
    "list_attachments": """\
list_attachments asks incident.io, whose ids and numbers are not Rootly's.
- What is attached to an incident, or which one is behind a page or a pull request: list_attachments, include_incident.""",
}


def instructions(settings: Settings, tools: Container[str]) -> str:
    """The instructions where *tools* are offered. They name no other tool."""
    parts = ["Read-only questions about incidents."]
    parts += [about for tool, about in _ABOUT.items() if tool in tools]
    if settings.sandbox:
        parts.append("SANDBOX: every answer is made-up data, and none of it is real.")
    elif not settings.keys:
        parts.append("No key is set yet: every call answers not_configured and says what to do.")
    return "\n".join(parts)
