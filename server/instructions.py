"""What a client may tell its model about this server as a whole."""

from server.settings import Settings


def instructions(settings: Settings) -> str:
    lines = ["Read-only questions about incidents: list_incidents asks Rootly, list_attachments asks incident.io."]
    if settings.sandbox:
        lines.append("SANDBOX: every answer is made-up data, and none of it is real.")
    elif not settings.keys:
        lines.append("No key is set yet: every call answers not_configured and says what to do.")
    return "\n".join(lines)
