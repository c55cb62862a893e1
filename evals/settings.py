"""Settings for a server whose vendors are the sandbox."""

import ssl
from datetime import UTC, datetime

from sandbox.serving import VENDORS, Sandbox
from server.settings import Settings

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
"""The present, for the sandbox and for the server."""

NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For connections to the sandbox, which has no TLS: loading certificates takes 19 ms."""


def settings_for(sandbox: Sandbox, **options: str) -> Settings:
    """Both vendors' keys and URLs. The *options* become path options of the URLs.

    A vendor ignores the options that it does not know.
    """
    return Settings(
        keys=dict.fromkeys(VENDORS, "key"),
        urls={vendor: sandbox.url(vendor, **options) for vendor in VENDORS},
    )
