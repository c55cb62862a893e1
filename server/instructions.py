"""What a client may tell its model about this server as a whole."""

from server.settings import Settings


def instructions(settings: Settings) -> str:
    lines = [
        "Read-only questions about incidents. list_incidents asks Rootly, list_attachments incident.io, each with its own ids.",
        "- What is on fire: list_incidents with the live statuses. Narrow by severity, services, environments, started_at.",
        "- How many, how often, how long: group_by, or page_size 1 and read total. Never page to count.",
        "- Long lists: view table, or fields with only what is needed. One in depth: sequential_id, with view full or include.",
        "- An empty list with a hint: use the names that the hint has.",
        "- What is attached to an incident, or which one is behind a page or a pull request: list_attachments, include_incident.",
    ]
    if settings.sandbox:
        lines.append("SANDBOX: every answer is made-up data, and none of it is real.")
    elif not settings.keys:
        lines.append("No key is set yet: every call answers not_configured and says what to do.")
    return "\n".join(lines)
