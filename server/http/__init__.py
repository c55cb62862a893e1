"""The HTTP server for a team: Streamable HTTP, accounts, limits, metrics and an audit log."""
