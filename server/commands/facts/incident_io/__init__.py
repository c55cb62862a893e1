"""The probes of incident.io."""
