"""The board as an HTML page that our own server sends, with its headers."""

import html
import re
from functools import cache

from starlette.responses import HTMLResponse

from server.board.file import NAME, board_html

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="(?P<policy>[^"]*)"')
_IN_A_CHAT, _SERVED_BY_US = "connect-src 'none'", "connect-src 'self'"
_END_OF_BODY = "</body>"

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""The headers of every HTML page that our own server sends, beside the content policy."""


def board_page(*, logout_path: str = "") -> HTMLResponse:
    """The board. It may call the server that it came from, which it may not in a chat.

    With *logout_path*, a link at its end leads there. Its own policy is also sent as a header,
    because only a header can say that no page may have it in a frame.
    """
    content, policy = _read()
    if logout_path:
        footer = f'<footer><a href="{logout_path}">Log out</a></footer>\n'
        content = content.replace(_END_OF_BODY, footer + _END_OF_BODY)
    headers = {**SECURITY_HEADERS, "Content-Security-Policy": policy}
    return HTMLResponse(content, headers=headers)


@cache
def _read() -> tuple[str, str]:
    """The page and its policy."""
    content = board_html()
    if content.count(_IN_A_CHAT) != 1:
        raise ValueError(f"{NAME} has not exactly one {_IN_A_CHAT}")
    content = content.replace(_IN_A_CHAT, _SERVED_BY_US)
    policy = _POLICY.search(content)
    if policy is None:
        raise ValueError(f"{NAME} has no content policy")
    return content, f"{html.unescape(policy['policy'])}; frame-ancestors 'none'"
