"""The probes of Rootly."""
