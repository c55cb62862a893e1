"""incident.io, https://api-docs.incident.io."""

from tools.vendor import ScopeProbe, Vendor

INCIDENT_IO = Vendor(
    name="incident_io",
    title="incident.io",
    base_url="https://api.incident.io",
    key_variable="INCIDENT_IO_API_KEY",
    url_variable="INCIDENT_IO_API_URL",
    requests_per_minute=1_200,
    probe_path="/v1/incident_attachments",
    # This endpoint has no page size. There is no such ticket, so the answer is an empty list.
    probe_params={"resource_type": "zendesk_ticket", "external_id": "incident-desk-probe"},
    probe_rows="incident_attachments",
    optional_scopes=(
        # Whether there is such an incident does not matter.
        ScopeProbe(
            "incidents.view", "/v2/incidents/1", "references such as INC-123 and include_incident"
        ),
    ),
    key_source="incident.io → Settings → API keys: a key with the scope attachments.view",
    headers={"Accept": "application/json", "User-Agent": "incident-desk"},
    has_sandbox=True,
)
