"""The tools: what can be asked of the vendors, without MCP and without a process around it."""
