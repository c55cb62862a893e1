"""Rootly, https://docs.rootly.com/api-reference."""

from tools.vendor import Vendor

ROOTLY = Vendor(
    name="rootly",
    title="Rootly",
    base_url="https://api.rootly.com",
    key_variable="ROOTLY_API_TOKEN",
    url_variable="ROOTLY_API_URL",
    requests_per_minute=3_000,
    probe_path="/v1/incidents",
    probe_params={"page[size]": "1", "fields[incidents]": "title"},
    probe_rows="data",
    key_source=(
        "Rootly → Organization Settings → API Keys: a global or personal key that can read"
        " incidents"
    ),
    not_found_hint=(
        " It may also exist, but be hidden from this key."
        " A team key never sees incidents: use a global or personal key."
    ),
    headers={
        "Accept": "application/vnd.api+json",
        # Without it, Rootly answers with 415 for newer organisations, even to a GET.
        "Content-Type": "application/vnd.api+json",
        # Without it, Rootly's proxy answers with 403.
        "User-Agent": "incident-desk",
    },
    has_sandbox=True,
)
