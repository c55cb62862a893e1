"""Session ids of clients that show pages, in the handshake era.

In the handshake era, a client says only in `initialize` that it shows pages. This server answers
each request by itself, and later ones may reach another process. So a client that shows pages gets
a session id, which it sends with each later request. Nothing is stored. The id needs no signature,
because any client may say that it shows pages, and gives no other right. Other clients get none.
"""

import re
import secrets
from typing import Any

from server.mcp_apps import shows_pages

HEADER = "mcp-session-id"
_ID = re.compile(r"pages-[0-9a-f]{32}")


def new_id(message: Any) -> str | None:
    """The id for the session that *message* starts; None if it starts none."""
    match message:
        case {"method": "initialize", "params": {"capabilities": capabilities}}:
            return f"pages-{secrets.token_hex(16)}" if shows_pages(capabilities) else None
    return None


def is_valid(session_id: str) -> bool:
    """Whether the id has the form of those that this server makes."""
    return _ID.fullmatch(session_id) is not None
