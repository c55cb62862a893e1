"""Small HTML pages without a script: a form, or a message."""

import base64
import html
from collections.abc import Mapping
from hashlib import sha256

from starlette.responses import HTMLResponse

from server.board.page import SECURITY_HEADERS

_STYLE = """
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
body { max-width: 26rem; margin: 12vh auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.25rem; }
label { display: block; font-weight: 600; }
input, button { box-sizing: border-box; width: 100%; margin: .25rem 0 1rem; padding: .5rem; }
input, button { font: inherit; }
:focus-visible { outline: 3px solid LinkText; outline-offset: 2px; }
[role=alert] { border-left: .25rem solid light-dark(#b3261e, #f2b8b5); padding-left: .75rem; }
"""
_STYLE_HASH = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def notice(
    title: str, content: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """A page with a *title* and the HTML in *content*, whose texts are already escaped."""
    own_headers = {
        **SECURITY_HEADERS,
        # With `no-referrer`, browsers send `Origin: null` with a form, also to their own origin.
        "Referrer-Policy": "same-origin",
        "Content-Security-Policy": _POLICY,
    }
    return HTMLResponse(
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{html.escape(title)} – Incident Desk</title>\n"
        f"<style>{_STYLE}</style></head>\n"
        f"<body><main>\n<h1>{html.escape(title)}</h1>\n{content}\n</main></body></html>\n",
        status,
        {**own_headers, **(headers or {})},
    )
