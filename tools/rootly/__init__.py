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
    not_found_hint=(
        " Or this key may not see it."
        " A team key never sees incidents: use a global or personal key."
    ),
    headers={
        "Accept": "application/vnd.api+json",
        # Without it, newer organisations answer 415, even to a GET.
        "Content-Type": "application/vnd.api+json",
        # Without it, Rootly's proxy answers 403.
        "User-Agent": "incident-desk",
    },
    has_sandbox=True,
)
