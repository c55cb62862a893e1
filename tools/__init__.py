"""The tools: questions to the vendors, without MCP and without a process around them."""
