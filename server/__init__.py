"""The MCP side: protocol, settings, commands and start-up."""

__version__ = "0.1.0"
