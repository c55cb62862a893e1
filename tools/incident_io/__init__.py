"""incident.io, https://api-docs.incident.io."""

from tools.vendor import Vendor

INCIDENT_IO = Vendor(
    name="incident_io",
    title="incident.io",
    base_url="https://api.incident.io",
    requests_per_minute=1_200,
    headers={"Accept": "application/json", "User-Agent": "incident-desk"},
)
