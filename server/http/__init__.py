"""The server for a team: Streamable HTTP, with accounts, limits, metrics and an audit log."""
