"""The MCP side: protocol, settings, commands and start-up."""

import sys

__version__ = "0.1.0"

# If rich is installed, importing httpx also imports httpx's own command line, with rich and
# pygments: 75 ms and 6 MB in every process. None makes that import fail, which httpx allows for.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
